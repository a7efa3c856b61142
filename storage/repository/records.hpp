#pragma once
// The engine's records: small values under (kind, key), sealed. Those that change keys or credentials say so
// in a delta, which belongs into record_sums within the same transaction.
#include "protocol/base/records.hpp"
#include "storage/repository/scope.hpp"
#include "storage/vault/record_sums.hpp"

namespace wagate::storage::records {

std::optional<Bytes> find(sqlite::Database& database, Scope const& scope, RecordKind kind,
                          std::string_view key);
void put(sqlite::Database& database, Scope const& scope, RecordKey const& key, ByteView value,
         vault::RecordDelta& delta);
void erase(sqlite::Database& database, Scope const& scope, RecordKey const& key, vault::RecordDelta& delta);
void erase_all(sqlite::Database& database, Scope const& scope);

} // namespace wagate::storage::records
