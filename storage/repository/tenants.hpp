#pragma once
// What is stored about tenants, and the deletion of one with all its rows, wherever they are.
#include "storage/repository/scope.hpp"
#include "storage/tenants.hpp"

#include <string>

namespace wagate::storage::tenants {

/// Active, made now.
void add_facts(sqlite::Database& database, TenantNumber tenant);
std::vector<TenantRow> all(sqlite::Database& database);
void update(sqlite::Database& database, TenantNumber tenant, TenantRow const& row);
TenantCounts counts(sqlite::Database& database, TenantNumber tenant);
void save_key_use(sqlite::Database& database, TenantNumber tenant, KeyUse const& use);

/// Statements that delete up to a step's rows of a tenant, one for each table that has a column `tenant`,
/// made from the schema, so that no table can be forgotten. The last tables, which say that there is a
/// tenant, are not among them. Keep the texts where they are: statements are cached by their address.
std::vector<std::string> erasures(sqlite::Database& database);
/// Runs one of them that finds something. @return false when all of them found nothing
bool erase_step(sqlite::Database& database, TenantNumber tenant, std::vector<std::string> const& erasures);
/// What says that there is a tenant. After this its number finds nothing and is never used again.
void erase(sqlite::Database& database, TenantNumber tenant);

} // namespace wagate::storage::tenants
