#include "gateway/runtime/async_semaphore.hpp"

#include "gateway/runtime/hop.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace wagate;

namespace {

struct Fixture {
    boost::asio::io_context loop{1};
    Executor executor = loop.get_executor();
    AsyncSemaphore semaphore{executor, 1};
    Wakeup go_on{executor};
    std::vector<int> served;

    /// Takes the place, and keeps it until `go_on`.
    Task<void> hold()
    {
        auto const place = co_await semaphore.acquire();
        co_await go_on.wait();
    }
    Task<void> serve(int number, bool is_urgent = false)
    {
        auto const place = co_await semaphore.acquire(is_urgent);
        served.push_back(number);
    }
    /// On the loop, where cancelling belongs.
    void poll_with(std::function<void()> action)
    {
        post_to(executor, std::move(action));
        poll();
    }
    void poll()
    {
        loop.restart();
        loop.poll();
    }
};

} // namespace

TEST_CASE("those who wait for a place get it in the order they came", "[gateway][session]")
{
    Fixture fixture;
    TaskGroup group{fixture.executor};
    group.spawn("holder", fixture.hold());
    for (int number : {1, 2, 3})
        group.spawn("waiter", fixture.serve(number));
    fixture.poll();
    CHECK(fixture.served.empty());

    fixture.go_on.notify();
    fixture.poll();
    CHECK(fixture.served == std::vector{1, 2, 3});
    CHECK(group.size() == 0);
}

TEST_CASE("urgent ones go before those that came first, in the order they came themselves",
          "[gateway][session]")
{
    Fixture fixture;
    TaskGroup group{fixture.executor};
    group.spawn("holder", fixture.hold());
    for (int number : {1, 2})
        group.spawn("waiter", fixture.serve(number));
    for (int number : {3, 4})
        group.spawn("urgent", fixture.serve(number, true));
    fixture.poll();

    fixture.go_on.notify();
    fixture.poll();
    CHECK(fixture.served == std::vector{3, 4, 1, 2});
    CHECK(group.size() == 0);
}

TEST_CASE("one who is cancelled while waiting is passed over", "[gateway][session]")
{
    Fixture fixture;
    TaskGroup group{fixture.executor};
    TaskGroup cancelled{fixture.executor};
    group.spawn("holder", fixture.hold());
    fixture.poll();
    cancelled.spawn("waiter", fixture.serve(1));
    fixture.poll();
    group.spawn("waiter", fixture.serve(2));
    fixture.poll();

    fixture.poll_with([&] { cancelled.cancel(); });
    CHECK(cancelled.size() == 0);
    fixture.go_on.notify();
    fixture.poll();
    CHECK(fixture.served == std::vector{2});
    CHECK(group.size() == 0);
}

TEST_CASE("a place that was granted to one who is cancelled at that moment goes to the next",
          "[gateway][session]")
{
    Fixture fixture;
    TaskGroup group{fixture.executor};
    TaskGroup cancelled{fixture.executor};
    std::optional<AsyncSemaphore::Place> place;
    auto take = [&]() -> Task<void> { place.emplace(co_await fixture.semaphore.acquire()); };
    group.spawn("holder", take());
    fixture.poll();
    REQUIRE(place);
    cancelled.spawn("waiter", fixture.serve(1));
    fixture.poll();
    group.spawn("waiter", fixture.serve(2));
    fixture.poll();

    fixture.poll_with([&] {
        place.reset();
        cancelled.cancel();
    });
    CHECK(fixture.served == std::vector{2});
    CHECK(cancelled.size() == 0);
    CHECK(group.size() == 0);
}
