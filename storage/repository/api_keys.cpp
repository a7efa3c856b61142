#include "storage/repository/api_keys.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::api_keys {

bool exists(sqlite::Database& database, TenantNumber tenant, std::string const& id)
{
    return database.query("SELECT 1 FROM api_key WHERE tenant = ?1 AND id = ?2", {tenant.value, id}).next();
}

bool hash_exists(sqlite::Database& database, ByteArray<32> const& hash)
{
    return database.query("SELECT 1 FROM api_key WHERE hash = ?1", {hash}).next();
}

void insert(sqlite::Database& database, TenantNumber tenant, ApiKeyRow const& row)
{
    database.run("INSERT INTO api_key (tenant, id, hash, is_admin, created) VALUES (?1, ?2, ?3, ?4, ?5)",
                 {tenant.value, row.id, row.hash, row.is_admin, unix_milliseconds(row.created)});
}

void erase(sqlite::Database& database, TenantNumber tenant, std::string const& id)
{
    database.run("DELETE FROM api_key WHERE tenant = ?1 AND id = ?2", {tenant.value, id});
}

std::vector<ApiKeyRow> all(sqlite::Database& database)
{
    std::vector<ApiKeyRow> found;
    auto rows = database.query("SELECT api_key.id, tenant.id, hash, is_admin, created "
                               "FROM api_key JOIN tenant USING (tenant) ORDER BY tenant.id, api_key.id",
                               {});
    while (rows.next()) {
        ApiKeyRow row;
        row.id = rows.text(0);
        row.tenant = TenantId{rows.text(1)};
        row.hash = to_array<32>(rows.blob(2));
        row.is_admin = rows.integer(3) != 0;
        row.created = wall_from_milliseconds(rows.integer(4));
        found.push_back(std::move(row));
    }
    return found;
}

} // namespace wagate::storage::api_keys
