#include "gateway/events/subscriptions.hpp"

#include <algorithm>

namespace wagate::gateway {

bool is_subscribed(std::vector<std::string> const& subscriptions, std::string_view event_name) noexcept
{
    return std::any_of(subscriptions.begin(), subscriptions.end(), [&](std::string_view wanted) {
        if (wanted == "*") return event_name != "engine.event" && event_name != "state.change";
        if (wanted.ends_with(".*")) return event_name.starts_with(wanted.substr(0, wanted.size() - 1));
        return wanted == event_name;
    });
}

Rendering rendering_for(std::vector<std::string> const& subscriptions) noexcept
{
    return is_subscribed(subscriptions, "engine.event") ? Rendering::with_engine_event : Rendering::usual;
}

} // namespace wagate::gateway
