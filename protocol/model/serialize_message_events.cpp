// Stored form of the events about messages that come and how they fare.
#include "protocol/model/stored.hpp"
#include "protocol/proto/event_log.pb.h"

namespace wagate::stored {
namespace {

std::optional<EventBody> acknowledged(proto::StoredEvent::MessageAck const& stored)
{
    MessageAcknowledged body;
    bool const valid = read_jid(stored.chat(), body.chat) &&
                       read_jid(stored.has_chat_phone(), stored.chat_phone(), body.chat_phone) &&
                       read_jid(stored.has_participant(), stored.participant(), body.participant) &&
                       read_enum(stored.ack(), Ack::error, Ack::played, body.ack);
    if (!valid) return std::nullopt;
    body.id = MessageId{stored.id()};
    body.from_me = stored.from_me();
    body.timestamp = wall_from_milliseconds(stored.timestamp_ms());
    body.error = stored.error();
    return body;
}

std::optional<EventBody> failed(proto::StoredEvent::MessageFailed const& stored)
{
    MessageFailed body;
    if (!read_jid(stored.chat(), body.chat) ||
        !read_jid(stored.has_chat_phone(), stored.chat_phone(), body.chat_phone))
        return std::nullopt;
    body.id = MessageId{stored.id()};
    body.failure = from_stored(stored.failure());
    return body;
}

} // namespace

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

std::optional<EventBody> read_message_event(proto::StoredEvent const& stored)
{
    if (stored.has_message_ack()) return acknowledged(stored.message_ack());
    if (stored.has_message_failed()) return failed(stored.message_failed());
    if (!stored.has_message()) return std::nullopt;
    auto message = from_stored(stored.message());
    if (!message) return std::nullopt;
    return MessageAppeared{std::move(*message)};
}

} // namespace wagate::stored
