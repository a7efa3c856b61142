#pragma once
// Hashes of inbound stanzas that were handled, so that a redelivered one is recognised.
#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::seen {

bool contains(sqlite::Database& database, Scope const& scope, ByteArray<32> const& hash);
void add(sqlite::Database& database, Scope const& scope, ByteArray<32> const& hash, WallTime time);
/// Deletes one step of the hashes of all sessions from before `horizon`. @return how many.
std::int64_t erase_step(sqlite::Database& database, WallTime horizon);

} // namespace wagate::storage::seen
