#include "gateway/session/alarm.hpp"

#include <boost/asio/steady_timer.hpp>

namespace wagate::gateway {

struct Alarm::State {
    State(Executor const& executor, std::function<void()> call) : timer(executor), action(std::move(call)) {}
    boost::asio::steady_timer timer;
    std::function<void()> action;
};

Alarm::Alarm(Executor executor, std::function<void()> action)
    : state_(std::make_shared<State>(executor, std::move(action)))
{}

Alarm::~Alarm()
{
    state_->action = nullptr;
    state_->timer.cancel();
}

void Alarm::set(MonotonicTime time)
{
    state_->timer.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(time));
    state_->timer.async_wait([state = state_](boost::system::error_code error) {
        if (error || !state->action) return;
        // A wait that had already completed when the time was moved comes too early: the newer one will come.
        if (state->timer.expiry() > std::chrono::steady_clock::now()) return;
        state->action();
    });
}

void Alarm::cancel()
{
    state_->timer.cancel();
}

} // namespace wagate::gateway
