#pragma once
// Sends that are promised and not finished.
#include "protocol/model/unit_of_work.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::outbox {

/// Inserts at the end, or replaces in place under the same id.
void put(sqlite::Database& database, Scope const& scope, OutboxEntry const& entry);
void erase(sqlite::Database& database, Scope const& scope, MessageId const& id);
void erase_all(sqlite::Database& database, Scope const& scope);
std::optional<OutboxEntry> find(sqlite::Database& database, Scope const& scope, MessageId const& id);
std::vector<OutboxEntry> all(sqlite::Database& database, Scope const& scope); ///< oldest first

} // namespace wagate::storage::outbox
