#pragma once
// The event log: append-only, numbered per session from 1 without gaps, and per tenant by position.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::events {

/// Appends in order, with a new id each.
void append(sqlite::Database& database, Scope const& scope, std::vector<Event> const& events);
std::vector<StoredEvent> after(sqlite::Database& database, Scope const& scope, SessionKey const& session,
                               std::uint64_t sequence, std::size_t limit);
std::uint64_t last_sequence(sqlite::Database& database, Scope const& scope);
std::uint64_t first_sequence(sqlite::Database& database, Scope const& scope); ///< 0 without any

/// A step through a tenant's log.
struct Scan {
    TenantNumber tenant;
    std::optional<std::vector<std::int64_t>> sessions; ///< sorted numbers; nothing: all
};
struct Page {
    EventPage page;
    bool is_at_end = false; ///< nothing lies behind it yet
};
/// Looks at a bounded number of events, so that few of many sessions do not make one read long.
Page scan(sqlite::Database& database, Scan const& scan, EventQuery const& query);
std::optional<std::string> id_at(sqlite::Database& database, TenantNumber tenant, std::uint64_t position);

/// The last sequence of the expired events at the log's start, at most one step of them; 0: nothing to
/// delete. The newest event never counts as expired.
std::uint64_t expired_until(sqlite::Database& database, Scope const& scope, WallTime horizon);
void erase_until(sqlite::Database& database, Scope const& scope, std::uint64_t sequence);
/// Deletes one step of an erased session's events. @return false when none is left
bool erase_step(sqlite::Database& database, Scope const& scope);

} // namespace wagate::storage::events
