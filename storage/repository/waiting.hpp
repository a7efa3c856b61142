#pragma once
// Inbound messages that could not be opened yet.
#include "protocol/model/unit_of_work.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::waiting {

/// Inserts at the end, or replaces in place under the same key.
void put(sqlite::Database& database, Scope const& scope, WaitingStanza const& stanza);
void erase(sqlite::Database& database, Scope const& scope, std::string const& key);
void erase_all(sqlite::Database& database, Scope const& scope);
std::optional<WaitingStanza> find(sqlite::Database& database, Scope const& scope, std::string const& key);
std::vector<WaitingStanza> list(sqlite::Database& database, Scope const& scope,
                                std::size_t limit); ///< oldest first
/// Deletes one step of those of all sessions that came before `horizon`. @return how many
std::int64_t erase_step(sqlite::Database& database, WallTime horizon);

} // namespace wagate::storage::waiting
