#pragma once
// Events that an endpoint will not get by itself any more. Numbered per tenant.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::dead_letters {

/// What a query says in the words of the tables.
struct Filter {
    TenantNumber tenant;
    std::optional<std::int64_t> session; ///< number
};

/// Appends in order; gives the numbers. Their session is `scope`'s.
void append(sqlite::Database& database, Scope const& scope, std::vector<DeadLetter> const& letters);
std::vector<DeadLetter> list(sqlite::Database& database, TenantId const& tenant, Filter const& filter,
                             DeadLetterQuery const& query);
/// Deletes one step of what `list` gives, and moves `query` behind it. @return how many
std::size_t erase_step(sqlite::Database& database, Filter const& filter, DeadLetterQuery& query);
/// Deletes one step of a tenant's from before `horizon`. @return how many
std::int64_t expire_step(sqlite::Database& database, TenantNumber tenant, WallTime horizon);
/// Deletes one step of an erased session's. @return false when none is left
bool clear_step(sqlite::Database& database, Scope const& scope);

} // namespace wagate::storage::dead_letters
