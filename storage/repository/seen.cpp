#include "storage/repository/seen.hpp"

#include "storage/sqlite/database.hpp"

#include <utility>
#include <vector>

namespace wagate::storage::seen {

bool contains(sqlite::Database& database, Scope const& scope, ByteArray<32> const& hash)
{
    return database
        .query("SELECT 1 FROM seen WHERE tenant = ?1 AND session = ?2 AND hash = ?3",
               {scope.tenant.value, scope.session, hash})
        .next();
}

void add(sqlite::Database& database, Scope const& scope, ByteArray<32> const& hash, WallTime time)
{
    database.run(
        "INSERT INTO seen (tenant, session, hash, time) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        {scope.tenant.value, scope.session, hash, unix_milliseconds(time)});
}

std::int64_t erase_step(sqlite::Database& database, WallTime horizon)
{
    // Row by row: a DELETE over this subquery would walk all hashes of every session it names.
    std::vector<std::pair<Scope, ByteArray<32>>> expired;
    {
        auto rows =
            database.query("SELECT tenant, session, hash FROM seen WHERE time < ?1 ORDER BY time LIMIT ?2",
                           {unix_milliseconds(horizon), step_rows});
        while (rows.next())
            expired.emplace_back(Scope{TenantNumber{rows.integer(0)}, rows.integer(1)},
                                 to_array<32>(rows.blob(2)));
    }
    for (auto const& [scope, hash] : expired)
        database.run("DELETE FROM seen WHERE tenant = ?1 AND session = ?2 AND hash = ?3",
                     {scope.tenant.value, scope.session, hash});
    return static_cast<std::int64_t>(expired.size());
}

} // namespace wagate::storage::seen
