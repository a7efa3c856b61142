// Messages as they are stored, alone and inside events.
#include "protocol/model/stored.hpp"

#include "protocol/proto/state.pb.h"

namespace wagate::stored {
namespace {

bool read_quoted(proto::StoredMessage const& stored, std::optional<QuotedMessage>& out)
{
    if (!stored.has_quoted()) return true;
    auto const& quoted = stored.quoted();
    auto& read = out.emplace();
    read.id = MessageId{quoted.id()};
    read.body = quoted.body();
    return read_jid(quoted.has_participant(), quoted.participant(), read.participant);
}

} // namespace

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

void fill(proto::SendFailure& stored, SendFailure const& failure)
{
    stored.set_code(failure.code);
    if (failure.unlock) stored.set_unlock_ms(unix_milliseconds(*failure.unlock));
}

SendFailure from_stored(proto::SendFailure const& stored)
{
    SendFailure failure;
    failure.code = stored.code();
    if (stored.has_unlock_ms()) failure.unlock = wall_from_milliseconds(stored.unlock_ms());
    return failure;
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
    if (message.server_id != 0) stored.set_server_id(message.server_id);
    if (message.starred) stored.set_starred(true);
    if (message.pinned_until) stored.set_pinned_until_ms(unix_milliseconds(*message.pinned_until));
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
    message.server_id = stored.server_id();
    message.starred = stored.starred();
    if (stored.has_pinned_until_ms()) message.pinned_until = wall_from_milliseconds(stored.pinned_until_ms());
    return message;
}

} // namespace wagate::stored
