#include "gateway/runtime/fair_turns.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <algorithm>

using namespace wagate;

namespace {

Task<void> work(std::string lane, std::vector<std::string>& done)
{
    co_await take_turn(lane);
    done.push_back(lane);
}

} // namespace

TEST_CASE("who has one piece of work waits for one of everybody else's at most", "[fairness]")
{
    boost::asio::io_context loop(1);
    std::vector<std::string> done;
    for (int i = 0; i < 100; ++i)
        boost::asio::co_spawn(loop, work("noisy", done), boost::asio::detached);
    boost::asio::co_spawn(loop, work("quiet", done), boost::asio::detached);
    loop.run();
    REQUIRE(done.size() == 101);
    auto const place = std::find(done.begin(), done.end(), "quiet") - done.begin();
    CHECK(place <= 2);
}

TEST_CASE("lanes take turns, and each keeps its order", "[fairness]")
{
    boost::asio::io_context loop(1);
    std::vector<std::string> done;
    boost::asio::co_spawn(loop, work("first", done), boost::asio::detached);
    for (int i = 0; i < 3; ++i)
        for (auto const* lane : {"a", "b", "c"})
            boost::asio::co_spawn(loop, work(lane, done), boost::asio::detached);
    loop.run();
    CHECK(done == std::vector<std::string>{"first", "a", "b", "c", "a", "b", "c", "a", "b", "c"});
}

TEST_CASE("a loop that ends in the middle of a turn leaves nothing behind", "[fairness]")
{
    std::vector<std::string> done;
    {
        boost::asio::io_context loop(1);
        boost::asio::co_spawn(loop, work("a", done), boost::asio::detached);
        loop.run_one();
    }
    boost::asio::io_context loop(1);
    boost::asio::co_spawn(loop, work("b", done), boost::asio::detached);
    loop.run();
    CHECK(done.back() == "b");
}
