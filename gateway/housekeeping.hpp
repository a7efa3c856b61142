#pragma once
// What a long-lived process has to do now and then: forget what is past its retention, give memory back.
#include "gateway/limits/limit_book.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/store.hpp"

#include <functional>
#include <memory>

namespace wagate::gateway {

class Housekeeping {
public:
    /// After a burst (a thousand pairings, a reconnect storm) the allocator keeps what it freed; this often
    /// it returns it.
    static constexpr std::chrono::seconds trim_interval{30};
    /// What was used of limits is written this often: a kill forgets no more.
    static constexpr std::chrono::seconds limits_interval{1};

    /// All references must outlive it. `executor` is the loop it waits on; the work runs in the pool.
    /// @param prune_interval how often what is past its retention is deleted
    Housekeeping(Executor executor, BlockingPool& pool, storage::Store& store, LimitBook& limits,
                 std::chrono::seconds prune_interval = std::chrono::minutes(10));
    /// Runs `sweep` in the pool this often; before start().
    void sweep_files(std::chrono::seconds pause, std::function<void()> sweep);
    void start();
    /// On the executor; before it goes.
    Task<void> stop();

private:
    Task<void> prune_now_and_then();
    Task<void> trim_now_and_then();
    Task<void> save_limits_now_and_then();
    Task<void> sweep_now_and_then();

    BlockingPool& pool_;
    storage::Store& store_;
    LimitBook& limits_;
    std::chrono::seconds prune_interval_;
    std::chrono::seconds sweep_pause_{};
    std::function<void()> sweep_;
    TaskGroup group_;
};

} // namespace wagate::gateway
