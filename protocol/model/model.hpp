#pragma once
// The canonical model that all layers share: session status, messages, events. Values only.
// API dialects turn these into their JSON at the edge; storage keeps them; the engine makes them.
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/model/account_events.hpp"
#include "protocol/model/group_events.hpp"
#include "protocol/model/message.hpp"
#include "protocol/model/message_events.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wagate {

// ---------------------------------------------------------------------------- session

/// WAHA's names, in upper case, are the text form. Stored as integers: never renumber.
enum class SessionStatus : std::uint8_t {
    stopped = 0,
    starting = 1,
    scan_qr_code = 2,
    working = 3,
    failed = 4,
    passkey_required = 5,              ///< the account demands its passkey before it is linked
    passkey_confirmation_required = 6, ///< somebody has to compare a code with the phone's
};
std::string_view status_name(SessionStatus status) noexcept; ///< "STOPPED", "STARTING", "SCAN_QR_CODE", …
std::optional<SessionStatus> status_from_name(std::string_view name) noexcept;

/// Why the status is what it is; text form in snake_case, machine-readable. Never renumber.
enum class StatusReason : std::uint8_t {
    none = 0,
    requested = 1, ///< start, stop or restart by the API
    boot = 2,
    connecting = 3,
    connection_lost = 4,   ///< network; reconnects
    keepalive_timeout = 5, ///< the server stopped answering; reconnects
    server_restart = 6,    ///< stream error 503 or 515; reconnects
    rate_limited = 7,      ///< stream error 429; reconnects later
    handshake_failed = 8,  ///< certificate or Noise failure; reconnects
    waiting_for_scan = 9,
    paired = 10,
    logged_in = 11,
    qr_expired = 12,          ///< nobody scanned the last code
    logged_out_by_phone = 13, ///< unlinked on the phone
    logged_out = 14,          ///< by the API
    replaced = 15,            ///< another connection with the same credentials
    banned = 16,
    temporarily_banned = 17,
    client_outdated = 18,
    account_locked = 19,
    server_refused = 20, ///< another login failure
    storage_failed = 21,
    pairing_failed = 22,
    internal_error = 23,
    proxy_error = 24, ///< the session's proxy cannot be used; reconnects
    waiting_for_passkey = 25,
    waiting_for_confirmation = 26,
};
std::string_view reason_name(StatusReason reason) noexcept; ///< "waiting_for_scan"

/// The account a session is paired with.
struct OwnIdentity {
    Jid phone;             ///< with device number
    Jid lid;               ///< with device number; empty user until known
    std::string push_name; ///< may be empty
    std::string platform;  ///< of the phone: android, iphone, smba, smbi …
    bool operator==(OwnIdentity const&) const = default;
};

// ---------------------------------------------------------------------------- events

struct StatusPoint {
    SessionStatus status = SessionStatus::stopped;
    WallTime time{};
    bool operator==(StatusPoint const&) const = default;
};
struct SessionStatusChanged {
    SessionStatus status = SessionStatus::stopped;
    StatusReason reason = StatusReason::none;
    std::string detail; ///< short, machine-made, no secrets: a server code or an error text
    /// The last statuses of this process, at most three, oldest first; this one is the last.
    std::vector<StatusPoint> recent = {};
    /// For who has to act on it, as JSON: the challenge of a passkey, the code to be compared. Else empty.
    std::string data = {};
    bool operator==(SessionStatusChanged const&) const = default;
};
struct MessageAppeared {
    Message message;
    bool operator==(MessageAppeared const&) const = default;
};
struct MessageAcknowledged {
    Jid chat;
    std::optional<Jid> chat_phone;
    MessageId id;
    bool from_me = true;
    std::optional<Jid> participant; ///< group chats
    Ack ack = Ack::server;
    WallTime timestamp{};
    std::string error; ///< server's code for Ack::error
    bool operator==(MessageAcknowledged const&) const = default;
};
/// A send that was accepted will never arrive.
struct MessageFailed {
    Jid chat;
    std::optional<Jid> chat_phone;
    MessageId id;
    SendFailure failure;
    bool operator==(MessageFailed const&) const = default;
};
/// What is known about the connection to WhatsApp at one moment.
struct ConnectionHealth {
    bool healthy = false; ///< WORKING, and a round trip with the server was completed within the last 60 s
    std::optional<WallTime> last_stanza;    ///< anything that came from the server
    std::optional<WallTime> last_pong;      ///< the last completed round trip: a ping or another request
    std::optional<Milliseconds> round_trip; ///< how long that took
    std::size_t offline_backlog = 0; ///< stanzas the server announced after login and has not delivered
    bool operator==(ConnectionHealth const&) const = default;
};
/// `healthy` has changed.
struct SessionHealthChanged {
    ConnectionHealth health;
    bool operator==(SessionHealthChanged const&) const = default;
};
/// A webhook endpoint was switched off by itself, or on again through the API.
struct WebhookStateChanged {
    std::string endpoint; ///< its id in this API
    std::string url;
    bool enabled = false;
    std::string reason; ///< gone (410), failing (too long), enabled
    bool operator==(WebhookStateChanged const&) const = default;
};

using EventBody =
    std::variant<SessionStatusChanged, MessageAppeared, MessageAcknowledged, MessageFailed,
                 SessionHealthChanged, WebhookStateChanged, MessageReacted, MessageEdited, MessageRevoked,
                 PollVoted, EventAnswered, GroupJoined, GroupLeft, GroupUpdated, GroupParticipantsChanged,
                 PresenceChanged, ChatArchived, LabelChanged, LabelAssigned, CallChanged, HistoryProgressed,
                 ChannelPostCounted, MessageCommented, IdentityChanged, GroupRequestsChanged, ChatUpdated,
                 MessageUpdated, ContactUpdated, AccountUpdated>;

/// Whole in itself: whoever reads it later, or again after a restart, must see the same.
struct Event {
    WallTime time{};
    EventBody body;
    std::optional<OwnIdentity> me = {}; ///< the account as it was then; nothing when not paired
    bool operator==(Event const&) const = default;
};

/// What events must keep their order with: the chat of a message's or group's event, the caller of a call's,
/// empty for those of the session.
std::string ordering_key(EventBody const& body);

/// Bytes that an event holds besides itself, about; for bounds on memory.
std::size_t bulk_of(EventBody const& body);

/// Versioned bytes for the event log and message rows (protobuf).
Bytes serialize(Event const& event);
std::optional<Event> parse_event(ByteView bytes);
Bytes serialize(Message const& message);
std::optional<Message> parse_message(ByteView bytes);

} // namespace wagate
