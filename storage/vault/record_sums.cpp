#include "storage/vault/record_sums.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage::vault::record_sums {
namespace {

RowName sum_row(Scope const& scope)
{
    return {Table::record_sum, scope.tenant, scope.session};
}

RecordDelta parse(Vault const& vault, Scope const& scope, ByteView sealed)
{
    auto const plain = vault.open(sum_row(scope), sealed);
    if (plain.size() != 40) throw boost::system::system_error(VaultErrc::tampered);
    return {to_array<32>(ByteView{plain}.first(32)),
            static_cast<std::int64_t>(read_big_endian(ByteView{plain}.last(8)))};
}

} // namespace

bool is_counted(RecordKind kind) noexcept
{
    switch (kind) {
    case RecordKind::account:
    case RecordKind::signal_session:
    case RecordKind::identity:
    case RecordKind::prekey:
    case RecordKind::signed_prekey:
    case RecordKind::sender_key:
    case RecordKind::app_state_key: return true;
    default: return false;
    }
}

RowName row_of(Scope const& scope, RecordKind kind, std::string_view key)
{
    return {Table::record, scope.tenant, scope.session, static_cast<int>(kind), key};
}

void change(sqlite::Database& database, Scope const& scope, RecordDelta const& delta)
{
    if (delta.empty()) return;
    auto const& vault = database.vault();
    RecordDelta sum;
    {
        auto rows = database.query("SELECT value FROM record_sum WHERE tenant = ?1 AND session = ?2",
                                   {scope.tenant.value, scope.session});
        if (rows.next()) sum = parse(vault, scope, rows.blob(0));
    }
    sum.toggle(delta.sum);
    sum.rows += delta.rows;
    auto const plain = concat({sum.sum, big_endian(static_cast<std::uint64_t>(sum.rows), 8)});
    database.run("INSERT INTO record_sum (tenant, session, value) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT DO UPDATE SET value = excluded.value",
                 {scope.tenant.value, scope.session, vault.seal(sum_row(scope), plain)});
}

void erase(sqlite::Database& database, Scope const& scope)
{
    database.run("DELETE FROM record_sum WHERE tenant = ?1 AND session = ?2",
                 {scope.tenant.value, scope.session});
}

bool verify(sqlite::Database& database, Scope const& scope)
{
    static_assert(envelope_header_bytes == 29);
    auto const& vault = database.vault();
    RecordDelta wanted;
    RecordDelta found;
    // One statement is one snapshot.
    auto rows =
        database.query("SELECT 0, '', value FROM record_sum WHERE tenant = ?1 AND session = ?2 UNION ALL "
                       "SELECT kind, key, substr(value, 1, 29) FROM record WHERE tenant = ?1 AND "
                       "session = ?2 AND kind IN (1, 2, 3, 4, 5, 6, 13)",
                       {scope.tenant.value, scope.session});
    while (rows.next()) {
        auto const value = rows.blob(2);
        if (rows.integer(0) == 0) {
            wanted = parse(vault, scope, value);
            continue;
        }
        if (value.size() < envelope_header_bytes) return false;
        auto const row = row_of(scope, static_cast<RecordKind>(rows.integer(0)), rows.text(1));
        found.toggle(vault.fingerprint(row, nonce_of(value)));
        ++found.rows;
    }
    return found.sum == wanted.sum && found.rows == wanted.rows;
}

} // namespace wagate::storage::vault::record_sums
