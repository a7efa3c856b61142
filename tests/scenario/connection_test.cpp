// Keepalive and reconnecting (protocol.md 3.6).
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

using World = OneAccount;

bool within_tenth(Milliseconds actual, Milliseconds expected)
{
    return actual >= expected - expected / 10 && actual <= expected + expected / 10;
}

} // namespace

TEST_CASE("the server's ping is answered", "[scenario][connection]")
{
    World world;
    world.server.log.clear();
    world.say(Node{"iq"}
                  .set("from", Jid::server_jid())
                  .set("id", "ping-1")
                  .set("type", "get")
                  .set("xmlns", "urn:xmpp:ping"));
    auto const answers = world.server.seen(world.a.lid(), "iq");
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].text("type") == "result");
    CHECK(answers[0].text("id") == "ping-1");
}

TEST_CASE("the connection is pinged every 15 to 30 seconds", "[scenario][connection]")
{
    World world;
    world.server.log.clear();
    world.advance(10min);
    auto const pings = world.requests();
    CHECK(pings.size() >= 20);
    CHECK(pings.size() <= 40);
    CHECK(
        std::all_of(pings.begin(), pings.end(), [](std::string const& request) { return request == "w:p"; }));
    CHECK(world.status() == SessionStatus::working);
    CHECK(world.a.opened.size() == 2);
}

TEST_CASE("a connection on which nothing arrives for 20 seconds after a ping is given up",
          "[scenario][connection]")
{
    World world;
    world.a.silent = true;
    auto const since = world.clock.now.monotonic;
    while (world.status() == SessionStatus::working && world.clock.now.monotonic < since + 5min)
        world.advance(1s);
    CHECK(world.reason() == StatusReason::keepalive_timeout);
    CHECK(world.clock.now.monotonic - since >= 35s);
    CHECK(world.clock.now.monotonic - since <= 51s);
    world.a.silent = false;
    world.advance(3s);
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("a server that never answers the hello is given up after 20 seconds", "[scenario][connection]")
{
    World world;
    world.a.drop_link();
    world.a.silent = true;
    world.advance(1200ms);
    CHECK(world.a.opened.size() == 3);
    world.advance(20s);
    CHECK(world.reason() == StatusReason::handshake_failed);
}

TEST_CASE("reconnecting waits 1, 1, 2, 3, 5, 8 … seconds, 15 minutes at most", "[scenario][connection]")
{
    World world;
    world.advance(31s); // a stable connection: the schedule starts over
    world.a.opened.clear();
    world.a.reachable = false;
    auto previous = world.clock.now.monotonic;
    world.a.drop_link();
    world.advance(3h);
    auto const& opened = world.a.opened;
    REQUIRE(opened.size() > 18);
    std::vector<std::chrono::seconds> const expected{1s,  1s,  2s,   3s,   5s,   8s,   13s,  21s, 34s,
                                                     55s, 89s, 144s, 233s, 377s, 610s, 900s, 900s};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("attempt " << i);
        CHECK(within_tenth(std::chrono::duration_cast<Milliseconds>(opened[i] - previous), expected[i]));
        previous = opened[i];
    }
    CHECK(world.status() == SessionStatus::starting);
    world.a.reachable = true;
    world.advance(17min);
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("a connection that does not stay up does not reset the schedule", "[scenario][connection]")
{
    World world;
    world.advance(31s);
    std::vector<Milliseconds> pauses;
    for (int i = 0; i < 4; ++i) {
        auto const since = world.clock.now.monotonic;
        world.a.drop_link();
        world.run();
        while (world.status() != SessionStatus::working)
            world.advance(100ms);
        pauses.push_back(std::chrono::duration_cast<Milliseconds>(world.clock.now.monotonic - since));
    }
    CHECK(pauses[3] >= 2700ms);
    CHECK(pauses[0] <= 1200ms);
}

TEST_CASE("stopping closes the connection and nothing reconnects", "[scenario][connection]")
{
    World world;
    world.a.stop();
    world.run();
    CHECK(world.status() == SessionStatus::stopped);
    CHECK(world.a.store.statuses().back() == "STOPPED requested");
    world.advance(1h);
    CHECK(world.a.opened.size() == 2);
    world.a.start();
    world.run();
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("stopping while waiting to reconnect cancels the attempt", "[scenario][connection]")
{
    World world;
    world.a.drop_link();
    world.run();
    CHECK(world.status() == SessionStatus::starting);
    world.a.stop();
    world.advance(1h);
    CHECK(world.a.opened.size() == 2);
    CHECK(world.status() == SessionStatus::stopped);
}
