#pragma once
// Which limits there are. A limit may be set for a tenant, for one of its sessions and for one of its keys;
// each holds by itself, so that none of them gives more than another.
#include "protocol/base/time.hpp"
#include "storage/limit_store.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace wagate::gateway {

using storage::LimitScope;
using storage::LimitSubject;

enum class Limit : std::uint8_t {
    sessions,          ///< that exist
    webhook_endpoints, ///< in the configurations of all sessions
    storage_bytes,     ///< of messages, events, dead letters and files; above it nothing is sent any more
    messages_per_minute,
    new_chats_per_day, ///< people that are written to first; days of UTC
    requests_per_second,
    requests_burst, ///< how many may come at once; without: twice as many as in a second
    request_bytes_per_minute,
    concurrent_requests, ///< whose answer is being made
};
inline constexpr std::size_t limit_count = 9;

/// As it stands in requests, answers and settings: `messages_per_minute`.
std::string_view limit_name(Limit limit) noexcept;
std::optional<Limit> limit_named(std::string_view name) noexcept;
std::string_view scope_name(LimitScope scope) noexcept; ///< tenant, session, key
/// Whether it can be set for a session, or a key.
bool holds_for(Limit limit, LimitScope scope) noexcept;
inline constexpr std::uint64_t largest_limit = std::uint64_t{1} << 50;

/// Nothing: not set. 0: no limit, whatever the default says.
struct Limits {
    std::array<std::optional<std::uint64_t>, limit_count> values = {};

    std::optional<std::uint64_t>& operator[](Limit limit) { return values[static_cast<std::size_t>(limit)]; }
    std::optional<std::uint64_t> const& operator[](Limit limit) const
    {
        return values[static_cast<std::size_t>(limit)];
    }
    bool operator==(Limits const&) const = default;
};

/// A limit that refuses something.
struct LimitHit {
    Limit limit = Limit::sessions;
    LimitScope scope = LimitScope::tenant;
    std::uint64_t most = 0;
    Milliseconds retry_after{1'000};
};

/// One limit as it stands.
struct LimitState {
    Limit limit = Limit::sessions;
    std::uint64_t used = 0;
    std::optional<std::uint64_t> most;  ///< nothing: no limit
    std::optional<Milliseconds> resets; ///< from now; of rates: until nothing counts as used any more
};

} // namespace wagate::gateway
