#include "storage/repository/cursors.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::cursors {

std::optional<std::uint64_t> find(sqlite::Database& database, Scope const& scope, std::string const& endpoint)
{
    auto rows =
        database.query("SELECT sequence FROM cursor WHERE tenant = ?1 AND session = ?2 AND endpoint = ?3",
                       {scope.tenant.value, scope.session, endpoint});
    if (!rows.next()) return std::nullopt;
    return static_cast<std::uint64_t>(rows.integer(0));
}

void put(sqlite::Database& database, Scope const& scope, std::string const& endpoint, std::uint64_t sequence)
{
    database.run("INSERT INTO cursor (tenant, session, endpoint, sequence) VALUES (?1, ?2, ?3, ?4) "
                 "ON CONFLICT DO UPDATE SET sequence = excluded.sequence",
                 {scope.tenant.value, scope.session, endpoint, sequence});
}

void erase(sqlite::Database& database, Scope const& scope, std::string const& endpoint)
{
    database.run("DELETE FROM cursor WHERE tenant = ?1 AND session = ?2 AND endpoint = ?3",
                 {scope.tenant.value, scope.session, endpoint});
}

} // namespace wagate::storage::cursors
