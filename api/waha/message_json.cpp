#include "api/waha/message_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"

#include <boost/json/value.hpp>

namespace wagate::waha {
namespace {

namespace json = boost::json;

json::value or_null(std::optional<std::string> const& text)
{
    json::value out;
    if (text && !text->empty()) out = *text;
    return out;
}

/// `{"lid":…,"pn":…}` of one party.
json::object addresses(Jid const& jid, std::optional<Jid> const& phone)
{
    json::object out;
    out["lid"] = nullptr;
    out["pn"] = nullptr;
    if (jid.is_lid()) out["lid"] = shown(jid);
    if (phone)
        out["pn"] = shown(*phone);
    else if (jid.is_phone())
        out["pn"] = shown(jid);
    return out;
}

/// Groups, lists and channels: the sender is somebody else than the chat.
bool has_participants(Jid const& chat) noexcept
{
    return chat.is_group() || chat.is_broadcast();
}

char const* kind_name(MessageKind kind) noexcept
{
    switch (kind) {
    case MessageKind::text: return "text";
    case MessageKind::unknown: return "unknown";
    case MessageKind::waiting: return "waiting";
    }
    return "unknown";
}

json::value quoted_json(std::optional<QuotedMessage> const& quoted)
{
    if (!quoted) return {};
    json::object out;
    out["id"] = quoted->id.value;
    out["participant"] = nullptr;
    if (quoted->participant) out["participant"] = shown(*quoted->participant);
    out["body"] = quoted->body;
    out["hasMedia"] = false;
    out["media"] = nullptr;
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

void put_ack(json::object& out, Ack ack)
{
    out["ack"] = static_cast<int>(ack);
    out["ackName"] = ack_name(ack);
}

} // namespace

json::object message_json(Message const& message)
{
    auto const chat = shown(message.chat, message.chat_phone);
    std::optional<std::string> participant;
    if (has_participants(message.chat)) participant = shown(message.sender, message.sender_phone);

    json::object data;
    data["chat"] = addresses(message.chat, message.chat_phone);
    data["sender"] = addresses(message.sender, message.sender_phone);
    data["kind"] = kind_name(message.kind);
    data["Info"] = info_json(message);

    json::object out;
    out["id"] = message_id(message.from_me, chat, message.id, participant);
    out["timestamp"] = unix_seconds(message.timestamp);
    out["from"] = chat;
    out["fromMe"] = message.from_me;
    out["source"] = message.origin == MessageOrigin::api ? "api" : "app";
    out["to"] = or_null(participant);
    out["participant"] = or_null(participant);
    out["body"] = message.body;
    out["hasMedia"] = false;
    out["media"] = nullptr;
    out["mediaUrl"] = nullptr;
    put_ack(out, message.ack);
    out["author"] = or_null(participant);
    out["location"] = nullptr;
    out["vCards"] = nullptr;
    out["replyTo"] = quoted_json(message.quoted);
    out["_data"] = std::move(data);
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
