#pragma once
// Which tenants are not active, for those who must know it at once and without storage. Thread-safe.
#include "storage/tenants.hpp"

#include <shared_mutex>
#include <unordered_map>

namespace wagate::gateway {

class TenantStates {
public:
    /// Active, too, when nothing was said about it: who exists is known elsewhere.
    storage::TenantState of(TenantId const& tenant) const
    {
        std::shared_lock const lock(mutex_);
        auto const found = others_.find(tenant);
        return found == others_.end() ? storage::TenantState::active : found->second;
    }
    bool is_active(TenantId const& tenant) const { return of(tenant) == storage::TenantState::active; }

    void set(TenantId const& tenant, storage::TenantState state)
    {
        std::unique_lock const lock(mutex_);
        if (state == storage::TenantState::active)
            others_.erase(tenant);
        else
            others_[tenant] = state;
    }

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<TenantId, storage::TenantState> others_;
};

} // namespace wagate::gateway
