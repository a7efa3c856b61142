#include "storage/repository/apps.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

namespace wagate::storage::apps {
namespace {

vault::RowName row_of(Scope const& scope, std::string const& id)
{
    return {vault::Table::app, scope.tenant, scope.session, id};
}

} // namespace

bool is_of_another(sqlite::Database& database, Scope const& scope, std::string const& id)
{
    return database
        .query("SELECT 1 FROM app WHERE tenant = ?1 AND id = ?2 AND session <> ?3",
               {scope.tenant.value, id, scope.session})
        .next();
}

void put(sqlite::Database& database, Scope const& scope, AppRow const& row)
{
    database.run("INSERT OR REPLACE INTO app (tenant, session, id, kind, config, enabled) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                 {scope.tenant.value, scope.session, row.id, row.kind,
                  database.vault().seal_text(row_of(scope, row.id), row.config_json), row.enabled});
}

bool erase(sqlite::Database& database, Scope const& scope, std::string const& id)
{
    database.run("DELETE FROM app WHERE tenant = ?1 AND session = ?2 AND id = ?3",
                 {scope.tenant.value, scope.session, id});
    return database.changes() > 0;
}

std::vector<AppRow> all(sqlite::Database& database)
{
    std::vector<AppRow> found;
    auto rows =
        database.query("SELECT tenant.id, session.name, app.id, kind, app.config, enabled, "
                       "app.tenant, app.session FROM app "
                       "JOIN session ON session.tenant = app.tenant AND session.session = app.session "
                       "JOIN tenant ON tenant.tenant = app.tenant ORDER BY tenant.id, app.id",
                       {});
    while (rows.next()) {
        AppRow row;
        row.session = {TenantId{rows.text(0)}, SessionName{rows.text(1)}};
        row.id = rows.text(2);
        row.kind = rows.text(3);
        Scope const scope{TenantNumber{rows.integer(6)}, rows.integer(7)};
        row.config_json = database.vault().open_text(row_of(scope, row.id), rows.text(4));
        row.enabled = rows.integer(5) != 0;
        found.push_back(std::move(row));
    }
    return found;
}

} // namespace wagate::storage::apps
