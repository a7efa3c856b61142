#pragma once
// How many streams each tenant has open.
#include "protocol/base/ids.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace wagate::v1 {

/// Thread-safe.
class StreamSlots {
public:
    explicit StreamSlots(std::size_t per_tenant) noexcept : per_tenant_(per_tenant) {}

    /// Held for as long as the stream is open.
    using Slot = std::shared_ptr<void>;
    /// @return null when the tenant has as many as it may. The slots must outlive it.
    Slot take(TenantId const& tenant);

private:
    void give_back(TenantId const& tenant);

    std::size_t const per_tenant_;
    std::mutex mutex_;
    std::unordered_map<TenantId, std::size_t> open_;
};

} // namespace wagate::v1
