#pragma once
// What runs beside sessions.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::apps {

/// True when another session of the tenant has an app with this id.
bool is_of_another(sqlite::Database& database, Scope const& scope, std::string const& id);
void put(sqlite::Database& database, Scope const& scope, AppRow const& row);
/// @return false when there is none
bool erase(sqlite::Database& database, Scope const& scope, std::string const& id);
std::vector<AppRow> all(sqlite::Database& database);

} // namespace wagate::storage::apps
