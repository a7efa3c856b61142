#include "storage/repository/deliveries.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

namespace wagate::storage::deliveries {
namespace {

vault::RowName row_of(Scope const& scope, std::string const& endpoint)
{
    return {vault::Table::delivery, scope.tenant, scope.session, endpoint};
}

} // namespace

std::optional<DeliveryState> find(sqlite::Database& database, Scope const& scope, std::string const& endpoint)
{
    auto rows = database.query(
        "SELECT sequence, details FROM delivery WHERE tenant = ?1 AND session = ?2 AND endpoint = ?3",
        {scope.tenant.value, scope.session, endpoint});
    if (!rows.next()) return std::nullopt;
    return DeliveryState{static_cast<std::uint64_t>(rows.integer(0)),
                         database.vault().open(row_of(scope, endpoint), rows.blob(1))};
}

void put(sqlite::Database& database, Scope const& scope, std::string const& endpoint,
         DeliveryState const& state)
{
    database.run(
        "INSERT INTO delivery (tenant, session, endpoint, sequence, details) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT DO UPDATE SET sequence = excluded.sequence, details = excluded.details",
        {scope.tenant.value, scope.session, endpoint, state.sequence,
         database.vault().seal(row_of(scope, endpoint), state.details)});
}

void erase(sqlite::Database& database, Scope const& scope, std::string const& endpoint)
{
    database.run("DELETE FROM delivery WHERE tenant = ?1 AND session = ?2 AND endpoint = ?3",
                 {scope.tenant.value, scope.session, endpoint});
}

} // namespace wagate::storage::deliveries
