#pragma once
// How much of the queue of storage each tenant fills, so that one of them cannot fill it alone.
#include "protocol/base/ids.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace wagate::gateway {

class TenantShares {
public:
    /// Bytes that are queued and not answered yet. Added to on the sessions' loops, taken from where storage
    /// answers.
    using Share = std::shared_ptr<std::atomic<std::size_t>>;

    /// The one share of a tenant; any thread. Keep it: this takes a lock.
    Share share_of(TenantId const& tenant)
    {
        std::lock_guard const lock{mutex_};
        auto& share = shares_[tenant.value];
        if (!share) share = std::make_shared<std::atomic<std::size_t>>(0);
        return share;
    }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, Share> shares_;
};

} // namespace wagate::gateway
