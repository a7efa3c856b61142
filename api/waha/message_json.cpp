#include "api/waha/message_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/content_json.hpp"
#include "api/waha/json_parts.hpp"
#include "api/waha/rejections.hpp"

#include <boost/json/value.hpp>

namespace wagate::waha {
namespace {

namespace json = boost::json;

std::string_view kind_name(Message const& message, message::TypedMessage const& typed) noexcept
{
    switch (message.kind) {
    case MessageKind::text: return "text";
    case MessageKind::unknown: return "unknown";
    case MessageKind::waiting: return "waiting";
    case MessageKind::typed:
    case MessageKind::control: break;
    }
    return message::kind_name(message::kind_of(typed.body));
}

/// Messages whose content is gone, or never came, hold nothing.
message::TypedMessage content_of(Message const& message)
{
    if (message.content.empty()) return {};
    return message::parse_body(message.content);
}

json::value quoted_json(Message const& message, message::TypedMessage const& typed)
{
    auto const& quoted = message.quoted;
    if (!quoted) return {};
    auto const& quote = typed.context.quoted;
    auto const has_media = quote && quote->kind == message::BodyKind::media;
    json::object out;
    out["id"] = quoted->id.value;
    out["participant"] = nullptr;
    if (quoted->participant) out["participant"] = shown(*quoted->participant);
    out["body"] = quoted->body;
    out["hasMedia"] = has_media;
    out["media"] = nullptr; // its file is had through the message itself
    out["_data"] = json::object();
    return json::value(std::move(out));
}

/// The fields of the engine's message info that integrations read.
json::object info_json(Message const& message)
{
    json::object out;
    out["ID"] = message.id.value;
    out["Chat"] = message.chat.bare().to_string();
    out["Sender"] = message.sender.bare().to_string();
    out["SenderAlt"] = "";
    if (message.sender_phone) out["SenderAlt"] = message.sender_phone->bare().to_string();
    out["IsFromMe"] = message.from_me;
    out["IsGroup"] = message.chat.is_group();
    out["PushName"] = message.push_name;
    return out;
}

json::object data_json(Message const& message, message::TypedMessage const& typed)
{
    json::object data;
    data["chat"] = addresses(message.chat, message.chat_phone);
    data["sender"] = addresses(message.sender, message.sender_phone);
    data["kind"] = kind_name(message, typed);
    data["notifyName"] = message.push_name; // where browser engines have it
    data["Info"] = info_json(message);
    if (message.edited) data["editedAt"] = unix_seconds(*message.edited);
    if (message.revoked) data["revoked"] = true;
    data["isStarred"] = message.starred;
    data["pinnedUntil"] = nullptr;
    if (message.pinned_until) data["pinnedUntil"] = unix_seconds(*message.pinned_until);
    if (message.server_id != 0) data["serverId"] = message.server_id; // of a channel
    put_content(data, typed);
    return data;
}

std::optional<std::string> shown_participant(Message const& message)
{
    if (!has_participants(message.chat)) return std::nullopt;
    return shown(message.sender, message.sender_phone);
}

void put_ack(json::object& out, Ack ack)
{
    out["ack"] = static_cast<int>(ack);
    out["ackName"] = ack_name(ack);
}

} // namespace

std::string full_id(Message const& message)
{
    return message_id(message.from_me, shown(message.chat, message.chat_phone), message.id,
                      shown_participant(message));
}

json::object message_head(Message const& message)
{
    auto const participant = shown_participant(message);
    json::object out;
    out["id"] = full_id(message);
    out["timestamp"] = unix_seconds(message.timestamp);
    out["from"] = shown(message.chat, message.chat_phone);
    out["fromMe"] = message.from_me;
    out["source"] = message.origin == MessageOrigin::api ? "api" : "app";
    out["to"] = or_null(participant);
    out["participant"] = or_null(participant);
    return out;
}

json::object message_data(Message const& message)
{
    return data_json(message, content_of(message));
}

json::object message_json(Message const& message, MediaPlace const* place)
{
    auto const typed = content_of(message);
    auto out = message_head(message);
    out["body"] = message.body;
    out["hasMedia"] = message::file_of(typed.body) != nullptr;
    out["media"] = media_json(typed.body, message, place);
    out["mediaUrl"] = nullptr;
    if (auto const* media = out["media"].if_object()) out["mediaUrl"] = media->at("url");
    put_ack(out, message.ack);
    out["author"] = or_null(shown_participant(message));
    out["location"] = location_json(typed.body);
    out["vCards"] = vcards_json(typed.body);
    out["replyTo"] = quoted_json(message, typed);
    out["_data"] = data_json(message, typed);
    return out;
}

json::object ack_json(MessageAcknowledged const& change, OwnIdentity const* me)
{
    auto const chat = shown(change.chat, change.chat_phone);
    std::optional<std::string> sender;
    std::optional<std::string> reader;
    if (has_participants(change.chat)) {
        if (change.participant) reader = shown(*change.participant);
        sender = reader;
        if (change.from_me) sender.reset();
        if (change.from_me && me) sender = shown(me->phone);
    }
    json::object data;
    data["chat"] = addresses(change.chat, change.chat_phone);
    data["timestamp"] = unix_seconds(change.timestamp);
    data["error"] = nullptr;
    if (!change.error.empty()) data["error"] = change.error;

    json::object out;
    out["id"] = message_id(change.from_me, chat, change.id, sender);
    out["from"] = chat;
    out["to"] = or_null(reader);
    out["participant"] = or_null(reader);
    out["fromMe"] = change.from_me;
    put_ack(out, change.ack);
    out["_data"] = std::move(data);
    return out;
}

json::object failed_json(MessageFailed const& failed, OwnIdentity const* me)
{
    auto const chat = shown(failed.chat, failed.chat_phone);
    std::optional<std::string> sender;
    if (has_participants(failed.chat) && me) sender = shown(me->phone);
    json::object data;
    data["chat"] = addresses(failed.chat, failed.chat_phone);

    json::object out;
    out["id"] = message_id(true, chat, failed.id, sender);
    out["from"] = chat;
    out["to"] = nullptr;
    out["participant"] = nullptr;
    out["fromMe"] = true;
    for (auto const& member : failure_json(failed.failure))
        out[member.key()] = member.value();
    out["_data"] = std::move(data);
    return out;
}

} // namespace wagate::waha
