#include "gateway/runtime/runtime.hpp"

#include "gateway/runtime/wakeup.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include <stdexcept>

using namespace wagate;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Runs a coroutine to its end on a loop of its own; rethrows what it threw.
void run(Task<void> task)
{
    asio::io_context loop{1};
    std::exception_ptr failure;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr thrown) { failure = thrown; });
    loop.run();
    if (failure) std::rethrow_exception(failure);
}

Task<int> seven()
{
    co_await sleep_for(0ms);
    co_return 7;
}

/// Waits for ever unless cancelled, and tells when it has ended.
Task<int> endless(bool& ended)
{
    struct Tell {
        bool& flag;
        ~Tell() { flag = true; }
    } const tell{ended};
    co_await sleep_for(24h);
    co_return 0;
}

Task<int> failing()
{
    co_await sleep_for(0ms);
    throw std::runtime_error("boom");
}

Task<Result<int>> refusing()
{
    co_await sleep_for(0ms);
    co_return boost::system::errc::make_error_code(boost::system::errc::permission_denied);
}

Task<void> nothing()
{
    co_await sleep_for(0ms);
}

Task<void> endless_child(bool& ended)
{
    co_await endless(ended);
}

Task<void> failing_child()
{
    co_await failing();
}

} // namespace

TEST_CASE("a result that is there in time passes through a limit", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto const value = co_await with_timeout(seven(), 1h);
        CHECK(value.value() == 7);
        auto const none = co_await with_timeout(nothing(), 1h);
        CHECK(none.has_value());
    }());
}

TEST_CASE("the error of the work stays one result under a limit", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        Result<int> const value = co_await with_timeout(refusing(), 1h);
        CHECK(value.error() == boost::system::errc::permission_denied);
    }());
}

TEST_CASE("work over its limit is cancelled and has ended when the caller goes on", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        bool ended = false;
        auto const value = co_await with_timeout(endless(ended), 1ms);
        CHECK(value.error() == boost::system::errc::timed_out);
        CHECK(ended);
    }());
}

TEST_CASE("an exception of the work passes through a limit", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        bool caught = false;
        try {
            co_await with_timeout(failing(), 1h);
        } catch (std::runtime_error const&) {
            caught = true;
        }
        CHECK(caught);
    }());
}

TEST_CASE("the outer of two nested limits ends the inner work", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        bool ended = false;
        auto const value = co_await with_timeout(with_timeout(endless(ended), 1h), 1ms);
        CHECK(value.error() == boost::system::errc::timed_out);
        CHECK(ended);
    }());
}

TEST_CASE("many short limits in a row neither leak nor mix up", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        int timed_out = 0;
        int finished = 0;
        for (int i = 0; i < 500; ++i) {
            bool ended = false;
            auto const late = co_await with_timeout(endless(ended), 0ms);
            timed_out += late.has_error() && ended ? 1 : 0;
            auto const value = co_await with_timeout(seven(), 1h);
            finished += value.has_value() ? 1 : 0;
        }
        CHECK(timed_out == 500);
        CHECK(finished == 500);
    }());
}

TEST_CASE("join waits for every child", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor);
        group.spawn("one", nothing());
        group.spawn("two", nothing());
        co_await group.join();
        CHECK(group.size() == 0);
    }());
}

TEST_CASE("cancelled children end without being reported as failures", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        int failures = 0;
        bool ended = false;
        TaskGroup group(executor, [&](std::string const&, std::exception_ptr) { ++failures; });
        group.spawn("endless", endless_child(ended));
        co_await sleep_for(0ms);
        group.cancel();
        co_await group.join();
        CHECK(ended);
        CHECK(failures == 0);
    }());
}

TEST_CASE("a child that throws is reported by name and leaves the others running", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        std::string failed;
        bool ended = false;
        TaskGroup group(executor, [&](std::string const& name, std::exception_ptr) { failed = name; });
        group.spawn("bad", failing_child());
        group.spawn("good", endless_child(ended));
        while (failed.empty())
            co_await sleep_for(0ms);
        CHECK(failed == "bad");
        CHECK_FALSE(ended);
        group.cancel();
        co_await group.join();
    }());
}

TEST_CASE("cancelling a coroutine that joins cancels its children and still joins them", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        bool ended = false;
        auto owner = [](bool& child_ended) -> Task<void> {
            auto executor = co_await asio::this_coro::executor;
            TaskGroup group(executor);
            group.spawn("endless", endless_child(child_ended));
            co_await group.join();
        };
        auto const outcome = co_await with_timeout(owner(ended), 1ms);
        CHECK(outcome.error() == boost::system::errc::timed_out);
        CHECK(ended);
    }());
}

TEST_CASE("a scoped group joins its children when the body throws", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        bool ended = false;
        bool caught = false;
        auto body = [&](TaskGroup& group) -> Task<void> {
            group.spawn("endless", endless_child(ended));
            co_await failing();
        };
        try {
            co_await with_group(executor, std::ref(body));
        } catch (std::runtime_error const&) {
            caught = true;
        }
        CHECK(caught);
        CHECK(ended);
    }());
}

TEST_CASE("a scoped group joins its children when its owner is cancelled", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        bool child_ended = false;
        bool body_ended = false;
        auto body = [&](TaskGroup& group) -> Task<void> {
            group.spawn("endless", endless_child(child_ended));
            co_await endless(body_ended);
        };
        auto const outcome = co_await with_timeout(with_group(executor, std::ref(body)), 1ms);
        CHECK(outcome.error() == boost::system::errc::timed_out);
        CHECK(child_ended);
        CHECK(body_ended);
    }());
}

TEST_CASE("a wake-up that came before the wait is not lost", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        Wakeup wakeup(executor);
        wakeup.notify();
        co_await wakeup.wait();
        auto const again = co_await wakeup.wait_for(0ms);
        CHECK_FALSE(again);
    }());
}

TEST_CASE("a waiting coroutine goes on when notified", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        Wakeup wakeup(executor);
        auto notifier = [](Wakeup& target) -> Task<void> {
            co_await sleep_for(0ms);
            target.notify();
        };
        TaskGroup group(executor);
        group.spawn("notifier", notifier(wakeup));
        auto const notified = co_await wakeup.wait_for(1h);
        CHECK(notified);
        co_await group.join();
    }());
}

TEST_CASE("a cancelled wait throws instead of passing for a wake-up", "[gateway][runtime]")
{
    run([]() -> Task<void> {
        auto executor = co_await asio::this_coro::executor;
        Wakeup wakeup(executor);
        bool passed = false;
        auto waiter = [](Wakeup& target, bool& flag) -> Task<void> {
            co_await target.wait();
            flag = true;
        };
        auto const outcome = co_await with_timeout(waiter(wakeup, passed), 1ms);
        CHECK(outcome.error() == boost::system::errc::timed_out);
        CHECK_FALSE(passed);
    }());
}
