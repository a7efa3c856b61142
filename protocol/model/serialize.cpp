// Stored form of messages and events: one format byte, then the protobuf messages of state.proto.
#include "protocol/model/model.hpp"
#include "protocol/proto/state.pb.h"

namespace wagate {

namespace {

constexpr std::uint8_t format_version = 1;

// ---------------------------------------------------------------------------- to protobuf

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
}

void fill_body(proto::StoredEvent& stored, SessionStatusChanged const& change)
{
    auto& body = *stored.mutable_session_status();
    body.set_status(static_cast<std::uint32_t>(change.status));
    body.set_reason(static_cast<std::uint32_t>(change.reason));
    body.set_detail(change.detail);
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
    if (!read_enum(stored.kind(), MessageKind::text, MessageKind::waiting, message.kind))
        message.kind = MessageKind::unknown; // a kind of a later version
    message.id = MessageId{stored.id()};
    message.from_me = stored.from_me();
    message.timestamp = wall_from_milliseconds(stored.timestamp_ms());
    message.push_name = stored.push_name();
    message.body = stored.body();
    message.content = to_bytes(std::string_view{stored.content()});
    return message;
}

std::optional<SessionStatusChanged> from_stored(proto::StoredEvent::SessionStatus const& stored)
{
    SessionStatusChanged change;
    if (!read_enum(stored.status(), SessionStatus::stopped, SessionStatus::failed, change.status))
        return std::nullopt;
    if (!read_enum(stored.reason(), StatusReason::none, StatusReason::internal_error, change.reason))
        return std::nullopt;
    change.detail = stored.detail();
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

template <class Body>
std::optional<Event> event_at(std::int64_t time_ms, std::optional<Body> body)
{
    if (!body) return std::nullopt;
    return Event{wall_from_milliseconds(time_ms), std::move(*body)};
}

} // namespace

Bytes serialize(Event const& event)
{
    proto::StoredEvent stored;
    stored.set_time_ms(unix_milliseconds(event.time));
    std::visit([&stored](auto const& body) { fill_body(stored, body); }, event.body);
    return to_stored_bytes(stored);
}

std::optional<Event> parse_event(ByteView bytes)
{
    proto::StoredEvent stored;
    if (!parse_stored(bytes, stored)) return std::nullopt;
    if (stored.has_session_status()) return event_at(stored.time_ms(), from_stored(stored.session_status()));
    if (stored.has_message_ack()) return event_at(stored.time_ms(), from_stored(stored.message_ack()));
    if (!stored.has_message()) return std::nullopt;
    auto message = from_stored(stored.message());
    if (!message) return std::nullopt;
    return Event{wall_from_milliseconds(stored.time_ms()), MessageAppeared{std::move(*message)}};
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
