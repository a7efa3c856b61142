#pragma once
// Which events a consumer asked for, by the names of the API dialect. Pure.
#include "gateway/events/rendered_event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wagate::gateway {

/// `*` means every event but `engine.event` and the deprecated `state.change`; `message.*` every name that
/// begins with `message.`.
bool is_subscribed(std::vector<std::string> const& subscriptions, std::string_view event_name) noexcept;

/// What has to be rendered for them: an engine's event costs as much as all others of it.
Rendering rendering_for(std::vector<std::string> const& subscriptions) noexcept;

} // namespace wagate::gateway
