#pragma once
// The sealed sum over a session's keys and credentials: which versions of which records there are. It is part
// of the transaction that changes them.
#include "protocol/base/records.hpp"
#include "storage/vault/vault.hpp"

namespace wagate::storage::vault {

/// What a unit changes. XOR of keyed hashes over (row, nonce): each version of a row is another one.
struct RecordDelta {
    ByteArray<32> sum{};
    std::int64_t rows = 0;

    void toggle(ByteArray<32> const& fingerprint) noexcept
    {
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] ^= fingerprint[i];
    }
    bool empty() const noexcept { return rows == 0 && sum == ByteArray<32>{}; }
};

namespace record_sums {

/// Signal's keys and sessions, the account, and keys of app state. Caches and settings are not counted:
/// putting one of them back is no attack on anybody's secrets, and there are many.
bool is_counted(RecordKind kind) noexcept;
RowName row_of(Scope const& scope, RecordKind kind, std::string_view key);

void change(sqlite::Database& database, Scope const& scope, RecordDelta const& delta);
void erase(sqlite::Database& database, Scope const& scope);
/// Whether the records of a session are those that were written last. One snapshot; reads the counted rows'
/// heads.
bool verify(sqlite::Database& database, Scope const& scope);

} // namespace record_sums
} // namespace wagate::storage::vault
