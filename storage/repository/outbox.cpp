#include "storage/repository/outbox.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

namespace wagate::storage::outbox {
namespace {

vault::RowName row_of(Scope const& scope, std::string const& id)
{
    return {vault::Table::outbox, scope.tenant, scope.session, id};
}

OutboxEntry read_row(sqlite::Database& database, Scope const& scope, sqlite::Rows const& rows)
{
    return {MessageId{rows.text(0)}, Jid::parse(rows.text(1)).value_or(Jid{}),
            database.vault().open(row_of(scope, rows.text(0)), rows.blob(3)),
            wall_from_milliseconds(rows.integer(2))};
}

} // namespace

void put(sqlite::Database& database, Scope const& scope, OutboxEntry const& entry)
{
    database.run(
        "INSERT INTO outbox (tenant, session, id, position, chat, accepted, stanza) VALUES (?1, ?2, ?3, "
        "(SELECT ifnull(max(position), 0) + 1 FROM outbox WHERE tenant = ?1 AND session = ?2), ?4, ?5, ?6) "
        "ON CONFLICT DO UPDATE SET chat = excluded.chat, accepted = excluded.accepted, stanza = "
        "excluded.stanza",
        {scope.tenant.value, scope.session, entry.id.value, entry.chat.to_string(),
         unix_milliseconds(entry.accepted),
         database.vault().seal(row_of(scope, entry.id.value), entry.stanza)});
}

void erase(sqlite::Database& database, Scope const& scope, MessageId const& id)
{
    database.run("DELETE FROM outbox WHERE tenant = ?1 AND session = ?2 AND id = ?3",
                 {scope.tenant.value, scope.session, id.value});
}

void erase_all(sqlite::Database& database, Scope const& scope)
{
    database.run("DELETE FROM outbox WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session});
}

std::optional<OutboxEntry> find(sqlite::Database& database, Scope const& scope, MessageId const& id)
{
    auto rows = database.query("SELECT id, chat, accepted, stanza FROM outbox "
                               "WHERE tenant = ?1 AND session = ?2 AND id = ?3",
                               {scope.tenant.value, scope.session, id.value});
    if (!rows.next()) return std::nullopt;
    return read_row(database, scope, rows);
}

std::vector<OutboxEntry> all(sqlite::Database& database, Scope const& scope)
{
    std::vector<OutboxEntry> found;
    auto rows = database.query("SELECT id, chat, accepted, stanza FROM outbox "
                               "WHERE tenant = ?1 AND session = ?2 ORDER BY position",
                               {scope.tenant.value, scope.session});
    while (rows.next())
        found.push_back(read_row(database, scope, rows));
    return found;
}

} // namespace wagate::storage::outbox
