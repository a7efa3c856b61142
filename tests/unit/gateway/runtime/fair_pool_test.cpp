#include "gateway/runtime/blocking_pool.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <future>

using namespace wagate;

namespace {

/// Holds the threads of a pool until it is opened.
struct Barrier {
    std::promise<void> opening;
    std::shared_future<void> opened = opening.get_future().share();
    std::function<void()> wait() const
    {
        return [opened = opened] { opened.wait(); };
    }
};

} // namespace

TEST_CASE("lanes of a pool take turns", "[fairness]")
{
    std::vector<std::string> done;
    {
        BlockingPool pool(1, 1'000);
        Barrier barrier;
        REQUIRE(pool.try_post(barrier.wait()));
        for (int i = 0; i < 100; ++i)
            REQUIRE(pool.try_post([&done] { done.emplace_back("noisy"); }, "noisy"));
        REQUIRE(pool.try_post([&done] { done.emplace_back("quiet"); }, "quiet"));
        barrier.opening.set_value();
    }
    REQUIRE(done.size() == 101);
    CHECK(std::find(done.begin(), done.end(), "quiet") - done.begin() <= 1);
}

TEST_CASE("a lane leaves a thread to the others, and the process's own work may have them all", "[fairness]")
{
    BlockingPool pool(3, 100);
    Barrier barrier;
    std::atomic<int> started{0};
    for (int i = 0; i < 10; ++i)
        REQUIRE(pool.try_post(
            [&started, wait = barrier.wait()] {
                ++started;
                wait();
            },
            "noisy"));
    std::promise<void> ran;
    REQUIRE(pool.try_post([&ran] { ran.set_value(); }, "quiet"));
    CHECK(ran.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    CHECK(started <= 2);
    barrier.opening.set_value();
}

TEST_CASE("a lane fills half of the queue at most", "[fairness]")
{
    BlockingPool pool(1, 10);
    Barrier barrier;
    std::promise<void> started;
    REQUIRE(pool.try_post([&started, wait = barrier.wait()] {
        started.set_value();
        wait();
    }));
    started.get_future().wait();
    int taken = 0;
    while (taken < 100 && pool.try_post([] {}, "noisy"))
        ++taken;
    CHECK(taken == 5);
    CHECK(pool.try_post([] {}, "quiet"));
    barrier.opening.set_value();
}

TEST_CASE("what waits in any lane still runs when the pool ends", "[fairness]")
{
    std::atomic<int> ran{0};
    {
        BlockingPool pool(2, 1'000);
        for (int i = 0; i < 300; ++i)
            REQUIRE(pool.try_post([&ran] { ++ran; }, "lane " + std::to_string(i % 7)));
    }
    CHECK(ran == 300);
}
