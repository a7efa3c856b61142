#pragma once
// What a long-lived process has to do now and then: forget what is past its retention, give memory back.
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/store.hpp"

#include <memory>

namespace wagate::gateway {

class Housekeeping {
public:
    /// Expired de-duplication hashes and events are deleted this often.
    static constexpr std::chrono::minutes prune_interval{10};
    /// After a burst (a thousand pairings, a reconnect storm) the allocator keeps what it freed; this often
    /// it returns it.
    static constexpr std::chrono::seconds trim_interval{30};

    /// All references must outlive it. `executor` is the loop it waits on; the work runs in the pool.
    Housekeeping(Executor executor, BlockingPool& pool, storage::Store& store);
    void start();
    /// On the executor; before it goes.
    Task<void> stop();

private:
    Task<void> prune_now_and_then();
    Task<void> trim_now_and_then();

    BlockingPool& pool_;
    storage::Store& store_;
    TaskGroup group_;
};

} // namespace wagate::gateway
