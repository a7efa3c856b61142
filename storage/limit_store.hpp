#pragma once
// What is stored about limits: what was set, what was used, and the bytes that tenants fill.
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wagate::storage {

/// Stored as integers: never renumber.
enum class LimitScope : std::uint8_t { tenant = 1, session = 2, key = 3 };

/// Whom a limit holds for.
struct LimitSubject {
    TenantId tenant;
    LimitScope scope = LimitScope::tenant;
    std::string name = {}; ///< of the session, or the key's id; empty for the tenant
    auto operator<=>(LimitSubject const&) const = default;
};
using LimitValues = std::vector<std::pair<std::string, std::uint64_t>>;
struct LimitRow {
    LimitSubject subject;
    std::string name;
    std::uint64_t value = 0;
};
struct LimitUseRow {
    LimitSubject subject;
    std::string name;
    std::int64_t window = 0; ///< days since 1970, or 0: in all
    std::uint64_t used = 0;
};

/// Calls block; never on an event loop.
class LimitStore {
public:
    virtual ~LimitStore() = default;
    /// Replaces all of the subject's; durable when it returns.
    virtual Result<void> put_limits(LimitSubject const& subject, LimitValues const& values) = 0;
    virtual std::vector<LimitRow> all_limits() = 0;
    /// Inserts or replaces, by subject and name; rows of tenants that do not exist are dropped.
    virtual Result<void> put_limit_use(std::vector<LimitUseRow> const& rows) = 0;
    virtual std::vector<LimitUseRow> all_limit_use() = 0;
    /// Of a session or a key that is gone: what was set and used.
    virtual Result<void> erase_limits(LimitSubject const& subject) = 0;
    /// Of messages, events and dead letters.
    virtual std::uint64_t stored_bytes(TenantId const& tenant) = 0;
};

} // namespace wagate::storage
