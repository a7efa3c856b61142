#include "api/waha/updates_json.hpp"

#include "api/waha/account_events_json.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/json_parts.hpp"
#include "api/waha/message_events_json.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;

json::value seconds_or_null(std::optional<WallTime> const& time)
{
    return time ? json::value(unix_seconds(*time)) : json::value(nullptr);
}

json::value number_or_null(std::optional<std::int64_t> const& number)
{
    return number ? json::value(*number) : json::value(nullptr);
}

/// `{id,chatId,change,until,label,by,timestamp,_data:{chat}}`
json::object about_message(Jid const& chat, std::optional<Jid> const& chat_phone, MessageTarget const& target,
                           std::string_view change, WallTime time, OwnIdentity const* me)
{
    Message named;
    named.chat = chat;
    named.chat_phone = chat_phone;
    json::object data;
    data["chat"] = addresses(chat, chat_phone);
    json::object out;
    out["id"] = target_id(named, target, me);
    out["chatId"] = shown(chat, chat_phone);
    out["change"] = change;
    out["until"] = nullptr;
    out["label"] = nullptr;
    out["by"] = nullptr;
    out["timestamp"] = unix_seconds(time);
    out["_data"] = std::move(data);
    return out;
}

} // namespace

json::object chat_update_json(ChatUpdated const& change, WallTime time)
{
    json::object data;
    data["chat"] = addresses(change.chat, change.chat_phone);
    json::object out;
    out["id"] = shown(change.chat, change.chat_phone);
    out["change"] = chat_update_name(change.change);
    out["until"] = seconds_or_null(change.until);
    out["timestamp"] = unix_seconds(time);
    out["_data"] = std::move(data);
    return out;
}

json::object message_update_json(MessageUpdated const& change, WallTime time, OwnIdentity const* me)
{
    auto out = about_message(change.chat, change.chat_phone, change.target,
                             message_update_name(change.change), time, me);
    out["until"] = seconds_or_null(change.until);
    if (change.by) out["by"] = shown(*change.by, change.by_phone);
    return out;
}

json::object label_update_json(LabelAssigned const& change, WallTime time, OwnIdentity const* me)
{
    MessageTarget const target{change.message.value_or(MessageId{}), change.from_me, change.participant,
                               change.participant_phone};
    auto out = about_message(change.chat, change.chat_phone, target,
                             change.assigned ? "labelAdded" : "labelRemoved", time, me);
    // Its name is not known when it was deleted meanwhile.
    out["label"] = label_json(change.label.value_or(Label{change.label_id, {}, 0}));
    return out;
}

json::object contact_update_json(ContactUpdated const& change, WallTime time)
{
    json::object data;
    data["contact"] = addresses(change.chat, change.chat_phone);
    json::object out;
    out["id"] = shown(change.chat, change.chat_phone);
    out["change"] = contact_update_name(change.change);
    out["name"] = nullptr;
    out["shortName"] = nullptr;
    if (change.change == ContactUpdate::saved) {
        out["name"] = change.full_name;
        out["shortName"] = or_null(change.first_name);
    }
    out["pictureId"] = or_null(change.picture);
    out["about"] = nullptr;
    if (change.change == ContactUpdate::about) out["about"] = change.about;
    out["timestamp"] = unix_seconds(time);
    out["_data"] = std::move(data);
    return out;
}

json::object time_lock_json(TimeLock const& lock)
{
    json::object out;
    out["active"] = lock.active;
    out["until"] = seconds_or_null(lock.until);
    out["type"] = or_null(lock.type);
    return out;
}

json::object quota_json(NewChatQuota const& quota)
{
    json::object out;
    out["total"] = number_or_null(quota.total);
    out["used"] = number_or_null(quota.used);
    out["cycleStart"] = seconds_or_null(quota.cycle_start);
    out["cycleEnd"] = seconds_or_null(quota.cycle_end);
    out["status"] = or_null(quota.status);
    out["extension"] = or_null(quota.extension);
    out["verified"] = or_null(quota.verified);
    return out;
}

json::object account_update_json(AccountUpdated const& change, WallTime time)
{
    json::object out;
    out["privacy"] = nullptr;
    if (!change.privacy.empty()) {
        json::object settings;
        for (auto const& [name, value] : change.privacy)
            settings[name] = value;
        out["privacy"] = std::move(settings);
    }
    out["timeLock"] = nullptr;
    if (change.time_lock) out["timeLock"] = time_lock_json(*change.time_lock);
    out["newChats"] = nullptr;
    if (change.quota) out["newChats"] = quota_json(*change.quota);
    out["timestamp"] = unix_seconds(time);
    return out;
}

} // namespace wagate::waha
