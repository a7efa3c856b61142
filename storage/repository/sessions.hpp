#pragma once
// Tenants and sessions, and the numbers they are stored under.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::vault {
class Vault;
}

namespace wagate::storage::sessions {

struct NumberedTenant {
    TenantId id;
    TenantNumber number;
};
struct NumberedSession {
    SessionKey key;
    Scope scope;
};

/// With a key of its own in the vault, which is replaced when this is done again after a rollback.
TenantNumber insert_tenant(sqlite::Database& database, vault::Vault& vault, TenantId const& tenant);
std::vector<NumberedTenant> tenants(sqlite::Database& database);

Scope insert(sqlite::Database& database, TenantNumber tenant, SessionRow const& row);
void update(sqlite::Database& database, Scope const& scope, SessionRow const& row);
std::optional<SessionRow> find(sqlite::Database& database, Scope const& scope, SessionKey const& key);
/// A configuration that does not open is empty, which no stored one is.
std::vector<SessionRow> of_tenant(sqlite::Database& database, TenantNumber number, TenantId const& tenant);
std::vector<NumberedSession> all(sqlite::Database& database);

/// Deletes the session and everything secret of it; the bulk is left to clear_step.
void erase(sqlite::Database& database, Scope const& scope);
std::vector<Scope> erased(sqlite::Database& database);
/// Deletes a part of an erased session's bulk data. @return false when nothing is left.
bool clear_step(sqlite::Database& database, Scope const& scope);

} // namespace wagate::storage::sessions
