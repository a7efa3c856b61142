#include "gateway/runtime/wakeup.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace wagate {
namespace asio = boost::asio;
namespace {

/// Tells a wait that notify() ended from one that the caller's cancellation ended.
Task<void> throw_if_cancelled()
{
    auto const own = co_await asio::this_coro::cancellation_state;
    if (own.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace

struct Wakeup::State {
    explicit State(Executor const& executor) : timer(executor) {}

    asio::steady_timer timer;
    bool notified = false;
};

Wakeup::Wakeup(Executor executor) : state_(std::make_unique<State>(executor))
{}
Wakeup::~Wakeup() = default;

void Wakeup::notify()
{
    state_->notified = true;
    state_->timer.cancel();
}

Task<void> Wakeup::wait()
{
    while (!state_->notified) {
        state_->timer.expires_at(asio::steady_timer::time_point::max());
        co_await state_->timer.async_wait(awaited);
        co_await throw_if_cancelled();
    }
    state_->notified = false;
}

Task<bool> Wakeup::wait_for(Duration limit)
{
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!state_->notified && std::chrono::steady_clock::now() < end) {
        state_->timer.expires_at(end);
        co_await state_->timer.async_wait(awaited);
        co_await throw_if_cancelled();
    }
    co_return std::exchange(state_->notified, false);
}

} // namespace wagate
