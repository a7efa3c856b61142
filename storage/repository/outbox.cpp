#include "storage/repository/outbox.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::outbox {
namespace {

OutboxEntry read_row(sqlite::Rows const& rows)
{
    return {MessageId{rows.text(0)}, Jid::parse(rows.text(1)).value_or(Jid{}), to_bytes(rows.blob(3)),
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
         unix_milliseconds(entry.accepted), entry.stanza});
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
    return read_row(rows);
}

std::vector<OutboxEntry> all(sqlite::Database& database, Scope const& scope)
{
    std::vector<OutboxEntry> found;
    auto rows = database.query("SELECT id, chat, accepted, stanza FROM outbox "
                               "WHERE tenant = ?1 AND session = ?2 ORDER BY position",
                               {scope.tenant.value, scope.session});
    while (rows.next())
        found.push_back(read_row(rows));
    return found;
}

} // namespace wagate::storage::outbox
