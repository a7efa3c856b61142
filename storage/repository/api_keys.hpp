#pragma once
// API keys, kept as hashes.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::api_keys {

bool exists(sqlite::Database& database, TenantNumber tenant, std::string const& id);
/// True when any tenant has a key with this hash.
bool hash_exists(sqlite::Database& database, ByteArray<32> const& hash);
/// True when another key has this hash.
bool is_of_another(sqlite::Database& database, ByteArray<32> const& hash, TenantNumber tenant,
                   std::string const& id);
void insert(sqlite::Database& database, TenantNumber tenant, ApiKeyRow const& row);
void update(sqlite::Database& database, TenantNumber tenant, ApiKeyRow const& row);
void erase(sqlite::Database& database, TenantNumber tenant, std::string const& id);
/// The keys of all tenants: what a request is checked against before its tenant is known.
std::vector<ApiKeyRow> all(sqlite::Database& database);

} // namespace wagate::storage::api_keys
