#include "storage/repository/tenants.hpp"

#include "storage/sqlite/database.hpp"

#include <algorithm>
#include <iterator>

namespace wagate::storage::tenants {
namespace {

/// These go together, at the end: with them the tenant is gone.
constexpr std::string_view last_tables[] = {"tenant_log", "tenant_facts", "tenant"};

} // namespace

void add_facts(sqlite::Database& database, TenantNumber tenant)
{
    database.run("INSERT INTO tenant_facts (tenant, state, created, name, metadata) "
                 "VALUES (?1, 0, CAST(strftime('%s', 'now') AS INTEGER) * 1000, '', '{}')",
                 {tenant.value});
}

std::vector<TenantRow> all(sqlite::Database& database)
{
    std::vector<TenantRow> found;
    auto rows = database.query("SELECT id, state, created, name, metadata "
                               "FROM tenant JOIN tenant_facts USING (tenant) ORDER BY id",
                               {});
    while (rows.next()) {
        TenantRow row;
        row.id = TenantId{rows.text(0)};
        row.state = static_cast<TenantState>(rows.integer(1));
        row.created = wall_from_milliseconds(rows.integer(2));
        row.name = rows.text(3);
        row.metadata_json = rows.text(4);
        found.push_back(std::move(row));
    }
    return found;
}

void update(sqlite::Database& database, TenantNumber tenant, TenantRow const& row)
{
    database.run("UPDATE tenant_facts SET state = ?2, name = ?3, metadata = ?4 WHERE tenant = ?1",
                 {tenant.value, static_cast<int>(row.state), row.name, row.metadata_json});
}

TenantCounts counts(sqlite::Database& database, TenantNumber tenant)
{
    TenantCounts counts;
    auto rows = database.query("SELECT (SELECT count(*) FROM session WHERE tenant = ?1), "
                               "(SELECT count(*) FROM api_key WHERE tenant = ?1 AND is_admin = 0), "
                               "(SELECT count(*) FROM app WHERE tenant = ?1), "
                               "(SELECT count(*) FROM dead_letter WHERE tenant = ?1), "
                               "ifnull((SELECT bytes FROM tenant_log WHERE tenant = ?1), 0)",
                               {tenant.value});
    if (!rows.next()) return counts;
    counts.sessions = rows.integer(0);
    counts.keys = rows.integer(1);
    counts.apps = rows.integer(2);
    counts.dead_letters = rows.integer(3);
    counts.log_bytes = rows.integer(4);
    return counts;
}

void save_key_use(sqlite::Database& database, TenantNumber tenant, KeyUse const& use)
{
    database.run("UPDATE api_key_facts SET last_used = ?3 WHERE tenant = ?1 AND id = ?2",
                 {tenant.value, use.id, unix_milliseconds(use.time)});
}

std::vector<std::string> erasures(sqlite::Database& database)
{
    std::vector<std::string> tables;
    {
        // Newer tables may refer to older ones: they come first.
        auto rows = database.query(
            "SELECT entry.name FROM sqlite_schema AS entry WHERE entry.type = 'table' AND EXISTS "
            "(SELECT 1 FROM pragma_table_info(entry.name) AS field "
            "WHERE field.name = 'tenant') ORDER BY entry.rowid DESC",
            {});
        while (rows.next())
            if (auto name = rows.text(0);
                std::find(std::begin(last_tables), std::end(last_tables), name) == std::end(last_tables))
                tables.push_back(std::move(name));
    }
    std::vector<std::string> statements;
    for (auto const& table : tables) {
        std::string key;
        auto rows =
            database.query("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk", {table});
        while (rows.next())
            key.append(key.empty() ? "" : ", ").append("\"" + rows.text(0) + "\"");
        if (key.empty()) key = "rowid";
        statements.push_back("DELETE FROM \"" + table + "\" WHERE tenant = ?1 AND (" + key + ") IN (SELECT " +
                             key + " FROM \"" + table + "\" WHERE tenant = ?1 LIMIT ?2)");
    }
    return statements;
}

bool erase_step(sqlite::Database& database, TenantNumber tenant, std::vector<std::string> const& erasures)
{
    for (auto const& erasure : erasures) {
        if (!database.run(erasure.c_str(), {tenant.value, step_rows})) return false;
        if (database.changes() > 0) return true;
    }
    return false;
}

void erase(sqlite::Database& database, TenantNumber tenant)
{
    database.run("DELETE FROM tenant_log WHERE tenant = ?1", {tenant.value});
    database.run("DELETE FROM tenant_facts WHERE tenant = ?1", {tenant.value});
    database.run("DELETE FROM tenant WHERE tenant = ?1", {tenant.value});
}

} // namespace wagate::storage::tenants
