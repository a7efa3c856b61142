#include "api/waha/session_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/health_json.hpp"
#include "api/waha/identity.hpp"
#include "api/waha/session_config.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;

} // namespace

json::value me_json(std::optional<OwnIdentity> const& me)
{
    if (!me) return {};
    json::object out;
    out["id"] = shown(me->phone);
    out["pushName"] = me->push_name;
    if (!me->lid.user.empty()) out["lid"] = shown(me->lid);
    out["jid"] = me->phone.to_string();
    return json::value(std::move(out));
}

namespace {

/// How the session's policy of sending stands; times in milliseconds.
json::object sending_json(engine::SendingState const& state)
{
    auto const time = [](std::optional<WallTime> const& at) -> json::value {
        if (!at) return nullptr;
        return unix_milliseconds(*at);
    };
    json::object out;
    out["waiting"] = state.waiting;
    out["waitsFor"] = nullptr;
    if (state.waits_for) out["waitsFor"] = engine::wait_name(*state.waits_for);
    out["until"] = time(state.until);
    out["messagesToday"] = state.messages_today;
    out["messagesTodayLimit"] = nullptr;
    if (state.messages_today_limit) out["messagesTodayLimit"] = *state.messages_today_limit;
    out["newChatsToday"] = state.new_chats_today;
    out["timeLockUntil"] = time(state.locked_until);
    return out;
}

} // namespace

json::object session_json(gateway::SessionInfo const& info)
{
    json::object timestamps;
    timestamps["activity"] = nullptr;
    if (info.last_activity) timestamps["activity"] = unix_milliseconds(*info.last_activity);
    json::object engine;
    engine["engine"] = engine_name;

    json::object out;
    out["name"] = info.key.name.value;
    out["status"] = status_name(info.status);
    out["config"] = config_json(info.config);
    out["me"] = me_json(info.me);
    out["presence"] = nullptr;
    if (info.status == SessionStatus::working) out["presence"] = info.is_online ? "online" : "offline";
    out["timestamps"] = std::move(timestamps);
    out["assignedWorker"] = "";
    out["engine"] = std::move(engine);
    out["statusReason"] = reason_name(info.reason);
    out["statusDetail"] = nullptr;
    if (!info.reason_detail.empty()) out["statusDetail"] = info.reason_detail;
    out["health"] = health_json(info.health);
    out["sending"] = sending_json(info.sending);
    return out;
}

} // namespace wagate::waha
