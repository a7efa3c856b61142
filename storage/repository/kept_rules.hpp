#pragma once
// What was set about how long a tenant's data is kept.
#include "storage/kept_limits.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::kept_rules {

KeptRules of_tenant(sqlite::Database& database, TenantNumber tenant);
void put(sqlite::Database& database, TenantNumber tenant, KeptRules const& rules);

} // namespace wagate::storage::kept_rules
