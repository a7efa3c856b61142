// Stored form of messages and events: one format byte, then the protobuf messages of state.proto.
#include "protocol/model/model.hpp"
#include "protocol/proto/state.pb.h"

#include <stdexcept>

namespace wagate {

namespace {

constexpr std::uint8_t format_version = 1;

// ---------------------------------------------------------------------------- to protobuf

void fill(proto::SendFailure& stored, SendFailure const& failure)
{
    stored.set_code(failure.code);
    if (failure.unlock) stored.set_unlock_ms(unix_milliseconds(*failure.unlock));
}

void fill(proto::StoredMessage& stored, Message const& message)
{
    stored.set_chat(message.chat.to_string());
    if (message.chat_phone) stored.set_chat_phone(message.chat_phone->to_string());
    stored.set_id(message.id.value);
    stored.set_from_me(message.from_me);
    stored.set_sender(message.sender.to_string());
    if (message.sender_phone) stored.set_sender_phone(message.sender_phone->to_string());
    stored.set_timestamp_ms(unix_milliseconds(message.timestamp));
    stored.set_push_name(message.push_name);
    stored.set_kind(static_cast<std::uint32_t>(message.kind));
    stored.set_origin(static_cast<std::uint32_t>(message.origin));
    stored.set_body(message.body);
    if (message.quoted) {
        auto& quoted = *stored.mutable_quoted();
        quoted.set_id(message.quoted->id.value);
        if (message.quoted->participant) quoted.set_participant(message.quoted->participant->to_string());
        quoted.set_body(message.quoted->body);
    }
    stored.set_ack(static_cast<std::int32_t>(message.ack));
    stored.set_content(message.content.data(), message.content.size());
    if (message.failure) fill(*stored.mutable_failure(), *message.failure);
    if (message.edited) stored.set_edited_ms(unix_milliseconds(*message.edited));
    if (message.revoked) stored.set_revoked(true);
}

void fill_body(proto::StoredEvent& stored, SessionStatusChanged const& change)
{
    auto& body = *stored.mutable_session_status();
    body.set_status(static_cast<std::uint32_t>(change.status));
    body.set_reason(static_cast<std::uint32_t>(change.reason));
    body.set_detail(change.detail);
    for (auto const& point : change.recent) {
        auto& stored_point = *body.add_recent();
        stored_point.set_status(static_cast<std::uint32_t>(point.status));
        stored_point.set_time_ms(unix_milliseconds(point.time));
    }
}

void fill_body(proto::StoredEvent& stored, MessageAppeared const& appeared)
{
    fill(*stored.mutable_message(), appeared.message);
}

void fill_body(proto::StoredEvent& stored, MessageAcknowledged const& acknowledged)
{
    auto& body = *stored.mutable_message_ack();
    body.set_chat(acknowledged.chat.to_string());
    if (acknowledged.chat_phone) body.set_chat_phone(acknowledged.chat_phone->to_string());
    body.set_id(acknowledged.id.value);
    body.set_from_me(acknowledged.from_me);
    if (acknowledged.participant) body.set_participant(acknowledged.participant->to_string());
    body.set_ack(static_cast<std::int32_t>(acknowledged.ack));
    body.set_timestamp_ms(unix_milliseconds(acknowledged.timestamp));
    body.set_error(acknowledged.error);
}

void fill_body(proto::StoredEvent& stored, MessageFailed const& failed)
{
    auto& body = *stored.mutable_message_failed();
    body.set_chat(failed.chat.to_string());
    if (failed.chat_phone) body.set_chat_phone(failed.chat_phone->to_string());
    body.set_id(failed.id.value);
    fill(*body.mutable_failure(), failed.failure);
}

void fill_body(proto::StoredEvent& stored, SessionHealthChanged const& change)
{
    auto& body = *stored.mutable_session_health();
    auto const& health = change.health;
    body.set_healthy(health.healthy);
    if (health.last_stanza) body.set_last_stanza_ms(unix_milliseconds(*health.last_stanza));
    if (health.last_pong) body.set_last_pong_ms(unix_milliseconds(*health.last_pong));
    if (health.round_trip) body.set_round_trip_ms(health.round_trip->count());
    body.set_offline_backlog(health.offline_backlog);
}

void fill_body(proto::StoredEvent& stored, WebhookStateChanged const& change)
{
    auto& body = *stored.mutable_webhook_state();
    body.set_endpoint(change.endpoint);
    body.set_url(change.url);
    body.set_enabled(change.enabled);
    body.set_reason(change.reason);
}

template <class Body>
void fill_body(proto::StoredEvent&, Body const&)
{
    throw std::logic_error("this event cannot be stored yet");
}

template <class Stored>
Bytes to_stored_bytes(Stored const& stored)
{
    Bytes bytes(1 + stored.ByteSizeLong());
    bytes.front() = format_version;
    stored.SerializeWithCachedSizesToArray(bytes.data() + 1);
    return bytes;
}

// ---------------------------------------------------------------------------- from protobuf

template <class Stored>
bool parse_stored(ByteView bytes, Stored& stored)
{
    if (bytes.empty() || bytes.front() != format_version || bytes.size() > INT32_MAX) return false;
    return stored.ParseFromArray(bytes.data() + 1, static_cast<int>(bytes.size() - 1));
}

/// Each returns false when the text is no JID; an absent optional JID is fine.
bool read_jid(std::string const& text, Jid& out)
{
    auto parsed = Jid::parse(text);
    if (!parsed) return false;
    out = std::move(*parsed);
    return true;
}

bool read_jid(bool present, std::string const& text, std::optional<Jid>& out)
{
    if (!present) return true;
    out = Jid::parse(text);
    return out.has_value();
}

/// Enumerations only grow, at their end: a greater number comes from a later version.
template <class Enum, class Number>
bool read_enum(Number number, Enum first, Enum last, Enum& out)
{
    auto const wide = static_cast<std::int64_t>(number);
    if (wide < static_cast<std::int64_t>(first) || wide > static_cast<std::int64_t>(last)) return false;
    out = static_cast<Enum>(number);
    return true;
}

bool read_quoted(proto::StoredMessage const& stored, std::optional<QuotedMessage>& out)
{
    if (!stored.has_quoted()) return true;
    auto const& quoted = stored.quoted();
    auto& read = out.emplace();
    read.id = MessageId{quoted.id()};
    read.body = quoted.body();
    return read_jid(quoted.has_participant(), quoted.participant(), read.participant);
}

SendFailure from_stored(proto::SendFailure const& stored)
{
    SendFailure failure;
    failure.code = stored.code();
    if (stored.has_unlock_ms()) failure.unlock = wall_from_milliseconds(stored.unlock_ms());
    return failure;
}

std::optional<Message> from_stored(proto::StoredMessage const& stored)
{
    Message message;
    bool const valid = read_jid(stored.chat(), message.chat) &&
                       read_jid(stored.has_chat_phone(), stored.chat_phone(), message.chat_phone) &&
                       read_jid(stored.sender(), message.sender) &&
                       read_jid(stored.has_sender_phone(), stored.sender_phone(), message.sender_phone) &&
                       read_quoted(stored, message.quoted) &&
                       read_enum(stored.origin(), MessageOrigin::app, MessageOrigin::api, message.origin) &&
                       read_enum(stored.ack(), Ack::error, Ack::played, message.ack);
    if (!valid) return std::nullopt;
    if (!read_enum(stored.kind(), MessageKind::text, MessageKind::control, message.kind))
        message.kind = MessageKind::unknown; // a kind of a later version
    message.id = MessageId{stored.id()};
    message.from_me = stored.from_me();
    message.timestamp = wall_from_milliseconds(stored.timestamp_ms());
    message.push_name = stored.push_name();
    message.body = stored.body();
    message.content = to_bytes(std::string_view{stored.content()});
    if (stored.has_failure()) message.failure = from_stored(stored.failure());
    if (stored.has_edited_ms()) message.edited = wall_from_milliseconds(stored.edited_ms());
    message.revoked = stored.revoked();
    return message;
}

std::optional<SessionStatusChanged> from_stored(proto::StoredEvent::SessionStatus const& stored)
{
    SessionStatusChanged change;
    if (!read_enum(stored.status(), SessionStatus::stopped, SessionStatus::failed, change.status))
        return std::nullopt;
    if (!read_enum(stored.reason(), StatusReason::none, StatusReason::proxy_error, change.reason))
        return std::nullopt;
    change.detail = stored.detail();
    for (auto const& stored_point : stored.recent()) {
        auto& point = change.recent.emplace_back();
        point.time = wall_from_milliseconds(stored_point.time_ms());
        if (!read_enum(stored_point.status(), SessionStatus::stopped, SessionStatus::failed, point.status))
            return std::nullopt;
    }
    return change;
}

std::optional<MessageAcknowledged> from_stored(proto::StoredEvent::MessageAck const& stored)
{
    MessageAcknowledged acknowledged;
    bool const valid = read_jid(stored.chat(), acknowledged.chat) &&
                       read_jid(stored.has_chat_phone(), stored.chat_phone(), acknowledged.chat_phone) &&
                       read_jid(stored.has_participant(), stored.participant(), acknowledged.participant) &&
                       read_enum(stored.ack(), Ack::error, Ack::played, acknowledged.ack);
    if (!valid) return std::nullopt;
    acknowledged.id = MessageId{stored.id()};
    acknowledged.from_me = stored.from_me();
    acknowledged.timestamp = wall_from_milliseconds(stored.timestamp_ms());
    acknowledged.error = stored.error();
    return acknowledged;
}

std::optional<MessageFailed> from_stored(proto::StoredEvent::MessageFailed const& stored)
{
    MessageFailed failed;
    if (!read_jid(stored.chat(), failed.chat) ||
        !read_jid(stored.has_chat_phone(), stored.chat_phone(), failed.chat_phone))
        return std::nullopt;
    failed.id = MessageId{stored.id()};
    failed.failure = from_stored(stored.failure());
    return failed;
}

std::optional<SessionHealthChanged> from_stored(proto::StoredEvent::SessionHealth const& stored)
{
    SessionHealthChanged change;
    auto& health = change.health;
    health.healthy = stored.healthy();
    if (stored.has_last_stanza_ms()) health.last_stanza = wall_from_milliseconds(stored.last_stanza_ms());
    if (stored.has_last_pong_ms()) health.last_pong = wall_from_milliseconds(stored.last_pong_ms());
    if (stored.has_round_trip_ms()) health.round_trip = Milliseconds{stored.round_trip_ms()};
    health.offline_backlog = stored.offline_backlog();
    return change;
}

std::optional<WebhookStateChanged> from_stored(proto::StoredEvent::WebhookState const& stored)
{
    return WebhookStateChanged{stored.endpoint(), stored.url(), stored.enabled(), stored.reason()};
}

/// False when the body cannot be read.
template <class Body>
bool put_body(Event& event, std::optional<Body> body)
{
    if (body) event.body = std::move(*body);
    return body.has_value();
}

bool read_body(proto::StoredEvent const& stored, Event& event)
{
    if (stored.has_session_status()) return put_body(event, from_stored(stored.session_status()));
    if (stored.has_message_ack()) return put_body(event, from_stored(stored.message_ack()));
    if (stored.has_message_failed()) return put_body(event, from_stored(stored.message_failed()));
    if (stored.has_session_health()) return put_body(event, from_stored(stored.session_health()));
    if (stored.has_webhook_state()) return put_body(event, from_stored(stored.webhook_state()));
    if (!stored.has_message()) return false;
    auto message = from_stored(stored.message());
    if (message) event.body = MessageAppeared{std::move(*message)};
    return message.has_value();
}

bool read_identity(proto::StoredEvent::OwnIdentity const& stored, OwnIdentity& me)
{
    me.push_name = stored.push_name();
    me.platform = stored.platform();
    return read_jid(stored.phone(), me.phone) && (!stored.has_lid() || read_jid(stored.lid(), me.lid));
}

} // namespace

Bytes serialize(Event const& event)
{
    proto::StoredEvent stored;
    stored.set_time_ms(unix_milliseconds(event.time));
    std::visit([&stored](auto const& body) { fill_body(stored, body); }, event.body);
    if (event.me) {
        auto& me = *stored.mutable_me();
        me.set_phone(event.me->phone.to_string());
        if (!event.me->lid.user.empty()) me.set_lid(event.me->lid.to_string());
        me.set_push_name(event.me->push_name);
        me.set_platform(event.me->platform);
    }
    return to_stored_bytes(stored);
}

std::optional<Event> parse_event(ByteView bytes)
{
    proto::StoredEvent stored;
    if (!parse_stored(bytes, stored)) return std::nullopt;
    Event event;
    event.time = wall_from_milliseconds(stored.time_ms());
    if (!read_body(stored, event)) return std::nullopt;
    if (stored.has_me() && !read_identity(stored.me(), event.me.emplace())) return std::nullopt;
    return event;
}

Bytes serialize(Message const& message)
{
    proto::StoredMessage stored;
    fill(stored, message);
    return to_stored_bytes(stored);
}

std::optional<Message> parse_message(ByteView bytes)
{
    proto::StoredMessage stored;
    if (!parse_stored(bytes, stored)) return std::nullopt;
    return from_stored(stored);
}

} // namespace wagate
