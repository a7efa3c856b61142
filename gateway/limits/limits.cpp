#include "gateway/limits/limits.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

constexpr std::array<std::string_view, limit_count> names{
    "sessions",           "webhook_endpoints",   "storage_bytes",  "messages_per_minute",
    "new_chats_per_day",  "requests_per_second", "requests_burst", "request_bytes_per_minute",
    "concurrent_requests"};

} // namespace

std::string_view limit_name(Limit limit) noexcept
{
    return names[static_cast<std::size_t>(limit)];
}

std::optional<Limit> limit_named(std::string_view name) noexcept
{
    auto const found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Limit>(found - names.begin());
}

std::string_view scope_name(LimitScope scope) noexcept
{
    switch (scope) {
    case LimitScope::tenant: return "tenant";
    case LimitScope::session: return "session";
    case LimitScope::key: return "key";
    }
    return "tenant";
}

bool holds_for(Limit limit, LimitScope scope) noexcept
{
    switch (limit) {
    case Limit::requests_per_second:
    case Limit::requests_burst:
    case Limit::request_bytes_per_minute:
    case Limit::messages_per_minute:
    case Limit::new_chats_per_day: return true;
    default: return scope == LimitScope::tenant;
    }
}

} // namespace wagate::gateway
