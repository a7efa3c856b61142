#pragma once
// The entries of the audit log.
#include "storage/audit_log.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::audit {

inline constexpr TenantNumber operators_chain{0};

struct Head {
    std::uint64_t number = 0;
    ByteArray<32> hash{};
};

/// Numbers and hashes the entry and adds it at the end of its chain.
void append(sqlite::Database& database, TenantNumber chain, AuditEntry& entry);
/// Up to `limit` rows behind a number; those that a filter does not want are left out. @return the last
/// number that was looked at; nothing at the end
std::optional<std::uint64_t> list(sqlite::Database& database, TenantNumber chain, AuditQuery const& query,
                                  std::vector<AuditEntry>& found);
/// Nothing when the chain has no entry, or its head is gone.
std::optional<Head> head(sqlite::Database& database, TenantNumber chain);

} // namespace wagate::storage::audit
