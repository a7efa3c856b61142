#pragma once
// Which messages go when they are too old or a tenant has too many bytes of them.
#include "protocol/base/time.hpp"
#include "storage/repository/scope.hpp"

#include <map>
#include <optional>
#include <vector>

namespace wagate::storage::old_messages {

/// How far each session was looked at: what is behind it goes at another time, or is still being sent.
struct Place {
    std::int64_t timestamp = 0;
    std::int64_t ordinal = 0;
};
using Progress = std::map<std::int64_t, Place>;

/// Of all messages of a tenant.
std::uint64_t bytes(sqlite::Database& database, TenantNumber tenant);
/// Deletes one step of the oldest messages of these sessions of one tenant with their receipts, as long as
/// they are older than `horizon` or the tenant has more than `most_bytes`. Messages that are still being sent
/// stay. Chats stay; one without messages has none unread.
/// @return false when there is nothing (more) to do
bool erase_step(sqlite::Database& database, TenantNumber tenant, std::vector<Scope> const& sessions,
                std::optional<WallTime> horizon, std::optional<std::uint64_t> most_bytes, Progress& progress);

} // namespace wagate::storage::old_messages
