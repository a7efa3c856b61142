// Everything that crosses threads: hops, the blocking pool, event loops, the watchdog.
#include "gateway/runtime/backoff.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/loop_watchdog.hpp"
#include "gateway/telemetry/log.hpp"

#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>

using namespace wagate;
using namespace std::chrono_literals;

namespace {

Task<std::thread::id> thread_here()
{
    co_await sleep_for(0ms);
    co_return std::this_thread::get_id();
}

Task<int> throwing()
{
    co_await sleep_for(0ms);
    throw std::runtime_error("boom");
}

Task<void> endless(std::atomic<bool>& ended)
{
    struct Tell {
        std::atomic<bool>& flag;
        ~Tell() { flag = true; }
    } const tell{ended};
    co_await sleep_for(24h);
}

/// A gate that a test opens.
struct Gate {
    std::promise<void> promise;
    std::shared_future<void> opened{promise.get_future().share()};

    void open() { promise.set_value(); }
};

class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint32_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> target) override
    {
        for (auto& byte : target)
            byte = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937 engine_;
};

} // namespace

TEST_CASE("a coroutine hops to another loop and comes back with the result", "[gateway][runtime]")
{
    EventLoops loops(2);
    loops.start();
    auto const home = wait_on(loops.executor(0), thread_here());
    auto const away = wait_on(loops.executor(1), thread_here());
    REQUIRE(home != away);

    auto trip = [](Executor target) -> Task<std::pair<std::thread::id, std::thread::id>> {
        auto const there = co_await run_on(target, thread_here());
        co_return std::make_pair(there, std::this_thread::get_id());
    };
    for (int i = 0; i < 200; ++i) {
        auto const [there, back] = wait_on(loops.executor(0), trip(loops.executor(1)));
        REQUIRE(there == away);
        REQUIRE(back == home);
    }
}

TEST_CASE("an exception on the other loop arrives at the caller", "[gateway][runtime]")
{
    EventLoops loops(2);
    loops.start();
    auto trip = [](Executor target) -> Task<void> { co_await run_on(target, throwing()); };
    CHECK_THROWS_AS(wait_on(loops.executor(0), trip(loops.executor(1))), std::runtime_error);
}

TEST_CASE("a limit on a hop cancels the work on its own thread", "[gateway][runtime]")
{
    EventLoops loops(2);
    loops.start();
    auto trip = [](Executor target, std::atomic<bool>& flag) -> Task<Result<void>> {
        co_return co_await with_timeout(run_on(target, endless(flag)), 1ms);
    };
    for (int i = 0; i < 50; ++i) {
        std::atomic<bool> ended = false;
        auto const outcome = wait_on(loops.executor(0), trip(loops.executor(1), ended));
        REQUIRE(outcome.error() == boost::system::errc::timed_out);
        REQUIRE(ended);
    }
}

