#include "storage/repository/idempotency.hpp"

#include "storage/sqlite/database.hpp"

#include <utility>

namespace wagate::storage::idempotency {

std::optional<IdempotencyEntry> find(sqlite::Database& database, Scope const& scope,
                                     ByteArray<32> const& key_hash)
{
    auto rows = database.query("SELECT body_hash, chat, id FROM idempotency "
                               "WHERE tenant = ?1 AND session = ?2 AND key_hash = ?3",
                               {scope.tenant.value, scope.session, key_hash});
    if (!rows.next()) return std::nullopt;
    return IdempotencyEntry{{key_hash, to_array<32>(rows.blob(0))},
                            Jid::parse(rows.text(1)).value_or(Jid{}),
                            MessageId{rows.text(2)}};
}

void add(sqlite::Database& database, Scope const& scope, IdempotencyEntry const& entry, WallTime time)
{
    database.run("INSERT INTO idempotency (tenant, session, key_hash, body_hash, chat, id, time) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                 {scope.tenant.value, scope.session, entry.key.key_hash, entry.key.body_hash,
                  entry.chat.to_string(), entry.id.value, unix_milliseconds(time)});
}

std::int64_t erase_step(sqlite::Database& database, WallTime horizon)
{
    // Row by row, as in seen: a DELETE over this subquery would walk whole sessions.
    std::vector<std::pair<Scope, ByteArray<32>>> expired;
    {
        auto rows = database.query("SELECT tenant, session, key_hash FROM idempotency WHERE time < ?1 "
                                   "ORDER BY time LIMIT ?2",
                                   {unix_milliseconds(horizon), step_rows});
        while (rows.next())
            expired.emplace_back(Scope{TenantNumber{rows.integer(0)}, rows.integer(1)},
                                 to_array<32>(rows.blob(2)));
    }
    for (auto const& [scope, key_hash] : expired)
        database.run("DELETE FROM idempotency WHERE tenant = ?1 AND session = ?2 AND key_hash = ?3",
                     {scope.tenant.value, scope.session, key_hash});
    return static_cast<std::int64_t>(expired.size());
}

} // namespace wagate::storage::idempotency
