#pragma once
// Which events and dead letters go when a tenant has too many bytes of them.
#include "storage/repository/scope.hpp"

#include <cstddef>

namespace wagate::storage::retention {

/// How far the search for something to delete has come; what is behind it stays for good.
struct Progress {
    std::uint64_t position = 0; ///< of events
    std::uint64_t number = 0;   ///< of dead letters
};

/// Deletes one step of the oldest, until the tenant has at most `limit_bytes`. The newest event of a session
/// stays.
/// @return false when there is nothing (more) to do
bool erase_step(sqlite::Database& database, TenantNumber tenant, std::size_t limit_bytes, Progress& progress);

} // namespace wagate::storage::retention
