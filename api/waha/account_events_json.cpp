#include "api/waha/account_events_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/json_parts.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;

/// waha.md 4, Labels.
constexpr std::array<std::string_view, 20> palette{"#ff9485", "#64c4ff", "#ffd429", "#dfaef0", "#99b6c1",
                                                   "#55ccb3", "#ff9dff", "#d3a91d", "#6d7cce", "#d7e752",
                                                   "#00d0e2", "#ffc5c7", "#93ceac", "#f74848", "#00a0f2",
                                                   "#83e422", "#ffaf04", "#b5ebff", "#9ba6ff", "#9368cf"};

/// protocol.md 9.7
std::string_view history_type(std::int32_t type) noexcept
{
    switch (type) {
    case 0: return "initial";
    case 1: return "statuses";
    case 2: return "full";
    case 3: return "recent";
    case 4: return "push_names";
    case 5: return "settings";
    case 6: return "on_demand";
    default: return "other";
    }
}

std::string_view state_name(CallState state) noexcept
{
    switch (state) {
    case CallState::received: return "received";
    case CallState::accepted: return "accepted";
    case CallState::rejected: return "rejected";
    case CallState::ended: return "ended";
    }
    return "ended";
}

} // namespace

json::object presence_json(PresenceChanged const& change)
{
    json::object presence;
    presence["participant"] = shown(change.participant, change.participant_phone);
    presence["lastKnownPresence"] = presence_name(change.state);
    presence["lastSeen"] = nullptr;
    if (change.last_seen) presence["lastSeen"] = unix_seconds(*change.last_seen);
    json::object data;
    data["chat"] = addresses(change.chat, change.chat_phone);
    data["participant"] = addresses(change.participant, change.participant_phone);
    json::object out;
    out["id"] = shown(change.chat, change.chat_phone);
    out["presences"] = json::array{std::move(presence)};
    out["_data"] = std::move(data);
    return out;
}

json::object archived_json(ChatArchived const& change, WallTime time)
{
    json::object data;
    data["chat"] = addresses(change.chat, change.chat_phone);
    json::object out;
    out["id"] = shown(change.chat, change.chat_phone);
    out["archived"] = change.archived;
    out["timestamp"] = unix_seconds(time);
    out["_data"] = std::move(data);
    return out;
}

std::string_view label_color_hex(std::int32_t color) noexcept
{
    auto const known = color >= 0 && color < static_cast<std::int32_t>(palette.size());
    return known ? palette[static_cast<std::size_t>(color)] : std::string_view{};
}

std::optional<std::int32_t> label_color_from_hex(std::string_view hex) noexcept
{
    auto const same = [hex](std::string_view known) {
        return std::equal(known.begin(), known.end(), hex.begin(), hex.end(), [](char left, char right) {
            return left == (right >= 'A' && right <= 'F' ? static_cast<char>(right - 'A' + 'a') : right);
        });
    };
    auto const found = std::find_if(palette.begin(), palette.end(), same);
    if (found == palette.end()) return std::nullopt;
    return static_cast<std::int32_t>(found - palette.begin());
}

json::object label_json(Label const& label)
{
    json::object out;
    out["id"] = label.id;
    out["name"] = label.name;
    out["color"] = label.color;
    out["colorHex"] = label_color_hex(label.color);
    return out;
}

json::object label_assigned_json(LabelAssigned const& change)
{
    json::object data;
    data["chat"] = addresses(change.chat, change.chat_phone);
    json::object out;
    out["labelId"] = change.label_id;
    out["chatId"] = shown(change.chat, change.chat_phone);
    out["label"] = nullptr;
    if (change.label) out["label"] = label_json(*change.label);
    out["_data"] = std::move(data);
    return out;
}

std::string_view call_event_name(CallState state) noexcept
{
    switch (state) {
    case CallState::received: return "call.received";
    case CallState::accepted: return "call.accepted";
    case CallState::rejected:
    case CallState::ended: return "call.rejected";
    }
    return "call.rejected";
}

json::object call_json(CallChanged const& change)
{
    json::object data;
    data["from"] = addresses(change.from, change.from_phone);
    data["group"] = nullptr;
    if (change.group) data["group"] = shown(*change.group);
    data["state"] = state_name(change.state);
    data["reason"] = nullptr;
    if (!change.reason.empty()) data["reason"] = change.reason;
    json::object out;
    out["id"] = change.id;
    out["from"] = shown(change.from, change.from_phone);
    out["timestamp"] = unix_seconds(change.timestamp);
    out["isVideo"] = change.is_video;
    out["isGroup"] = change.group.has_value();
    out["_data"] = std::move(data);
    return out;
}

json::object history_json(HistoryProgressed const& progress, SessionName const& name)
{
    json::object out;
    out["name"] = name.value;
    out["type"] = history_type(progress.type);
    out["progress"] = progress.progress;
    out["chunk"] = progress.chunk;
    out["chats"] = progress.chats;
    out["messages"] = progress.messages;
    out["requestId"] = nullptr;
    if (!progress.request.empty()) out["requestId"] = progress.request;
    out["hasMore"] = nullptr;
    if (progress.has_more) out["hasMore"] = *progress.has_more;
    out["error"] = nullptr;
    if (!progress.error.empty()) out["error"] = progress.error;
    return out;
}

json::object counts_json(ChannelPostCounted const& counted)
{
    json::object reactions;
    for (auto const& [emoji, count] : counted.reactions)
        reactions[emoji] = count;
    json::object out;
    out["id"] = counted.chat.to_string();
    out["messageId"] = nullptr;
    if (!counted.id.empty()) out["messageId"] = "false_" + counted.chat.to_string() + "_" + counted.id.value;
    out["serverId"] = counted.server_id;
    out["viewCount"] = nullptr;
    if (counted.views) out["viewCount"] = *counted.views;
    out["reactions"] = std::move(reactions);
    return out;
}

json::object identity_json(IdentityChanged const& change, WallTime time)
{
    json::object data;
    data["contact"] = addresses(change.chat, change.chat_phone);
    json::object out;
    out["id"] = shown(change.chat, change.chat_phone);
    out["timestamp"] = unix_seconds(time);
    out["_data"] = std::move(data);
    return out;
}

} // namespace wagate::waha
