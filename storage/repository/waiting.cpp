#include "storage/repository/waiting.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

#include <utility>

namespace wagate::storage::waiting {
namespace {

vault::RowName row_of(Scope const& scope, std::string const& key)
{
    return {vault::Table::waiting, scope.tenant, scope.session, key};
}

WaitingStanza read_row(sqlite::Database& database, Scope const& scope, sqlite::Rows const& rows)
{
    WaitingStanza stanza;
    stanza.key = rows.text(0);
    stanza.stanza = database.vault().open(row_of(scope, stanza.key), rows.blob(1));
    stanza.retries = static_cast<int>(rows.integer(2));
    stanza.request = MessageId{rows.text(3)};
    stanza.first = wall_from_milliseconds(rows.integer(4));
    return stanza;
}

} // namespace

void put(sqlite::Database& database, Scope const& scope, WaitingStanza const& stanza)
{
    database.run("INSERT INTO waiting (tenant, session, key, ordinal, stanza, retries, request, first) "
                 "VALUES (?1, ?2, ?3, "
                 "(SELECT ifnull(max(ordinal), 0) + 1 FROM waiting WHERE tenant = ?1 AND session = ?2), "
                 "?4, ?5, ?6, ?7) "
                 "ON CONFLICT (tenant, session, key) DO UPDATE SET stanza = excluded.stanza, "
                 "retries = excluded.retries, request = excluded.request, first = excluded.first",
                 {scope.tenant.value, scope.session, stanza.key,
                  database.vault().seal(row_of(scope, stanza.key), stanza.stanza), stanza.retries,
                  stanza.request.value, unix_milliseconds(stanza.first)});
}

void erase(sqlite::Database& database, Scope const& scope, std::string const& key)
{
    database.run("DELETE FROM waiting WHERE tenant = ?1 AND session = ?2 AND key = ?3",
                 {scope.tenant.value, scope.session, key});
}

void erase_all(sqlite::Database& database, Scope const& scope)
{
    database.run("DELETE FROM waiting WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session});
}

std::optional<WaitingStanza> find(sqlite::Database& database, Scope const& scope, std::string const& key)
{
    auto rows = database.query("SELECT key, stanza, retries, request, first FROM waiting "
                               "WHERE tenant = ?1 AND session = ?2 AND key = ?3",
                               {scope.tenant.value, scope.session, key});
    if (!rows.next()) return std::nullopt;
    return read_row(database, scope, rows);
}

std::vector<WaitingStanza> list(sqlite::Database& database, Scope const& scope, std::size_t limit)
{
    std::vector<WaitingStanza> found;
    auto rows = database.query("SELECT key, stanza, retries, request, first FROM waiting "
                               "WHERE tenant = ?1 AND session = ?2 ORDER BY ordinal LIMIT ?3",
                               {scope.tenant.value, scope.session, limit});
    while (rows.next())
        found.push_back(read_row(database, scope, rows));
    return found;
}

std::int64_t erase_step(sqlite::Database& database, WallTime horizon)
{
    // Row by row, as in seen: a DELETE over this subquery would walk whole sessions.
    std::vector<std::pair<Scope, std::string>> expired;
    {
        auto rows = database.query(
            "SELECT tenant, session, key FROM waiting WHERE first < ?1 ORDER BY first LIMIT ?2",
            {unix_milliseconds(horizon), step_rows});
        while (rows.next())
            expired.emplace_back(Scope{TenantNumber{rows.integer(0)}, rows.integer(1)}, rows.text(2));
    }
    for (auto const& [scope, key] : expired)
        erase(database, scope, key);
    return static_cast<std::int64_t>(expired.size());
}

} // namespace wagate::storage::waiting
