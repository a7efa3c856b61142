#include "storage/repository/records.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::records {

std::optional<Bytes> find(sqlite::Database& database, Scope const& scope, RecordKind kind,
                          std::string_view key)
{
    auto rows = database.query(
        "SELECT value FROM record WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND key = ?4",
        {scope.tenant.value, scope.session, static_cast<int>(kind), key});
    if (!rows.next()) return std::nullopt;
    return to_bytes(rows.blob(0));
}

void put(sqlite::Database& database, Scope const& scope, RecordKey const& key, ByteView value)
{
    database.run("INSERT INTO record (tenant, session, kind, key, value) VALUES (?1, ?2, ?3, ?4, ?5) "
                 "ON CONFLICT DO UPDATE SET value = excluded.value",
                 {scope.tenant.value, scope.session, static_cast<int>(key.first), key.second, value});
}

void erase(sqlite::Database& database, Scope const& scope, RecordKey const& key)
{
    database.run("DELETE FROM record WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND key = ?4",
                 {scope.tenant.value, scope.session, static_cast<int>(key.first), key.second});
}

void erase_all(sqlite::Database& database, Scope const& scope)
{
    database.run("DELETE FROM record WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session});
}

} // namespace wagate::storage::records
