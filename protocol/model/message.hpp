#pragma once
// A message as it is stored and told.
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wagate {

/// WAHA's scale. Only moves forward, except to error.
enum class Ack : std::int8_t { error = -1, pending = 0, server = 1, device = 2, read = 3, played = 4 };
std::string_view ack_name(Ack ack) noexcept; ///< "ERROR", "PENDING", "SERVER", "DEVICE", "READ", "PLAYED"

enum class MessageOrigin : std::uint8_t { app = 0, api = 1 };
/// Stored as integers: never renumber.
enum class MessageKind : std::uint8_t {
    text = 0,
    unknown = 1, ///< of a kind that is not known here, or damaged
    waiting = 2, ///< could not be opened yet
    typed = 3,   ///< what it is stands in `content`, see message::parse_body
    control = 4, ///< changes, answers or accompanies another message; kept for repeats, in no list of a chat
};

struct QuotedMessage {
    MessageId id;
    std::optional<Jid> participant;
    std::string body;
    bool operator==(QuotedMessage const&) const = default;
};

/// Why a send was refused for good. The text form of `code` is the API's business.
struct SendFailure {
    int code =
        0; ///< WhatsApp's ack or iq error code (protocol.md 7.4); 401: unlinked before it could be sent
    std::optional<WallTime> unlock; ///< of a time lock, when the server told it: new chats are allowed again
    bool operator==(SendFailure const&) const = default;
};

struct Message {
    Jid chat;                      ///< bare; LID form where the peer's LID is known on the wire
    std::optional<Jid> chat_phone; ///< the chat's phone JID when `chat` is a LID and the mapping is known
    MessageId id;
    bool from_me = false;
    Jid sender; ///< bare; own JID when from_me
    std::optional<Jid> sender_phone;
    WallTime timestamp{};
    std::string push_name; ///< of the sender; empty when unknown
    MessageKind kind = MessageKind::text;
    MessageOrigin origin = MessageOrigin::app;
    std::string body;
    std::optional<QuotedMessage> quoted;
    Ack ack = Ack::pending;
    Bytes content;                       ///< serialized Message proto (unpadded), for retries and raw views
    std::optional<SendFailure> failure;  ///< only with Ack::error
    std::optional<WallTime> edited = {}; ///< when `content` and `body` were last replaced by an edit
    std::int64_t server_id = 0;          ///< of a channel's message: its number there
    bool revoked = false;                ///< deleted for everyone: `content` and `body` are empty
    bool starred = false;                ///< by the account, on any of its devices
    std::optional<WallTime> pinned_until = {}; ///< in its chat, for everybody
    bool operator==(Message const&) const = default;
};

} // namespace wagate
