#pragma once
// What an administrator may ask about tenants and do with them.
#include "gateway/runtime/task.hpp"
#include "protocol/base/result.hpp"
#include "storage/tenants.hpp"

#include <optional>
#include <vector>

namespace wagate::gateway {

enum class TenantErrc {
    not_found = 1,
    is_deleting, ///< nothing but its end can be waited for
    is_needed,   ///< the operator's own tenant cannot be deleted
};
ErrorCode make_error_code(TenantErrc error);

struct TenantChange {
    std::optional<std::string> name;
    std::optional<std::string> metadata_json;
};

class Tenants {
public:
    virtual ~Tenants() = default;

    // From any event loop.
    virtual Task<Result<std::vector<storage::TenantRow>>> list() = 0; ///< by id
    virtual Task<Result<storage::TenantRow>> find(TenantId tenant) = 0;
    virtual Task<Result<storage::TenantCounts>> counts(TenantId tenant) = 0;
    /// Durable when it returns a value, as are all below.
    virtual Task<Result<storage::TenantRow>> change(TenantId tenant, TenantChange change) = 0;
    /// Nothing of the tenant runs any more when it returns; all is kept.
    virtual Task<Result<storage::TenantRow>> suspend(TenantId tenant) = 0;
    /// What ran before starts again.
    virtual Task<Result<storage::TenantRow>> resume(TenantId tenant) = 0;
    /// From now on the tenant is nobody's: its keys and streams end at once. Its sessions are logged out and
    /// all it has is deleted in steps, which go on after a restart; then the name may be used again.
    virtual Task<Result<storage::TenantRow>> erase(TenantId tenant) = 0;
};

} // namespace wagate::gateway

template <>
struct boost::system::is_error_code_enum<wagate::gateway::TenantErrc> : std::true_type {};
