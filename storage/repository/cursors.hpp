#pragma once
// How far each webhook endpoint has been served in a session's event log.
#include "storage/repository/scope.hpp"

#include <optional>
#include <string>

namespace wagate::storage::cursors {

std::optional<std::uint64_t> find(sqlite::Database& database, Scope const& scope,
                                  std::string const& endpoint);
void put(sqlite::Database& database, Scope const& scope, std::string const& endpoint, std::uint64_t sequence);
void erase(sqlite::Database& database, Scope const& scope, std::string const& endpoint);

} // namespace wagate::storage::cursors
