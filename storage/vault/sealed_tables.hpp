#pragma once
// Every table with sealed columns, walked in the order of its key in small steps: for what concerns all of
// them, which is sealing what was plain, and sealing anew under another key.
#include "storage/vault/vault.hpp"

#include <string>
#include <variant>

namespace wagate::storage::vault {

using KeyPart = std::variant<std::int64_t, std::string>;

struct SealedTable {
    struct Column {
        char const* name;
        bool is_text = false;
    };
    Table table;
    char const* name;
    std::vector<Column> key;    ///< primary key, the tenant first
    std::vector<Column> sealed; ///< text: in base64
    std::string first_sql{};
    std::string next_sql{};
    std::string update_sql{};
};

/// In a fixed order. Statements live as long as the process.
std::vector<SealedTable> const& sealed_tables();

struct SealedRow {
    std::vector<KeyPart> key;
    std::vector<Bytes> values; ///< of the sealed columns, as stored

    TenantNumber tenant() const { return TenantNumber{std::get<std::int64_t>(key.front())}; }
};

/// The rows behind `after`; empty: from the first of `from` (a tenant) on. At least one when there is any.
std::vector<SealedRow> read_rows(sqlite::Database& database, SealedTable const& table,
                                 std::vector<KeyPart> const& after, TenantNumber from);
void write_row(sqlite::Database& database, SealedTable const& table, SealedRow const& row);
RowName name_of(SealedTable const& table, SealedRow const& row, std::size_t column);

Bytes pack(std::vector<KeyPart> const& key);
std::vector<KeyPart> unpack(ByteView packed);

/// Seals what earlier versions of the program wrote in plain, as far as it is not done yet: a step is a
/// transaction, so it goes on where it was when the process ended. Afterwards nothing plain is left in the
/// files. `folder` is for a temporary file.
/// @return StoreErrc::disk_full, cannot_open or damaged
Result<void> seal_plain_rows(sqlite::Database& database, std::filesystem::path const& folder);

} // namespace wagate::storage::vault
