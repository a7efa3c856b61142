#pragma once
// Waiting with a limit, owning child coroutines, sleeping. Knows one thread per io_context: a coroutine is
// cancelled only on its own thread (Boost 1.81's cancellation is not safe across threads).
#include "gateway/runtime/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace wagate {

/// Completion token of every Asio operation: `auto [error, size] = co_await socket.async_read_some(buffer,
/// awaited);`
inline constexpr auto awaited = boost::asio::as_tuple(boost::asio::use_awaitable);

using Executor = boost::asio::any_io_executor;
using Duration = std::chrono::steady_clock::duration;

namespace detail {

Task<ErrorCode> run_limited(Task<void> work, Duration limit);

template <class T>
Task<void> store_into(Task<T> work, std::optional<T>& target)
{
    target.emplace(co_await std::move(work));
}

template <class T>
struct Flattened {
    using type = Result<T>;
};
template <class T>
struct Flattened<Result<T>> {
    using type = Result<T>;
};

} // namespace detail

/// Awaits `work` for at most `limit`. A Task<Result<U>> stays one Result<U>.
/// The work is always finished, never detached, when this returns: on expiry it is cancelled and waited for.
/// Cancellation of the caller is forwarded. Exceptions of the work pass through.
/// @return errc::timed_out when the limit came first, even if the work still produced a value.
template <class T>
Task<typename detail::Flattened<T>::type> with_timeout(Task<T> work, Duration limit)
{
    if constexpr (std::is_void_v<T>) {
        ErrorCode const failure = co_await detail::run_limited(std::move(work), limit);
        if (failure) co_return failure;
        co_return Result<void>();
    } else {
        std::optional<T> value;
        ErrorCode const failure =
            co_await detail::run_limited(detail::store_into(std::move(work), value), limit);
        if (failure) co_return failure;
        co_return std::move(*value);
    }
}

/// Waits; throws operation_aborted when the caller is cancelled.
Task<void> sleep_for(Duration duration);

/// Owns child coroutines of one thread: nothing it started outlives join(). Use on that thread only.
class TaskGroup {
public:
    using FailureHandler = std::function<void(std::string const& name, std::exception_ptr)>;

    /// Without a handler a child that ends by an exception is logged. operation_aborted after cancel() is no
    /// failure.
    explicit TaskGroup(Executor executor, FailureHandler on_failure = {});
    TaskGroup(TaskGroup const&) = delete;
    TaskGroup& operator=(TaskGroup const&) = delete;
    /// Terminates the process when children are left: join() first.
    ~TaskGroup();

    /// Starts a child. It may run up to its first suspension before this returns.
    void spawn(std::string name, Task<void> child);
    /// Cancels all present children; join() waits for them.
    void cancel();
    /// Waits until no child is left. When the caller is cancelled, so are the children, and they are still
    /// waited for.
    Task<void> join();
    std::size_t size() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

namespace detail {
Task<void> finish(TaskGroup& group);
} // namespace detail

/// Runs `body(group)`; however it ends (return, exception, cancellation), its children are cancelled and
/// joined. A body that wants its children to end by themselves awaits `group.join()`.
template <class Body>
Task<void> with_group(Executor executor, Body body)
{
    TaskGroup group(executor);
    std::exception_ptr failure;
    try {
        co_await body(group);
    } catch (...) {
        failure = std::current_exception();
    }
    // Not awaited directly: a cancelled coroutine throws at its next await.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await detail::finish(group);
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    if (failure) std::rethrow_exception(failure);
}

} // namespace wagate
