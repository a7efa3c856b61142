#pragma once
// Threads for calls that block or burn CPU: name lookups, file reads, key derivation. Bounded in length. Work
// of tenants waits in a lane for each of them, and the lanes take turns: who has a thousand jobs waits for
// them, and who has one does not.
#include "gateway/runtime/errors.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/runtime/urgency.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wagate {

class BlockingPool {
public:
    /// @param max_waiting Jobs that may wait for a thread before try_post() refuses.
    BlockingPool(std::size_t threads, std::size_t max_waiting, Urgency urgency = Urgency::usual);
    BlockingPool(BlockingPool const&) = delete;
    BlockingPool& operator=(BlockingPool const&) = delete;
    /// Runs what is waiting, then joins.
    ~BlockingPool();

    /// Thread safe. @return false when the queue is full or the pool is going down. A job must not throw.
    /// @param lane the tenant; such a lane may fill half of the queue, and all threads but one where there
    /// are several. Empty: the process's own work, with neither bound
    bool try_post(std::function<void()> job, std::string_view lane = {});

private:
    struct Lane {
        std::deque<std::function<void()>> waiting;
        std::size_t running = 0;
        bool has_turn = false; ///< stands in `turns_`
    };
    using Lanes = std::map<std::string, Lane, std::less<>>;

    void work();
    /// The next one in turn that may run; the end without any.
    Lanes::iterator next();
    bool may_run(Lanes::value_type const& lane) const;

    std::mutex mutex_;
    std::condition_variable wake_;
    Lanes lanes_; ///< with something that waits or runs
    std::deque<Lanes::iterator> turns_;
    std::size_t waiting_ = 0; ///< in all lanes
    std::size_t max_waiting_;
    std::size_t lane_threads_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

namespace detail {
/// `job` stays alive in the caller's frame until it has run.
Task<ErrorCode> run_in_pool(BlockingPool& pool, std::function<void()> job, std::string lane);
} // namespace detail

/// Runs `call()` on a thread of the pool and resumes the caller on its executor. Not cancellable: a caller
/// that is cancelled still waits for the call, which may therefore refer to the caller's frame. Exceptions
/// pass through.
/// @param lane see BlockingPool::try_post
/// @return what the call returned (a Result stays one Result), or RuntimeErrc::overloaded when the pool is
/// full.
template <class Call>
auto run_blocking(BlockingPool& pool, Call call, std::string lane = {})
    -> Task<typename detail::Flattened<std::invoke_result_t<Call&>>::type>
{
    using Value = std::invoke_result_t<Call&>;
    if constexpr (std::is_void_v<Value>) {
        std::function<void()> job = [&call] { call(); };
        ErrorCode const failure = co_await detail::run_in_pool(pool, std::move(job), std::move(lane));
        if (failure) co_return failure;
        co_return Result<void>();
    } else {
        std::optional<Value> value;
        std::function<void()> job = [&call, &value] { value.emplace(call()); };
        ErrorCode const failure = co_await detail::run_in_pool(pool, std::move(job), std::move(lane));
        if (failure) co_return failure;
        co_return std::move(*value);
    }
}

} // namespace wagate
