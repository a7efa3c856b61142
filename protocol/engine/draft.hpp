#pragma once
// What is to be sent. Its content is made when the draft is taken in: some kinds need what is stored about
// another message, or the id that this one gets.
#include "protocol/base/random.hpp"
#include "protocol/engine/effects.hpp"
#include "protocol/message/compose.hpp"

namespace wagate::engine {

/// Why a draft cannot become a message.
enum class DraftErrc {
    message_not_found = 1, ///< the message it is about is not known here
    not_possible,          ///< a message of that kind, or in that state, cannot be treated so
    secret_unknown,        ///< the poll or event came without what answers are encrypted with
    option_unknown,        ///< the poll has no such option
};
boost::system::error_code make_error_code(DraftErrc error);

/// What a draft is made with; valid only during the call.
struct DraftContext {
    SessionReader const& reader;
    OwnIdentity const& me;
    Jid chat; ///< bare, the LID where it is known
    std::optional<Jid> chat_phone;
    MessageId id; ///< that the message will have
    WallTime now{};
    RandomSource& random;

    /// A message of this chat, under either address of it.
    std::optional<Message> find(MessageId const& wanted) const;
    /// The own address in this chat's form: LID or phone number.
    Jid own() const;
    /// Of disappearing messages in this chat.
    message::ChatTimer timer() const;
};

/// @return a serialized Message
using Compose = std::function<Result<Bytes>(DraftContext const&)>;

/// As it is, with the chat's timer; as a reply it quotes what is stored of the other message, or its id
/// alone.
Compose compose_ready(message::TypedMessage message, std::optional<MessageId> reply_to = {});

struct Draft {
    CommandId command = 0;
    MessageId id; ///< empty: generated
    Jid chat;     ///< user (phone or LID), group, status@broadcast or channel
    Compose compose;
    std::optional<IdempotencyKey> key; ///< durable together with the message
    /// Of a status post: who gets it; empty: as the account's privacy settings say.
    std::vector<Jid> audience = {};
    /// Of a file for a channel: what its upload was answered with.
    std::string media_handle = {};
};

/// Fills in what the content tells: kind, body, quoted message, content.
void describe(Message& message, Bytes content);
/// @param typed the content, parsed
void describe(Message& message, message::TypedMessage const& typed, Bytes content);

} // namespace wagate::engine

template <>
struct boost::system::is_error_code_enum<wagate::engine::DraftErrc> : std::true_type {};
