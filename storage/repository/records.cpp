#include "storage/repository/records.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage::records {
namespace {

namespace sums = vault::record_sums;

/// Takes the version that is there now out of the sum.
void leave(sqlite::Database& database, Scope const& scope, RecordKey const& key, vault::RecordDelta& delta)
{
    static_assert(vault::envelope_header_bytes == 29);
    auto rows = database.query("SELECT substr(value, 1, 29) FROM record "
                               "WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND key = ?4",
                               {scope.tenant.value, scope.session, static_cast<int>(key.first), key.second});
    if (!rows.next()) return;
    auto const head = rows.blob(0);
    if (head.size() < vault::envelope_header_bytes) throw boost::system::system_error(VaultErrc::tampered);
    delta.toggle(
        database.vault().fingerprint(sums::row_of(scope, key.first, key.second), vault::nonce_of(head)));
    --delta.rows;
}

} // namespace

std::optional<Bytes> find(sqlite::Database& database, Scope const& scope, RecordKind kind,
                          std::string_view key)
{
    auto rows = database.query(
        "SELECT value FROM record WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND key = ?4",
        {scope.tenant.value, scope.session, static_cast<int>(kind), key});
    if (!rows.next()) return std::nullopt;
    return database.vault().open(sums::row_of(scope, kind, key), rows.blob(0));
}

void put(sqlite::Database& database, Scope const& scope, RecordKey const& key, ByteView value,
         vault::RecordDelta& delta)
{
    auto const& vault = database.vault();
    auto const row = sums::row_of(scope, key.first, key.second);
    auto const sealed = vault.seal(row, value);
    if (sums::is_counted(key.first)) {
        leave(database, scope, key, delta);
        delta.toggle(vault.fingerprint(row, vault::nonce_of(sealed)));
        ++delta.rows;
    }
    database.run("INSERT INTO record (tenant, session, kind, key, value) VALUES (?1, ?2, ?3, ?4, ?5) "
                 "ON CONFLICT DO UPDATE SET value = excluded.value",
                 {scope.tenant.value, scope.session, static_cast<int>(key.first), key.second, sealed});
}

void erase(sqlite::Database& database, Scope const& scope, RecordKey const& key, vault::RecordDelta& delta)
{
    if (sums::is_counted(key.first)) leave(database, scope, key, delta);
    database.run("DELETE FROM record WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND key = ?4",
                 {scope.tenant.value, scope.session, static_cast<int>(key.first), key.second});
}

void erase_all(sqlite::Database& database, Scope const& scope)
{
    database.run("DELETE FROM record WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session});
    sums::erase(database, scope);
}

} // namespace wagate::storage::records
