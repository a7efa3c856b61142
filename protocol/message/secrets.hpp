#pragma once
// What is encrypted with the secret of another message: votes, answers to events, reactions and comments in
// announcement groups, edits of events and polls (protocol.md 7.8). The secret is 32 bytes in the other
// message's Envelope; whoever can read that message can read these.
#include "protocol/base/random.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/message/body.hpp"

#include <span>

namespace wagate::message {

/// What a key is made for: part of its derivation.
enum class SecretUse : std::uint8_t {
    poll_vote,
    event_response,
    reaction,
    comment,
    event_edit,
    message_edit,
    poll_edit, ///< also for options that are added
    bot_message,
    report_token, ///< encrypts nothing; see reporting.hpp
};

/// Whose secret it is, and who encrypts with it. Device numbers do not matter, but phone number or LID does:
/// both sides must use the form that the one who encrypts saw.
struct SecretScope {
    MessageId message; ///< the one that holds the secret
    Jid author;        ///< of that message
    Jid sender;        ///< of what is encrypted
};

Secret<crypto::Key32> secret_key(SecretUse use, SharedSecret const& secret, SecretScope const& scope);

Sealed seal(SecretUse use, SharedSecret const& secret, SecretScope const& scope, ByteView plaintext,
            RandomSource& random);

/// @return authentication_failed when secret, scope or content do not belong together.
Result<Bytes> open_sealed(SecretUse use, SharedSecret const& secret, SecretScope const& scope,
                          Sealed const& sealed);

/// Tries every pair, because the form of the addresses that was used is not told. Precondition: neither is
/// empty.
Result<Bytes> open_any(SecretUse use, SharedSecret const& secret, MessageId const& message,
                       std::span<Jid const> authors, std::span<Jid const> senders, Sealed const& sealed);

/// The secret for a new poll or event.
SharedSecret generate_secret(RandomSource& random);

// ---------------------------------------------------------------------------- plaintexts

/// An option of a poll as votes name it: SHA-256 of its text.
crypto::Key32 option_hash(std::string_view option);

/// The plaintext of a vote. An empty choice takes the vote back.
Bytes poll_choice(std::vector<std::string> const& options);
/// The chosen options by their text, in the poll's order; hashes that no option has are left out.
/// Nothing when the bytes are no choice.
std::optional<std::vector<std::string>> chosen_options(ByteView choice, Poll const& poll);

struct EventAnswer {
    enum class Response : std::uint8_t { unknown = 0, going = 1, not_going = 2, maybe = 3 };
    Response response = Response::unknown;
    std::optional<WallTime> time;
    std::int32_t extra_guests = 0;
    bool operator==(EventAnswer const&) const = default;
};
Bytes event_answer(EventAnswer const& answer);
std::optional<EventAnswer> read_event_answer(ByteView plaintext);

/// The plaintext of an encrypted reaction: without its target.
Bytes hidden_reaction(Reaction const& reaction);
/// With the target that stands outside.
std::optional<Reaction> read_hidden_reaction(ByteView plaintext, MessageReference const& target);

/// The use that an encrypted edit names; nothing for those that are not known here.
std::optional<SecretUse> use_of(SecretEdit const& edit) noexcept;

} // namespace wagate::message
