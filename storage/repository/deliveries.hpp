#pragma once
// How far each webhook endpoint has been served in a session's event log.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::deliveries {

std::optional<DeliveryState> find(sqlite::Database& database, Scope const& scope,
                                  std::string const& endpoint);
void put(sqlite::Database& database, Scope const& scope, std::string const& endpoint,
         DeliveryState const& state);
void erase(sqlite::Database& database, Scope const& scope, std::string const& endpoint);

} // namespace wagate::storage::deliveries
