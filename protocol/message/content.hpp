#pragma once
// Message content: building what we send and reading what others sent (protocol.md 5.4, 5.8, 7.11).
// Generated protobuf types stay inside the .cpp.
#include "protocol/base/result.hpp"
#include "protocol/model/model.hpp"

#include <map>

namespace wagate::message {

struct TextContent {
    std::string text;
    std::optional<QuotedMessage> quoted;
    Bytes quoted_content;              ///< serialized Message that is quoted; empty: rebuilt from the body
    std::vector<std::string> mentions; ///< JID texts
};

/// A serialized Message. Plain text without context uses `conversation`, everything else extendedTextMessage.
Bytes make_text(TextContent const& content);

/// Wraps for own other devices: deviceSentMessage{destination, message}.
Bytes wrap_device_sent(Jid const& destination, ByteView message);

/// senderKeyDistributionMessage{group, distribution}
Bytes make_sender_key_distribution(Jid const& group, ByteView distribution);

/// Names a message for the phone.
struct ResendKey {
    Jid chat; ///< bare; the LID where it is known
    MessageId id;
    bool from_me = false;
    std::optional<Jid> participant; ///< bare; of others' messages in groups and broadcasts
};
/// Asks the own phone for a message that cannot be opened here (5.12). Goes out as a peer message (7.5).
Bytes make_resend_request(ResendKey const& key);

struct SenderKeyDistribution {
    std::string group;
    Bytes bytes;
};

/// One app-state key as the phone shares it (9.3); `data` is the serialized key data.
struct AppStateKey {
    Bytes id;
    Bytes data;
};

/// The phone's answer to resend_request (5.12).
struct ResentMessage {
    MessageId request; ///< what it answers
    MessageId id;      ///< of the message itself
    WallTime timestamp{};
    std::string push_name; ///< may be empty
    Bytes content;         ///< serialized Message
};

/// The phone's answer to a request for a whole collection of app state (9.5), as it came.
struct RecoveredSnapshot {
    MessageId request; ///< what it answers
    Bytes bytes;       ///< see appstate/recovery.hpp
    bool is_compressed = false;
};

/// Content of protocol messages that only the own phone may send (5.8 rule 5).
struct PhoneContent {
    std::vector<AppStateKey> app_state_keys;
    bool is_history_notification = false;
    Bytes history; ///< the serialized HistorySyncNotification, see history_notification.hpp
    std::vector<std::pair<std::string, std::string>> lid_mappings; ///< phone user, LID user
    std::vector<ResentMessage> resent;
    std::optional<RecoveredSnapshot> recovered;
    bool empty() const noexcept
    {
        return app_state_keys.empty() && !is_history_notification && lid_mappings.empty() && resent.empty() &&
               !recovered;
    }
};

enum class ContentKind : std::uint8_t {
    text,
    other,   ///< content we keep and hand on, without reading it yet
    control, ///< key distribution, protocol messages, reactions…: not a message of its own
};

struct Content {
    ContentKind kind = ContentKind::control;
    std::optional<Jid> device_sent_to; ///< set when wrapped in deviceSentMessage
    Bytes message;                     ///< the inner serialized Message
    std::string text;
    std::optional<QuotedMessage> quoted;
    std::optional<SenderKeyDistribution> distribution;
    std::optional<std::int32_t> protocol_type;
    PhoneContent phone;
};

/// Total over any bytes: nothing when they are no Message.
std::optional<Content> parse_content(ByteView plaintext);

} // namespace wagate::message
