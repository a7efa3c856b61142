#pragma once
// Threads for calls that block or burn CPU: name lookups, file reads, key derivation. Bounded in length.
#include "gateway/runtime/errors.hpp"
#include "gateway/runtime/runtime.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace wagate {

class BlockingPool {
public:
    /// @param max_waiting Jobs that may wait for a thread before try_post() refuses.
    BlockingPool(std::size_t threads, std::size_t max_waiting);
    BlockingPool(BlockingPool const&) = delete;
    BlockingPool& operator=(BlockingPool const&) = delete;
    /// Runs what is waiting, then joins.
    ~BlockingPool();

    /// Thread safe. @return false when the queue is full or the pool is going down. A job must not throw.
    bool try_post(std::function<void()> job);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> waiting_;
    std::size_t max_waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

namespace detail {
/// `job` stays alive in the caller's frame until it has run.
Task<ErrorCode> run_in_pool(BlockingPool& pool, std::function<void()> job);
} // namespace detail

/// Runs `call()` on a thread of the pool and resumes the caller on its executor. Not cancellable: a caller
/// that is cancelled still waits for the call, which may therefore refer to the caller's frame. Exceptions
/// pass through.
/// @return what the call returned (a Result stays one Result), or RuntimeErrc::overloaded when the pool is
/// full.
template <class Call>
auto run_blocking(BlockingPool& pool, Call call)
    -> Task<typename detail::Flattened<std::invoke_result_t<Call&>>::type>
{
    using Value = std::invoke_result_t<Call&>;
    if constexpr (std::is_void_v<Value>) {
        std::function<void()> job = [&call] { call(); };
        ErrorCode const failure = co_await detail::run_in_pool(pool, std::move(job));
        if (failure) co_return failure;
        co_return Result<void>();
    } else {
        std::optional<Value> value;
        std::function<void()> job = [&call, &value] { value.emplace(call()); };
        ErrorCode const failure = co_await detail::run_in_pool(pool, std::move(job));
        if (failure) co_return failure;
        co_return std::move(*value);
    }
}

} // namespace wagate
