#include "storage/repository/sessions.hpp"

#include "storage/repository/dead_letters.hpp"
#include "storage/repository/events.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/repository/tenants.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/key_table.hpp"
#include "storage/vault/record_sums.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage::sessions {
namespace {

std::int64_t take_number(sqlite::Database& database)
{
    auto rows = database.query("UPDATE next_number SET value = value + 1 RETURNING value - 1", {});
    return rows.next() ? rows.integer(0) : 0;
}

vault::RowName row_of(Scope const& scope)
{
    return {vault::Table::session, scope.tenant, scope.session};
}

/// Without its configuration.
SessionRow read_row(sqlite::Rows const& rows, SessionKey key)
{
    SessionRow row;
    row.key = std::move(key);
    row.should_run = rows.integer(2) != 0;
    row.last_status = static_cast<SessionStatus>(rows.integer(3));
    row.created = wall_from_milliseconds(rows.integer(4));
    row.updated = wall_from_milliseconds(rows.integer(5));
    return row;
}

std::string read_config(sqlite::Database& database, sqlite::Rows const& rows, Scope const& scope)
{
    return database.vault().open_text(row_of(scope), rows.text(1));
}

} // namespace

TenantNumber insert_tenant(sqlite::Database& database, vault::Vault& vault, TenantId const& tenant)
{
    TenantNumber const number{take_number(database)};
    database.run("INSERT INTO tenant (tenant, id) VALUES (?1, ?2)", {number.value, tenant.value});
    tenant_log::add(database, number);
    storage::tenants::add_facts(database, number);
    vault::key_table::create(database, vault, number);
    return number;
}

std::vector<NumberedTenant> tenants(sqlite::Database& database)
{
    std::vector<NumberedTenant> found;
    auto rows = database.query("SELECT tenant, id FROM tenant ORDER BY id", {});
    while (rows.next())
        found.push_back({TenantId{rows.text(1)}, TenantNumber{rows.integer(0)}});
    return found;
}

Scope insert(sqlite::Database& database, TenantNumber tenant, SessionRow const& row)
{
    Scope const scope{tenant, take_number(database)};
    database.run("INSERT INTO session (tenant, session, name, config, should_run, status, created, updated) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                 {scope.tenant.value, scope.session, row.key.name.value,
                  database.vault().seal_text(row_of(scope), row.config_json), row.should_run,
                  static_cast<int>(row.last_status), unix_milliseconds(row.created),
                  unix_milliseconds(row.updated)});
    return scope;
}

void update(sqlite::Database& database, Scope const& scope, SessionRow const& row)
{
    database.run("UPDATE session SET config = ?3, should_run = ?4, status = ?5, created = ?6, updated = ?7 "
                 "WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session,
                  database.vault().seal_text(row_of(scope), row.config_json), row.should_run,
                  static_cast<int>(row.last_status), unix_milliseconds(row.created),
                  unix_milliseconds(row.updated)});
}

std::optional<SessionRow> find(sqlite::Database& database, Scope const& scope, SessionKey const& key)
{
    auto rows = database.query("SELECT name, config, should_run, status, created, updated FROM session "
                               "WHERE tenant = ?1 AND session = ?2",
                               {scope.tenant.value, scope.session});
    if (!rows.next()) return std::nullopt;
    auto row = read_row(rows, key);
    row.config_json = read_config(database, rows, scope);
    return row;
}

std::vector<SessionRow> of_tenant(sqlite::Database& database, TenantNumber number, TenantId const& tenant)
{
    std::vector<SessionRow> found;
    auto rows = database.query("SELECT name, config, should_run, status, created, updated, session "
                               "FROM session WHERE tenant = ?1 ORDER BY name",
                               {number.value});
    while (rows.next()) {
        found.push_back(read_row(rows, {tenant, SessionName{rows.text(0)}}));
        try {
            found.back().config_json = read_config(database, rows, {number, rows.integer(6)});
        } catch (boost::system::system_error const&) {
            // Stays empty; the others are there all the same.
        }
    }
    return found;
}

std::vector<NumberedSession> all(sqlite::Database& database)
{
    std::vector<NumberedSession> found;
    auto rows = database.query("SELECT tenant.id, session.name, session.tenant, session.session "
                               "FROM session JOIN tenant USING (tenant) ORDER BY tenant.id, session.name",
                               {});
    while (rows.next())
        found.push_back({{TenantId{rows.text(0)}, SessionName{rows.text(1)}},
                         {TenantNumber{rows.integer(2)}, rows.integer(3)}});
    return found;
}

void erase(sqlite::Database& database, Scope const& scope)
{
    auto const tenant = scope.tenant.value;
    database.run("DELETE FROM record WHERE tenant = ?1 AND session = ?2", {tenant, scope.session});
    vault::record_sums::erase(database, scope);
    database.run("DELETE FROM outbox WHERE tenant = ?1 AND session = ?2", {tenant, scope.session});
    database.run("DELETE FROM delivery WHERE tenant = ?1 AND session = ?2", {tenant, scope.session});
    database.run("DELETE FROM app WHERE tenant = ?1 AND session = ?2", {tenant, scope.session});
    database.run("DELETE FROM session WHERE tenant = ?1 AND session = ?2", {tenant, scope.session});
    database.run("INSERT INTO erased_session (tenant, session) VALUES (?1, ?2)", {tenant, scope.session});
}

std::vector<Scope> erased(sqlite::Database& database)
{
    std::vector<Scope> found;
    auto rows = database.query("SELECT tenant, session FROM erased_session", {});
    while (rows.next())
        found.push_back({TenantNumber{rows.integer(0)}, rows.integer(1)});
    return found;
}

bool clear_step(sqlite::Database& database, Scope const& scope)
{
    static constexpr char const* steps[] = {
        "DELETE FROM seen WHERE tenant = ?1 AND session = ?2 AND hash IN "
        "(SELECT hash FROM seen WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
        "DELETE FROM idempotency WHERE tenant = ?1 AND session = ?2 AND key_hash IN "
        "(SELECT key_hash FROM idempotency WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
        "DELETE FROM message WHERE tenant = ?1 AND session = ?2 AND (timestamp, ordinal) IN "
        "(SELECT timestamp, ordinal FROM message WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
        "DELETE FROM chat WHERE tenant = ?1 AND session = ?2 AND jid IN "
        "(SELECT jid FROM chat WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
        "DELETE FROM contact WHERE tenant = ?1 AND session = ?2 AND jid IN "
        "(SELECT jid FROM contact WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
        "DELETE FROM member_receipt WHERE tenant = ?1 AND session = ?2 AND (chat, id, member) IN "
        "(SELECT chat, id, member FROM member_receipt WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
        "DELETE FROM waiting WHERE tenant = ?1 AND session = ?2 AND key IN "
        "(SELECT key FROM waiting WHERE tenant = ?1 AND session = ?2 LIMIT ?3)",
    };
    for (auto const* step : steps) {
        if (!database.run(step, {scope.tenant.value, scope.session, step_rows})) return false;
        if (database.changes() > 0) return true;
    }
    if (events::erase_step(database, scope) || dead_letters::clear_step(database, scope)) return true;
    if (database.has_error()) return false;
    database.run("DELETE FROM erased_session WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session});
    return false;
}

} // namespace wagate::storage::sessions
