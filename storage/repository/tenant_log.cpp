#include "storage/repository/tenant_log.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::tenant_log {

void add(sqlite::Database& database, TenantNumber tenant)
{
    database.run(
        "INSERT INTO tenant_log (tenant, last_position, last_dead_letter, bytes) VALUES (?1, 0, 0, 0)",
        {tenant.value});
}

std::uint64_t take_positions(sqlite::Database& database, TenantNumber tenant, std::size_t count,
                             std::size_t bytes)
{
    auto rows = database.query("UPDATE tenant_log SET last_position = last_position + ?2, bytes = bytes + ?3 "
                               "WHERE tenant = ?1 RETURNING last_position",
                               {tenant.value, count, bytes});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

std::uint64_t take_dead_letters(sqlite::Database& database, TenantNumber tenant, std::size_t count,
                                std::size_t bytes)
{
    auto rows =
        database.query("UPDATE tenant_log SET last_dead_letter = last_dead_letter + ?2, bytes = bytes + ?3 "
                       "WHERE tenant = ?1 RETURNING last_dead_letter",
                       {tenant.value, count, bytes});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

void release(sqlite::Database& database, TenantNumber tenant, std::int64_t bytes)
{
    if (bytes == 0) return;
    database.run("UPDATE tenant_log SET bytes = bytes - ?2 WHERE tenant = ?1", {tenant.value, bytes});
}

std::uint64_t last_position(sqlite::Database& database, TenantNumber tenant)
{
    auto rows = database.query("SELECT last_position FROM tenant_log WHERE tenant = ?1", {tenant.value});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

std::uint64_t bytes(sqlite::Database& database, TenantNumber tenant)
{
    auto rows = database.query("SELECT bytes FROM tenant_log WHERE tenant = ?1", {tenant.value});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

} // namespace wagate::storage::tenant_log
