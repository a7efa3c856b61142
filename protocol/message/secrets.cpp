#include "protocol/message/secrets.hpp"

#include "protocol/message/map_kinds.hpp"

#include <algorithm>

namespace wagate::message {
namespace {

constexpr std::size_t iv_bytes = 12;
constexpr std::size_t secret_bytes = 32;

std::string_view use_text(SecretUse use)
{
    switch (use) {
    case SecretUse::poll_vote: return "Poll Vote";
    case SecretUse::event_response: return "Event Response";
    case SecretUse::reaction: return "Enc Reaction";
    case SecretUse::comment: return "Enc Comment";
    case SecretUse::event_edit: return "Event Edit";
    case SecretUse::message_edit: return "Message Edit";
    case SecretUse::poll_edit: return "Poll Edit";
    case SecretUse::bot_message: return "";
    case SecretUse::report_token: return "Report Token";
    }
    return "";
}

/// Votes, answers and messages of bots are bound to the message and the sender once more.
Bytes associated_data(SecretUse use, SecretScope const& scope)
{
    switch (use) {
    case SecretUse::poll_vote:
    case SecretUse::event_response:
    case SecretUse::bot_message:
        return concat({view(scope.message.value), ByteArray<1>{}, view(scope.sender.bare().to_string())});
    default: return {};
    }
}

Secret<crypto::Key32> expand(ByteView secret, std::string_view info)
{
    auto derived = crypto::hkdf_sha256(secret, {}, info, secret_bytes);
    Secret<crypto::Key32> key{to_array<secret_bytes>(derived)};
    wipe(derived);
    return key;
}

} // namespace

Secret<crypto::Key32> secret_key(SecretUse use, SharedSecret const& secret, SecretScope const& scope)
{
    auto const info = scope.message.value + scope.author.bare().to_string() +
                      scope.sender.bare().to_string() + std::string{use_text(use)};
    if (use != SecretUse::bot_message) return expand(secret.reveal(), info);
    auto const bot_secret = expand(secret.reveal(), "Bot Message");
    return expand(bot_secret.reveal(), info);
}

Sealed seal(SecretUse use, SharedSecret const& secret, SecretScope const& scope, ByteView plaintext,
            RandomSource& random)
{
    Sealed sealed;
    sealed.iv = random.bytes(iv_bytes);
    auto const key = secret_key(use, secret, scope);
    sealed.payload = crypto::aes256_gcm_seal(key.reveal(), sealed.iv, plaintext, associated_data(use, scope));
    return sealed;
}

Result<Bytes> open_sealed(SecretUse use, SharedSecret const& secret, SecretScope const& scope,
                          Sealed const& sealed)
{
    if (sealed.iv.size() != iv_bytes || sealed.payload.size() < crypto::gcm_tag_bytes)
        return make_error_code(crypto::CryptoErrc::bad_length);
    auto const key = secret_key(use, secret, scope);
    return crypto::aes256_gcm_open(key.reveal(), sealed.iv, sealed.payload, associated_data(use, scope));
}

Result<Bytes> open_any(SecretUse use, SharedSecret const& secret, MessageId const& message,
                       std::span<Jid const> authors, std::span<Jid const> senders, Sealed const& sealed)
{
    Result<Bytes> opened = make_error_code(crypto::CryptoErrc::authentication_failed);
    for (auto const& author : authors) {
        for (auto const& sender : senders) {
            opened = open_sealed(use, secret, SecretScope{message, author, sender}, sealed);
            if (opened) return opened;
        }
    }
    return opened;
}

SharedSecret generate_secret(RandomSource& random)
{
    return SharedSecret{random.bytes(secret_bytes)};
}

crypto::Key32 option_hash(std::string_view option)
{
    return crypto::sha256(view(option));
}

Bytes poll_choice(std::vector<std::string> const& options)
{
    proto::PollVoteMessage vote;
    for (auto const& option : options)
        vote.add_selected_options(to_text(option_hash(option)));
    return encode(vote);
}

std::optional<std::vector<std::string>> chosen_options(ByteView choice, Poll const& poll)
{
    proto::PollVoteMessage vote;
    if (!read_proto(vote, choice)) return std::nullopt;
    std::vector<std::string> chosen;
    for (auto const& option : poll.options) {
        auto const hash = option_hash(option);
        auto const& selected = vote.selected_options();
        if (std::any_of(selected.begin(), selected.end(),
                        [&](std::string const& entry) { return equal(view(entry), hash); }))
            chosen.push_back(option);
    }
    return chosen;
}

Bytes event_answer(EventAnswer const& answer)
{
    proto::EventResponseMessage message;
    message.set_response(static_cast<std::uint32_t>(answer.response));
    if (answer.time) message.set_timestamp_ms(unix_milliseconds(*answer.time));
    if (answer.extra_guests != 0) message.set_extra_guest_count(answer.extra_guests);
    return encode(message);
}

std::optional<EventAnswer> read_event_answer(ByteView plaintext)
{
    proto::EventResponseMessage message;
    if (!read_proto(message, plaintext)) return std::nullopt;
    EventAnswer answer;
    if (message.response() <= 3) answer.response = static_cast<EventAnswer::Response>(message.response());
    read_milliseconds(answer.time, message.timestamp_ms());
    answer.extra_guests = message.extra_guest_count();
    return answer;
}

Bytes hidden_reaction(Reaction const& reaction)
{
    auto copy = reaction;
    copy.target = {};
    proto::ReactionMessage message;
    map_fields<false>(copy, message);
    return encode(message);
}

std::optional<Reaction> read_hidden_reaction(ByteView plaintext, MessageReference const& target)
{
    proto::ReactionMessage message;
    if (!read_proto(message, plaintext)) return std::nullopt;
    Reaction reaction;
    map_fields<true>(reaction, message);
    reaction.target = target;
    return reaction;
}

std::optional<SecretUse> use_of(SecretEdit const& edit) noexcept
{
    switch (edit.type) {
    case 1: return SecretUse::event_edit;
    case 2: return SecretUse::message_edit;
    case 4:
    case 5: return SecretUse::poll_edit;
    default: return std::nullopt;
    }
}

} // namespace wagate::message
