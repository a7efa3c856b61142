#include "protocol/base/encoding.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"
#include "storage/store_errc.hpp"
#include "storage/vault/record_sums.hpp"
#include "storage/vault/sealed_tables.hpp"

namespace wagate::storage::vault {
namespace {

constexpr int most_log_frames = 16'384; ///< 64 MB

struct Progress {
    std::size_t stage = 0; ///< of sealed_tables(), then hashes, then what was deleted
    Bytes position;
};

std::optional<Progress> read_progress(sqlite::Database& database)
{
    auto rows = database.query("SELECT stage, position FROM sealing", {});
    if (!rows.next()) return std::nullopt;
    return Progress{static_cast<std::size_t>(rows.integer(0)), to_bytes(rows.blob(1))};
}

void save_progress(sqlite::Database& database, Progress const& progress)
{
    database.run("UPDATE sealing SET stage = ?1, position = ?2", {progress.stage, progress.position});
}

void seal_row(sqlite::Database& database, SealedTable const& table, SealedRow& row)
{
    auto const& vault = database.vault();
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        auto const name = name_of(table, row, i);
        auto sealed = vault.seal(name, row.values[i]);
        row.values[i] = table.sealed[i].is_text ? to_bytes(base64_encode(sealed)) : std::move(sealed);
    }
    write_row(database, table, row);
    auto const session = [&] { return std::get<std::int64_t>(row.key[1]); };
    if (table.table == Table::event)
        database.run("UPDATE tenant_log SET bytes = bytes + ?2 WHERE tenant = ?1",
                     {row.tenant().value, envelope_overhead_bytes});
    if (table.table != Table::record) return;
    auto const kind = static_cast<RecordKind>(std::get<std::int64_t>(row.key[2]));
    if (!record_sums::is_counted(kind)) return;
    RecordDelta delta;
    delta.toggle(vault.fingerprint(name_of(table, row, 0), nonce_of(row.values[0])));
    delta.rows = 1;
    record_sums::change(database, {row.tenant(), session()}, delta);
}

/// @return false when the table is done
bool seal_rows(sqlite::Database& database, SealedTable const& table, Bytes& position)
{
    auto rows = read_rows(database, table, unpack(position), TenantNumber{0});
    if (rows.empty()) return false;
    for (auto& row : rows)
        seal_row(database, table, row);
    position = pack(rows.back().key);
    return true;
}

void key_hashes(sqlite::Database& database)
{
    struct Hash {
        std::int64_t tenant = 0;
        std::string id;
        ByteArray<32> hash{};
    };
    std::vector<Hash> hashes;
    {
        auto rows = database.query("SELECT tenant, id, hash FROM api_key", {});
        while (rows.next())
            hashes.push_back({rows.integer(0), rows.text(1), to_array<32>(rows.blob(2))});
    }
    for (auto const& key : hashes)
        database.run("UPDATE api_key SET hash = ?3 WHERE tenant = ?1 AND id = ?2",
                     {key.tenant, key.id, database.vault().keyed_hash(key.hash)});
}

ErrorCode failure(sqlite::Database& database)
{
    auto const error = database.take_error();
    if (sqlite::is_disk_full(error)) return StoreErrc::disk_full;
    return sqlite::is_damage(error) ? StoreErrc::damaged : StoreErrc::cannot_open;
}

} // namespace

Result<void> seal_plain_rows(sqlite::Database& database, std::filesystem::path const& folder)
{
    // Sums are of sealed rows alone: none was ever plain.
    auto const plain_tables = sealed_tables().size() - 1;
    auto const hashes_stage = plain_tables;
    auto const clean_stage = plain_tables + 1;
    auto progress = read_progress(database);
    if (database.has_error()) return failure(database);
    if (!progress) return {};
    bool has_sealed = progress->stage > 0 || !progress->position.empty();
    while (progress->stage < clean_stage) {
        sqlite::Transaction transaction{database};
        if (!transaction.begun()) return failure(database);
        bool is_left = false;
        if (progress->stage < plain_tables)
            is_left = seal_rows(database, sealed_tables()[progress->stage], progress->position);
        else if (progress->stage == hashes_stage)
            key_hashes(database);
        has_sealed = has_sealed || is_left;
        if (!is_left) progress = Progress{progress->stage + 1, {}};
        save_progress(database, *progress);
        if (database.has_error() || !transaction.commit()) return failure(database);
        if (database.wal_frames() >= most_log_frames &&
            !database.checkpoint(sqlite::Checkpoint::restart, Milliseconds{1'000}))
            return failure(database);
    }
    if (has_sealed && !database.vacuum(folder)) return failure(database);
    if (!database.run("DELETE FROM sealing", {}) ||
        !database.checkpoint(sqlite::Checkpoint::truncate, Milliseconds{1'000}))
        return failure(database);
    return {};
}

} // namespace wagate::storage::vault
