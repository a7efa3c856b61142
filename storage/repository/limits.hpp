#pragma once
// Limits and what was used of them.
#include "storage/limit_store.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::limits {

void replace(sqlite::Database& database, TenantNumber tenant, LimitSubject const& subject,
             LimitValues const& values);
void put_use(sqlite::Database& database, TenantNumber tenant, LimitUseRow const& row);
void erase(sqlite::Database& database, TenantNumber tenant, LimitSubject const& subject);
std::vector<LimitRow> all(sqlite::Database& database);
std::vector<LimitUseRow> all_use(sqlite::Database& database);
std::uint64_t stored_bytes(sqlite::Database& database, TenantNumber tenant);

} // namespace wagate::storage::limits
