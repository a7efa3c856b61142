#pragma once
// The engine's records: small values under (kind, key).
#include "protocol/base/records.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::records {

std::optional<Bytes> find(sqlite::Database& database, Scope const& scope, RecordKind kind,
                          std::string_view key);
void put(sqlite::Database& database, Scope const& scope, RecordKey const& key, ByteView value);
void erase(sqlite::Database& database, Scope const& scope, RecordKey const& key);
void erase_all(sqlite::Database& database, Scope const& scope);

} // namespace wagate::storage::records
