#pragma once
// From one event loop to another and back, without sharing anything between their threads.
#include "gateway/runtime/runtime.hpp"

namespace wagate {

namespace detail {
Task<void> run_elsewhere(Executor target, Task<void> work);
void run_and_wait(Executor const& target, Task<void> work);
} // namespace detail

/// Runs `work` on `target` and resumes the caller on its own executor with the result; exceptions travel too.
/// Cancelling the caller cancels the work (by a post to its thread); the caller resumes when the work has
/// ended. Arguments of `work` live on both threads in turn: pass them by value. `target`'s loop must be
/// running.
template <class T>
Task<T> run_on(Executor target, Task<T> work)
{
    if constexpr (std::is_void_v<T>) {
        co_await detail::run_elsewhere(std::move(target), std::move(work));
    } else {
        std::optional<T> value;
        co_await detail::run_elsewhere(std::move(target), detail::store_into(std::move(work), value));
        co_return std::move(*value);
    }
}

/// Blocks the calling thread until `work` has ended on `target`. For main() and tests; never on an event
/// loop.
template <class T>
T wait_on(Executor const& target, Task<T> work)
{
    if constexpr (std::is_void_v<T>) {
        detail::run_and_wait(target, std::move(work));
    } else {
        std::optional<T> value;
        detail::run_and_wait(target, detail::store_into(std::move(work), value));
        return std::move(*value);
    }
}

/// Runs `action` on the thread of `target`, from any thread, never inside this call.
void post_to(Executor const& target, std::function<void()> action);

} // namespace wagate
