#include "gateway/runtime/fair_turns.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/wakeup.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <deque>
#include <map>

namespace wagate {
namespace {

/// Of one loop, which is one thread.
struct Turns {
    using Lanes = std::map<std::string, std::deque<Wakeup*>>;
    Lanes lanes;                       ///< with somebody who waits
    std::deque<Lanes::iterator> order; ///< of their turns
    bool is_taken = false;             ///< in this round of the loop

    /// Each turn ends behind everything that the loop has ready by then.
    void end_later(Executor const& executor);
    void next(Executor const& executor);
};

Turns& turns_here()
{
    thread_local Turns turns;
    return turns;
}

/// The end of a turn: also when the loop is gone before it comes to that.
class End {
public:
    explicit End(Turns& turns) noexcept : turns_(turns) {}
    End(End const&) = delete;
    End& operator=(End const&) = delete;
    ~End()
    {
        if (!is_over_) turns_.is_taken = false;
    }
    void run(Executor const& executor)
    {
        is_over_ = true;
        turns_.next(executor);
    }

private:
    Turns& turns_;
    bool is_over_ = false;
};

void Turns::end_later(Executor const& executor)
{
    is_taken = true;
    auto const end = std::make_shared<End>(*this);
    post_to(executor, [end, executor] { end->run(executor); });
}

void Turns::next(Executor const& executor)
{
    if (order.empty()) {
        is_taken = false;
        return;
    }
    auto const lane = order.front();
    order.pop_front();
    auto* const waiter = lane->second.front();
    lane->second.pop_front();
    if (lane->second.empty())
        lanes.erase(lane);
    else
        order.push_back(lane);
    waiter->notify();
    end_later(executor);
}

/// A place in a lane, given up however the wait ends.
class Place {
public:
    Place(Turns& turns, std::string const& lane, Wakeup& waiter)
        : turns_(turns), lane_(lane), waiter_(&waiter)
    {
        auto const [at, is_new] = turns_.lanes.try_emplace(lane_);
        at->second.push_back(waiter_);
        if (is_new) turns_.order.push_back(at);
    }
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;
    ~Place()
    {
        auto const at = turns_.lanes.find(lane_);
        if (at == turns_.lanes.end() || std::erase(at->second, waiter_) == 0 || !at->second.empty()) return;
        std::erase(turns_.order, at);
        turns_.lanes.erase(at);
    }

private:
    Turns& turns_;
    std::string const& lane_;
    Wakeup* waiter_;
};

} // namespace

Task<void> take_turn(std::string lane)
{
    auto& turns = turns_here();
    Executor const executor = co_await boost::asio::this_coro::executor;
    if (!turns.is_taken) {
        turns.end_later(executor);
        co_return;
    }
    Wakeup wakeup(executor);
    Place const place(turns, lane, wakeup);
    co_await wakeup.wait();
}

} // namespace wagate
