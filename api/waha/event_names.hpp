#pragma once
// The names of webhook events, and which subscriptions mean which of them (waha.md 2).
#include <string_view>

namespace wagate::waha {

bool is_event_name(std::string_view name) noexcept;
/// A name, `*`, or a prefix such as `message.*` of a known name.
bool is_subscription(std::string_view text) noexcept;

} // namespace wagate::waha