TEST_CASE("many coroutines hop in both directions at once", "[gateway][runtime]")
{
    EventLoops loops(2);
    loops.start();
    auto commuter = [](Executor target, std::atomic<int>& trips) -> Task<void> {
        for (int i = 0; i < 100; ++i) {
            co_await run_on(target, thread_here());
            ++trips;
        }
    };
    auto crowd = [&](Executor own, Executor target, std::atomic<int>& trips) -> Task<void> {
        TaskGroup group(own);
        for (int i = 0; i < 10; ++i)
            group.spawn("commuter", commuter(target, trips));
        co_await group.join();
    };
    std::atomic<int> trips = 0;
    auto other = std::async(std::launch::async, [&] {
        wait_on(loops.executor(1), crowd(loops.executor(1), loops.executor(0), trips));
    });
    wait_on(loops.executor(0), crowd(loops.executor(0), loops.executor(1), trips));
    other.get();
    CHECK(trips == 2'000);
}

TEST_CASE("a blocking call runs on the pool and resumes on the caller's loop", "[gateway][runtime]")
{
    EventLoops loops(1);
    loops.start();
    BlockingPool pool(2, 8);
    struct Places {
        std::thread::id before, during, after;
    };
    auto caller = [](BlockingPool& target) -> Task<Places> {
        Places places;
        places.before = std::this_thread::get_id();
        auto during = co_await run_blocking(target, [] { return std::this_thread::get_id(); });
        places.during = during.value();
        places.after = std::this_thread::get_id();
        co_return places;
    };
    auto const places = wait_on(loops.executor(0), caller(pool));
    CHECK(places.during != places.before);
    CHECK(places.after == places.before);
}

TEST_CASE("a full pool refuses instead of growing", "[gateway][runtime]")
{
    EventLoops loops(1);
    loops.start();
    BlockingPool pool(1, 1);
    Gate gate;
    Gate started;
    REQUIRE(pool.try_post([&] {
        started.open();
        gate.opened.wait();
    }));
    started.opened.wait();
    REQUIRE(pool.try_post([] {}));
    auto caller = [](BlockingPool& target) -> Task<Result<int>> {
        co_return co_await run_blocking(target, [] { return 1; });
    };
    auto const refused = wait_on(loops.executor(0), caller(pool));
    CHECK(refused.error() == RuntimeErrc::overloaded);
    gate.open();
}

TEST_CASE("an exception of a blocking call arrives at the caller", "[gateway][runtime]")
{
    EventLoops loops(1);
    loops.start();
    BlockingPool pool(1, 1);
    auto caller = [](BlockingPool& target) -> Task<void> {
        co_await run_blocking(target, [] { throw std::runtime_error("boom"); });
    };
    CHECK_THROWS_AS(wait_on(loops.executor(0), caller(pool)), std::runtime_error);
}

TEST_CASE("a pool that goes runs what is waiting", "[gateway][runtime]")
{
    std::atomic<int> ran = 0;
    {
        BlockingPool pool(1, 100);
        for (int i = 0; i < 50; ++i)
            REQUIRE(pool.try_post([&] { ++ran; }));
    }
    CHECK(ran == 50);
}

TEST_CASE("one hash always means the same loop", "[gateway][runtime]")
{
    EventLoops loops(3);
    CHECK(loops.executor_for(7) == loops.executor_for(7));
    CHECK(loops.executor_for(7) == loops.executor_for(10));
    CHECK(loops.executor_for(7) != loops.executor_for(8));
}

TEST_CASE("a handler that throws does not end its loop", "[gateway][runtime]")
{
    std::atomic<int> lines = 0;
    log::redirect([&](std::string_view) { ++lines; });
    EventLoops loops(1);
    loops.start();
    post_to(loops.executor(0), [] { throw std::runtime_error("boom"); });
    auto const alive = wait_on(loops.executor(0), thread_here());
    log::redirect({});
    CHECK(alive != std::this_thread::get_id());
    CHECK(lines == 1);
}

TEST_CASE("the watchdog reports a blocked loop by its number", "[gateway][runtime]")
{
    EventLoops loops(2);
    loops.start();
    std::promise<std::size_t> reported;
    Gate gate;
    {
        LoopWatchdog watchdog(loops, [&](std::size_t loop) { reported.set_value(loop); }, 5ms);
        post_to(loops.executor(1), [&] { gate.opened.wait(); });
        CHECK(reported.get_future().get() == 1);
    }
    gate.open();
}

TEST_CASE("pauses grow to their limit and start over after a success", "[gateway][runtime]")
{
    SeededRandom random(7);
    Backoff backoff(100ms, 1'000ms);
    Milliseconds longest{};
    for (int i = 0; i < 200; ++i) {
        auto const pause = backoff.next(random);
        REQUIRE(pause >= 1ms);
        REQUIRE(pause <= 1'000ms);
        longest = std::max(longest, pause);
    }
    CHECK(longest > 800ms);
    backoff.reset();
    CHECK(backoff.next(random) <= 100ms);
}
