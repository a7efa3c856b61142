#include "gateway/session/connect_budget.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

constexpr auto shortest_pause = std::chrono::milliseconds(1);

Task<void> wait_real_time(Wakeup& early, Duration duration)
{
    co_await early.wait_for(duration);
}

/// A place in the line that is given up however the wait ends.
class Place {
public:
    Place(ConnectQueue& queue, bool is_urgent) : queue_(queue), number_(queue.enter(is_urgent)) {}
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;
    ~Place() { queue_.leave(number_); }
    ConnectQueue::Number const& number() const noexcept { return number_; }

private:
    ConnectQueue& queue_;
    ConnectQueue::Number number_;
};

} // namespace

ConnectQueue::ConnectQueue(double per_second, double burst)
    : per_second_(per_second), burst_(std::max(burst, 1.0)), tokens_(burst_)
{}

ConnectQueue::Number ConnectQueue::enter(bool is_urgent)
{
    std::lock_guard const lock{mutex_};
    Number const number{is_urgent ? 0 : 1, next_++};
    line_.insert(number);
    return number;
}

std::optional<Duration> ConnectQueue::try_take(Number number, Time now)
{
    std::lock_guard const lock{mutex_};
    auto const place = line_.find(number);
    if (place == line_.end()) return std::nullopt;
    if (refilled_) {
        std::chrono::duration<double> const passed = std::max(now - *refilled_, Duration::zero());
        tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
    }
    refilled_ = now;
    // Those ahead keep their tokens even when they wake up later than this one.
    auto const needed = static_cast<double>(std::distance(line_.begin(), place)) + 1;
    if (tokens_ >= needed) {
        line_.erase(place);
        tokens_ -= 1;
        return std::nullopt;
    }
    std::chrono::duration<double> const left{(needed - tokens_) / per_second_};
    return std::max<Duration>(std::chrono::ceil<Duration>(left), shortest_pause);
}

void ConnectQueue::leave(Number number)
{
    std::lock_guard const lock{mutex_};
    line_.erase(number);
}

ConnectBudget::ConnectBudget(double per_second, double burst, Pace pace)
    : queue_(per_second, burst), pace_(std::move(pace))
{
    if (!pace_.now) pace_.now = [] { return std::chrono::steady_clock::now(); };
    if (!pace_.pause) pace_.pause = wait_real_time;
}

Task<bool> ConnectBudget::Turn::wait(bool is_urgent)
{
    Place const place{budget_.queue_, is_urgent};
    while (!is_given_up_) {
        auto const left = budget_.queue_.try_take(place.number(), budget_.pace_.now());
        if (!left) co_return true;
        auto pausing = budget_.pace_.pause(wakeup_, *left);
        co_await std::move(pausing);
    }
    co_return false;
}

void ConnectBudget::Turn::give_up()
{
    is_given_up_ = true;
    wakeup_.notify();
}

} // namespace wagate::gateway
