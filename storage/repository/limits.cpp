#include "storage/repository/limits.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::limits {
namespace {

LimitSubject subject_in(sqlite::Rows const& rows)
{
    return {TenantId{rows.text(0)}, static_cast<LimitScope>(rows.integer(1)), rows.text(2)};
}

} // namespace

void replace(sqlite::Database& database, TenantNumber tenant, LimitSubject const& subject,
             LimitValues const& values)
{
    auto const scope = static_cast<int>(subject.scope);
    database.run("DELETE FROM limit_setting WHERE tenant = ?1 AND scope = ?2 AND subject = ?3",
                 {tenant.value, scope, subject.name});
    for (auto const& [name, value] : values)
        database.run("INSERT INTO limit_setting (tenant, scope, subject, name, value) "
                     "VALUES (?1, ?2, ?3, ?4, ?5)",
                     {tenant.value, scope, subject.name, name, value});
}

void put_use(sqlite::Database& database, TenantNumber tenant, LimitUseRow const& row)
{
    database.run("INSERT OR REPLACE INTO limit_use (tenant, scope, subject, name, time_window, used) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                 {tenant.value, static_cast<int>(row.subject.scope), row.subject.name, row.name, row.window,
                  row.used});
}

void erase(sqlite::Database& database, TenantNumber tenant, LimitSubject const& subject)
{
    replace(database, tenant, subject, {});
    database.run("DELETE FROM limit_use WHERE tenant = ?1 AND scope = ?2 AND subject = ?3",
                 {tenant.value, static_cast<int>(subject.scope), subject.name});
}

std::vector<LimitRow> all(sqlite::Database& database)
{
    std::vector<LimitRow> found;
    auto rows = database.query("SELECT tenant.id, scope, subject, name, value FROM limit_setting "
                               "JOIN tenant ON tenant.tenant = limit_setting.tenant",
                               {});
    while (rows.next())
        found.push_back({subject_in(rows), rows.text(3), static_cast<std::uint64_t>(rows.integer(4))});
    return found;
}

std::vector<LimitUseRow> all_use(sqlite::Database& database)
{
    std::vector<LimitUseRow> found;
    auto rows = database.query("SELECT tenant.id, scope, subject, name, time_window, used FROM limit_use "
                               "JOIN tenant ON tenant.tenant = limit_use.tenant",
                               {});
    while (rows.next())
        found.push_back(
            {subject_in(rows), rows.text(3), rows.integer(4), static_cast<std::uint64_t>(rows.integer(5))});
    return found;
}

std::uint64_t stored_bytes(sqlite::Database& database, TenantNumber tenant)
{
    auto rows = database.query("SELECT ifnull((SELECT bytes FROM message_bytes WHERE tenant = ?1), 0) + "
                               "ifnull((SELECT bytes FROM tenant_log WHERE tenant = ?1), 0)",
                               {tenant.value});
    return rows.next() ? static_cast<std::uint64_t>(std::max<std::int64_t>(rows.integer(0), 0)) : 0;
}

} // namespace wagate::storage::limits
