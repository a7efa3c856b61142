// What is known about the connection, and what follows when a session ends.
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct World : OneAccount {
    std::vector<bool> told() const
    {
        std::vector<bool> found;
        for (auto const& change : a.store.events_of<SessionHealthChanged>())
            found.push_back(change.health.healthy);
        return found;
    }
    ConnectionHealth health() { return a.engine().health(); }
    void never_answer_pings()
    {
        server.intercept = [](Jid const&, Node const& node) { return node.text("xmlns") == "w:p"; };
    }
    /// Reconnects and is refused with this.
    void refuse_login(std::string const& reason, std::string const& expire = {})
    {
        Node failure{"failure"};
        failure.set("reason", reason);
        if (!expire.empty()) failure.set("code", "101").set("expire", expire);
        say(failure);
    }
};

} // namespace

TEST_CASE("a session is healthy once it works, as its login was a round trip", "[scenario][health]")
{
    World world;
    CHECK(world.told() == std::vector<bool>{true});
    auto const health = world.health();
    CHECK(health.healthy);
    CHECK(health.last_stanza == world.clock.now.wall);
    CHECK(health.last_pong == world.clock.now.wall);
    CHECK(health.round_trip == 0ms);
    CHECK(health.offline_backlog == 0);
    world.advance(1h);
    CHECK(world.told() == std::vector<bool>{true}); // nothing new to tell
    CHECK(world.health().healthy);
    CHECK(world.clock.now.wall - *world.health().last_pong <= 30s);
}

TEST_CASE("an unanswered ping is told after ten seconds, before the connection is given up",
          "[scenario][health]")
{
    World world;
    world.a.silent = true;
    std::optional<MonotonicTime> doubtful;
    while (world.status() == SessionStatus::working) {
        world.advance(100ms);
        if (!doubtful && !world.health().healthy) doubtful = world.clock.now.monotonic;
    }
    REQUIRE(doubtful);
    CHECK(world.clock.now.monotonic - *doubtful >= 9s);
    CHECK(world.clock.now.monotonic - *doubtful <= 11s);
    CHECK(world.told() == std::vector<bool>{true, false}); // once
    world.a.silent = false;
    world.advance(5s);
    CHECK(world.status() == SessionStatus::working);
    CHECK(world.told() == std::vector<bool>{true, false, true});
}

TEST_CASE("a late pong makes the session healthy again and tells how long it took", "[scenario][health]")
{
    World world;
    std::optional<Node> ping;
    world.server.intercept = [&](Jid const&, Node const& node) {
        if (node.text("xmlns") != "w:p" || ping) return false;
        ping = node;
        return true;
    };
    while (!ping)
        world.advance(100ms);
    world.advance(12s);
    CHECK(world.told() == std::vector<bool>{true, false});
    world.say(Node{"iq"}.set("from", Jid::server_jid()).set("type", "result").set("id", ping->text("id")));
    CHECK(world.told() == std::vector<bool>{true, false, true});
    CHECK(world.health().round_trip >= 12s);
    CHECK(world.health().round_trip <= 12'100ms);
    CHECK(world.a.opened.size() == 2);
}

TEST_CASE("a server that talks and never answers pings is given up 60 seconds after the last round trip",
          "[scenario][health]")
{
    World world;
    world.never_answer_pings();
    auto const proven = world.clock.now.monotonic;
    while (world.status() == SessionStatus::working && world.clock.now.monotonic < proven + 10min) {
        world.advance(1s);
        if (world.status() == SessionStatus::working)
            world.say(Node{"presence"}.set("from", Jid::hidden("900000000000009")).set("type", "available"));
    }
    CHECK(world.reason() == StatusReason::keepalive_timeout);
    CHECK(world.clock.now.monotonic - proven >= 59s);
    CHECK(world.clock.now.monotonic - proven <= 61s);
    CHECK(world.told() == std::vector<bool>{true, false});
}

TEST_CASE("a lost connection is told and a stopped session is not", "[scenario][health]")
{
    World world;
    world.a.drop_link();
    world.run();
    CHECK(world.told() == std::vector<bool>{true, false});
    CHECK_FALSE(world.health().healthy);
    world.advance(5s);
    CHECK(world.told() == std::vector<bool>{true, false, true});
    world.a.stop();
    world.run();
    CHECK(world.told() == std::vector<bool>{true, false, true});
    CHECK_FALSE(world.health().healthy);
}

TEST_CASE("the offline backlog is what was announced and not delivered yet", "[scenario][health]")
{
    World world;
    world.a.stop();
    world.run();
    auto& ben = world.server.add_account("4915100000002", "900000000000002", "Ben");
    for (int i = 0; i < 10; ++i)
        world.server.send_text(ben, world.anna.lid, "hello", "B" + std::to_string(i));
    world.server.offline_primer = 4;
    world.server.intercept = [](Jid const&, Node const& node) {
        return node.child("offline_batch") != nullptr;
    };
    world.a.start();
    world.run();
    CHECK(world.health().offline_backlog == 6);
    world.server.intercept = {};
    world.advance(1s);
    CHECK(world.health().offline_backlog == 0);
}

TEST_CASE("a temporary ban is over by itself when the server's time has passed",
          "[scenario][health][restart]")
{
    World world;
    world.refuse_login("402", "7200");
    CHECK(world.status() == SessionStatus::failed);
    CHECK(world.reason() == StatusReason::temporarily_banned);
    world.advance(7'190s);
    CHECK(world.status() == SessionStatus::failed);
    CHECK(world.a.opened.size() == 2);
    world.advance(20s);
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("a banned session that is stopped stays stopped, and one that is started does not wait",
          "[scenario][health][restart]")
{
    World world;
    world.refuse_login("402", "7200");
    if (GENERATE(true, false)) {
        world.a.stop();
        world.advance(3h);
        CHECK(world.status() == SessionStatus::stopped);
        CHECK(world.a.opened.size() == 2);
    } else {
        world.a.start();
        world.run();
        CHECK(world.status() == SessionStatus::working);
        world.advance(3h);
        CHECK(world.a.opened.size() == 3);
    }
}

TEST_CASE("a login that fails inside the server is tried again, one that is refused is not",
          "[scenario][health][restart]")
{
    World world;
    auto const code =
        GENERATE(as<std::string>{}, "500", "501", "503", "550", "400", "405", "406", "409", "418");
    INFO(code);
    world.refuse_login(code);
    auto const is_internal = code[0] == '5';
    CHECK(world.status() == (is_internal ? SessionStatus::starting : SessionStatus::failed));
    world.advance(1h);
    CHECK(world.status() == (is_internal ? SessionStatus::working : SessionStatus::failed));
}
