#pragma once
// Payloads of the events around an account: presence, archived chats, labels, calls, history (waha.md 2).
#include "protocol/model/account_events.hpp"
#include "protocol/model/message_events.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

boost::json::object presence_json(PresenceChanged const& change);
/// @param time when it happened
boost::json::object archived_json(ChatArchived const& change, WallTime time);

/// `{id,name,color,colorHex}`
boost::json::object label_json(Label const& label);
/// WhatsApp's palette; empty when it has no such color.
std::string_view label_color_hex(std::int32_t color) noexcept;
std::optional<std::int32_t> label_color_from_hex(std::string_view hex) noexcept;
boost::json::object label_assigned_json(LabelAssigned const& change);

/// One that ended is `call.rejected`, as in GOWS.
std::string_view call_event_name(CallState state) noexcept;
boost::json::object call_json(CallChanged const& change);

/// Our own event.
boost::json::object history_json(HistoryProgressed const& progress, SessionName const& name);
boost::json::object counts_json(ChannelPostCounted const& counted);

/// Our own event. @param time when it was noticed
boost::json::object identity_json(IdentityChanged const& change, WallTime time);

} // namespace wagate::waha
