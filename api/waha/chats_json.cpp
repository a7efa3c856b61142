#include "api/waha/chats_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/message_json.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;

json::value text_or_null(std::string const& text)
{
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value seconds_or_null(std::optional<WallTime> time)
{
    return time ? json::value(unix_seconds(*time)) : json::value(nullptr);
}

std::string name_of(storage::ChatEntry const& entry)
{
    if (!entry.chat.name.empty() || !entry.contact) return entry.chat.name;
    for (auto const* name :
         {&entry.contact->full_name, &entry.contact->push_name, &entry.contact->business_name})
        if (!name->empty()) return *name;
    return {};
}

json::object addresses(Jid const& jid, std::optional<Jid> const& phone)
{
    json::object out;
    out["lid"] = jid.is_lid() ? json::value(shown(jid)) : json::value(nullptr);
    out["pn"] = phone ? json::value(shown(*phone)) : json::value(nullptr);
    return out;
}

} // namespace

json::object chat_json(storage::ChatEntry const& entry)
{
    auto const& chat = entry.chat;
    json::object out;
    out["id"] = shown(chat.jid, chat.phone);
    out["name"] = text_or_null(name_of(entry));
    out["conversationTimestamp"] = unix_seconds(chat.last_activity);
    out["unreadCount"] = chat.unread;
    out["markedAsUnread"] = chat.marked_unread;
    out["archived"] = chat.archived;
    out["pinned"] = seconds_or_null(chat.pinned);
    out["muteEndTime"] = seconds_or_null(chat.muted_until);
    out["ephemeralExpiration"] = chat.expiration.count();
    out["_data"] = addresses(chat.jid, chat.phone);
    return out;
}

json::object overview_json(storage::ChatEntry const& entry)
{
    json::object out;
    out["id"] = shown(entry.chat.jid, entry.chat.phone);
    out["name"] = text_or_null(name_of(entry));
    out["picture"] = nullptr;
    if (entry.last_message)
        out["lastMessage"] = message_json(*entry.last_message);
    else
        out["lastMessage"] = nullptr;
    out["_chat"] = chat_json(entry);
    return out;
}

json::object contact_json(Contact const& contact, OwnIdentity const* me)
{
    auto const is_me =
        me != nullptr && (contact.jid.bare() == me->lid.bare() || contact.jid.bare() == me->phone.bare() ||
                          contact.phone == me->phone.bare());
    auto const& name = contact.full_name.empty() ? contact.business_name : contact.full_name;
    json::object out;
    out["id"] = shown(contact.jid, contact.phone);
    out["number"] = contact.phone ? json::value(contact.phone->user) : json::value(nullptr);
    out["name"] = text_or_null(name);
    out["pushname"] = text_or_null(contact.push_name);
    out["shortName"] = text_or_null(contact.first_name);
    out["isMe"] = is_me;
    out["isGroup"] = contact.jid.is_group();
    out["isWAContact"] = contact.jid.is_user();
    out["isMyContact"] = !contact.full_name.empty();
    out["isBlocked"] = contact.blocked;
    out["_data"] = addresses(contact.jid, contact.phone);
    return out;
}

json::object lid_json(std::optional<Jid> const& lid, std::optional<Jid> const& phone)
{
    json::object out;
    out["lid"] = lid ? json::value(shown(*lid)) : json::value(nullptr);
    out["pn"] = phone ? json::value(shown(*phone)) : json::value(nullptr);
    return out;
}

} // namespace wagate::waha
