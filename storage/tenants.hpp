#pragma once
// What is stored about tenants themselves, and how a tenant goes with all its rows. All calls block; writes
// until they are durable.
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

#include <vector>

namespace wagate::storage {

enum class TenantState : std::uint8_t {
    active = 0,
    suspended = 1, ///< nothing of it runs; all is kept
    deleting = 2,  ///< its rows go in steps
};

struct TenantRow {
    TenantId id;
    TenantState state = TenantState::active;
    WallTime created{};
    std::string name;                 ///< for people; may be empty
    std::string metadata_json = "{}"; ///< the operator's own, an object
};

/// What a tenant has.
struct TenantCounts {
    std::int64_t sessions = 0;
    std::int64_t keys = 0; ///< stored ones
    std::int64_t apps = 0;
    std::int64_t dead_letters = 0;
    std::int64_t log_bytes = 0; ///< stored events and dead letters
};

struct KeyUse {
    TenantId tenant;
    std::string id;
    WallTime time{};
};

enum class Erasure : std::uint8_t { unfinished, finished };

class TenantRecords {
public:
    virtual ~TenantRecords() = default;

    virtual std::vector<TenantRow> tenant_rows() = 0; ///< all, by id
    /// All but its time of creation, which is set when it is new. not_found.
    virtual Result<void> update_tenant(TenantRow const& row) = 0;
    virtual TenantCounts tenant_counts(TenantId const& tenant) = 0;
    /// One step of a deletion: some hundred rows of any table that has a column `tenant`, whichever tables
    /// there are. The last step takes the tenant itself, so that its name may be used again and finds
    /// nothing. Its sessions must have been erased before.
    virtual Result<Erasure> erase_tenant_step(TenantId const& tenant) = 0;
    /// Keys that are gone are passed over.
    virtual Result<void> save_key_uses(std::vector<KeyUse> const& uses) = 0;
};

} // namespace wagate::storage
