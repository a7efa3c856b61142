#pragma once
// Which message a send with an idempotency key was accepted as.
#include "protocol/model/unit_of_work.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::idempotency {

std::optional<IdempotencyEntry> find(sqlite::Database& database, Scope const& scope,
                                     ByteArray<32> const& key_hash);
/// The first entry under a key stays.
void add(sqlite::Database& database, Scope const& scope, IdempotencyEntry const& entry, WallTime time);
/// Deletes one step of the entries of all sessions from before `horizon`. @return how many.
std::int64_t erase_step(sqlite::Database& database, WallTime horizon);

} // namespace wagate::storage::idempotency
