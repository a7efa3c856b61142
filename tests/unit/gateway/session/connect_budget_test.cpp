#include "gateway/session/connect_budget.hpp"

#include "gateway/runtime/hop.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

using namespace wagate;
using namespace wagate::gateway;
using namespace std::chrono_literals;

namespace {

/// A budget on a virtual clock: who pauses sleeps until the test moves the clock there.
struct World {
    boost::asio::io_context loop{1};
    Executor executor = loop.get_executor();
    ConnectQueue::Time now{1h};
    std::vector<std::pair<ConnectQueue::Time, Wakeup*>> sleepers;
    ConnectBudget budget;
    std::vector<std::pair<int, Duration>> opened; ///< who, and when after the start
    std::vector<int> given_up;
    std::deque<ConnectBudget::Turn> turns;
    TaskGroup group{executor};

    World(double per_second, double burst)
        : budget(per_second, burst,
                 {.now = [this] { return now; },
                  .pause = [this](Wakeup& early, Duration duration) { return sleep(early, duration); }})
    {}

    Task<void> sleep(Wakeup& early, Duration duration)
    {
        sleepers.emplace_back(now + duration, &early);
        co_await early.wait();
        std::erase_if(sleepers, [&](auto const& sleeper) { return sleeper.second == &early; });
    }
    Task<void> open(ConnectBudget::Turn& turn, int who, bool is_urgent)
    {
        bool const has_turn = co_await turn.wait(is_urgent);
        if (has_turn)
            opened.emplace_back(who, now - ConnectQueue::Time{1h});
        else
            given_up.push_back(who);
    }
    ConnectBudget::Turn& start(int who, bool is_urgent = false)
    {
        auto& turn = turns.emplace_back(budget, executor);
        group.spawn("open", open(turn, who, is_urgent));
        poll();
        return turn;
    }
    void poll()
    {
        loop.restart();
        loop.poll();
    }
    /// Moves the clock from one wake-up to the next until nobody sleeps, or until `end` after the start.
    void run(Duration end = 24h)
    {
        while (!sleepers.empty()) {
            auto const next = std::min_element(sleepers.begin(), sleepers.end());
            if (next->first > ConnectQueue::Time{1h} + end) break;
            now = std::max(now, next->first);
            next->second->notify();
            poll();
        }
    }
    std::vector<int> order() const
    {
        std::vector<int> order;
        for (auto const& [who, when] : opened)
            order.push_back(who);
        return order;
    }
};

} // namespace

TEST_CASE("a burst goes at once and the rest at the rate, first come first served", "[gateway][session]")
{
    World world{10, 3};
    for (int who = 0; who < 8; ++who)
        world.start(who);
    CHECK(world.order() == std::vector{0, 1, 2});
    world.run();
    CHECK(world.order() == std::vector{0, 1, 2, 3, 4, 5, 6, 7});
    for (std::size_t i = 3; i < 8; ++i) {
        auto const when = world.opened[i].second;
        CHECK(when >= (i - 2) * 100ms);
        CHECK(when <= (i - 2) * 100ms + 5ms);
    }
}

TEST_CASE("a session with unfinished sends goes before those that came first", "[gateway][session]")
{
    World world{10, 1};
    for (int who = 0; who < 4; ++who)
        world.start(who);
    world.start(4, true);
    world.start(5, true);
    world.run();
    CHECK(world.order() == std::vector{0, 4, 5, 1, 2, 3});
}

TEST_CASE("who gives up costs no turn and holds up nobody", "[gateway][session]")
{
    World world{10, 1};
    world.start(0);
    auto& first = world.start(1);
    world.start(2);
    first.give_up();
    world.poll();
    CHECK(world.given_up == std::vector{1});
    world.run();
    CHECK(world.order() == std::vector{0, 2});
    // Woken when its old turn would have been; its new one is the one that was given up.
    CHECK(world.opened.back().second <= 205ms);
}

TEST_CASE("who is cancelled in the line leaves it", "[gateway][session]")
{
    World world{10, 1};
    world.start(0);
    TaskGroup cancelled{world.executor};
    auto& turn = world.turns.emplace_back(world.budget, world.executor);
    cancelled.spawn("open", world.open(turn, 1, true));
    world.poll();
    world.start(2);
    post_to(world.executor, [&] { cancelled.cancel(); });
    world.poll();
    CHECK(cancelled.size() == 0);
    std::erase_if(world.sleepers, [&](auto const& sleeper) { return sleeper.first == world.now + 100ms; });
    world.run();
    CHECK(world.order() == std::vector{0, 2});
}

TEST_CASE("quiet time gives back the burst and no more", "[gateway][session]")
{
    World world{10, 2};
    for (int who = 0; who < 2; ++who)
        world.start(who);
    world.now += 1h;
    for (int who = 2; who < 6; ++who)
        world.start(who);
    CHECK(world.order() == std::vector{0, 1, 2, 3});
    world.run();
    CHECK(world.order().size() == 6);
}

TEST_CASE("a thousand sessions are back within the time that their number and the rate give",
          "[gateway][session]")
{
    World world{250, 100};
    for (int who = 0; who < 1'000; ++who)
        world.start(who);
    world.run();
    REQUIRE(world.opened.size() == 1'000);
    CHECK(world.opened.back().second >= 3'600ms);
    CHECK(world.opened.back().second <= 3'650ms);
}
