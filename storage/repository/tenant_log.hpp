#pragma once
// What is counted per tenant: positions and dead letters handed out, bytes kept. Part of the transaction that
// changes them, so the numbers are exact after a rollback and after a crash.
#include "storage/repository/scope.hpp"

#include <cstddef>

namespace wagate::storage::tenant_log {

void add(sqlite::Database& database, TenantNumber tenant);
/// Takes `count` positions for events of `bytes` in all. @return the last of them
std::uint64_t take_positions(sqlite::Database& database, TenantNumber tenant, std::size_t count,
                             std::size_t bytes);
/// Takes `count` numbers for dead letters of `bytes` in all. @return the last of them
std::uint64_t take_dead_letters(sqlite::Database& database, TenantNumber tenant, std::size_t count,
                                std::size_t bytes);
/// Events or dead letters of `bytes` in all were deleted.
void release(sqlite::Database& database, TenantNumber tenant, std::int64_t bytes);
std::uint64_t last_position(sqlite::Database& database, TenantNumber tenant);
/// Of the stored events and dead letters.
std::uint64_t bytes(sqlite::Database& database, TenantNumber tenant);

} // namespace wagate::storage::tenant_log
