#pragma once
// The event log: append-only, numbered per session from 1 without gaps.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::events {

/// Appends in order, with a new id each.
void append(sqlite::Database& database, Scope const& scope, std::vector<Event> const& events);
std::vector<StoredEvent> after(sqlite::Database& database, Scope const& scope, SessionKey const& session,
                               std::uint64_t sequence, std::size_t limit);
std::uint64_t last_sequence(sqlite::Database& database, Scope const& scope);

/// The last sequence of the expired events at the log's start, at most one step of them; 0: nothing to
/// delete. The newest event never counts as expired.
std::uint64_t expired_until(sqlite::Database& database, Scope const& scope, WallTime horizon);
void erase_until(sqlite::Database& database, Scope const& scope, std::uint64_t sequence);

} // namespace wagate::storage::events
