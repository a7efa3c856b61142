#include "api/v1/stream_slots.hpp"

namespace wagate::v1 {

StreamSlots::Slot StreamSlots::take(TenantId const& tenant)
{
    {
        std::lock_guard const lock(mutex_);
        auto& open = open_[tenant];
        if (open >= per_tenant_) return nullptr;
        ++open;
    }
    return Slot(this, [tenant](void* slots) { static_cast<StreamSlots*>(slots)->give_back(tenant); });
}

void StreamSlots::give_back(TenantId const& tenant)
{
    std::lock_guard const lock(mutex_);
    auto const found = open_.find(tenant);
    if (--found->second == 0) open_.erase(found);
}

} // namespace wagate::v1
