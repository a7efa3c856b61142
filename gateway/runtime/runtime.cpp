#include "gateway/runtime/runtime.hpp"

#include "gateway/telemetry/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <list>

namespace wagate {
namespace asio = boost::asio;
namespace {

bool is_cancellation(std::exception_ptr const& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (boost::system::system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

std::string text_of(std::exception_ptr const& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& error) {
        return error.what();
    } catch (...) {
        return "unknown exception";
    }
}

} // namespace

Task<ErrorCode> detail::run_limited(Task<void> work, Duration limit)
{
    struct State {
        asio::cancellation_signal signal;
        bool expired = false;
        bool finished = false;
    };
    auto state = std::make_shared<State>();
    auto executor = co_await asio::this_coro::executor;
    auto parent = co_await asio::this_coro::cancellation_state;
    asio::steady_timer timer(executor, limit);
    timer.async_wait([state](ErrorCode error) {
        if (error || state->finished) return;
        state->expired = true;
        state->signal.emit(asio::cancellation_type::terminal);
    });
    if (auto slot = parent.slot(); slot.is_connected())
        slot.assign([state](asio::cancellation_type type) {
            if (!state->finished) state->signal.emit(type);
        });
    auto token = asio::bind_cancellation_slot(state->signal.slot(), awaited);
    auto [failure] = co_await asio::co_spawn(executor, std::move(work), token);
    state->finished = true;
    timer.cancel();
    if (auto slot = parent.slot(); slot.is_connected()) slot.clear();
    if (state->expired) co_return boost::system::errc::make_error_code(boost::system::errc::timed_out);
    if (failure) std::rethrow_exception(failure);
    co_return ErrorCode();
}

Task<void> sleep_for(Duration duration)
{
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

struct TaskGroup::State {
    State(Executor owner, FailureHandler handler)
        : executor(owner),
          drained(owner, asio::steady_timer::time_point::max()),
          on_failure(std::move(handler))
    {}

    Executor executor;
    asio::steady_timer drained;
    FailureHandler on_failure;
    std::list<asio::cancellation_signal> children;
    bool cancelled = false;
};

TaskGroup::TaskGroup(Executor executor, FailureHandler on_failure)
    : state_(std::make_unique<State>(std::move(executor), std::move(on_failure)))
{
    if (!state_->on_failure)
        state_->on_failure = [](std::string const& name, std::exception_ptr failure) {
            log::error("task failed", {{"task", name}, {"error", text_of(failure)}});
        };
}

TaskGroup::~TaskGroup()
{
    if (!state_->children.empty()) std::terminate();
}

void TaskGroup::spawn(std::string name, Task<void> child)
{
    auto* state = state_.get();
    auto place = state->children.emplace(state->children.end());
    auto finished = [state, place, name = std::move(name)](std::exception_ptr failure) {
        if (failure && !(state->cancelled && is_cancellation(failure))) state->on_failure(name, failure);
        state->children.erase(place);
        if (state->children.empty()) state->drained.cancel();
    };
    asio::co_spawn(state->executor, std::move(child),
                   asio::bind_cancellation_slot(place->slot(), std::move(finished)));
}

void TaskGroup::cancel()
{
    state_->cancelled = true;
    for (auto place = state_->children.begin(); place != state_->children.end();)
        (place++)->emit(asio::cancellation_type::terminal);
}

Task<void> TaskGroup::join()
{
    bool const throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!state_->children.empty()) {
        co_await state_->drained.async_wait(awaited);
        auto const own = co_await asio::this_coro::cancellation_state;
        if (own.cancelled() != asio::cancellation_type::none && !state_->cancelled) cancel();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
}

std::size_t TaskGroup::size() const noexcept
{
    return state_->children.size();
}

Task<void> detail::finish(TaskGroup& group)
{
    group.cancel();
    co_await group.join();
}

} // namespace wagate
