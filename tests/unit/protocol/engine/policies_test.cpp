#include "protocol/engine/policies.hpp"

#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::engine;
using namespace std::chrono_literals;
using Action = KeepalivePolicy::Action;

namespace {

MonotonicTime const start{1'000s};

} // namespace

TEST_CASE("pings come 15 to 30 seconds apart, spread over the whole range", "[engine][keepalive]")
{
    testing::SeededRandom random{1};
    KeepalivePolicy policy;
    Milliseconds shortest = 1h;
    Milliseconds longest = 0s;
    for (int i = 0; i < 500; ++i) {
        policy.start(start, random);
        auto const wait = std::chrono::duration_cast<Milliseconds>(*policy.next() - start);
        shortest = std::min(shortest, wait);
        longest = std::max(longest, wait);
    }
    CHECK(shortest >= 15s);
    CHECK(shortest < 15'500ms);
    CHECK(longest <= 30s);
    CHECK(longest > 29'500ms);
}

TEST_CASE("a ping without anything received for 20 seconds means that the connection is dead",
          "[engine][keepalive]")
{
    testing::SeededRandom random{2};
    KeepalivePolicy policy;
    policy.start(start, random);
    auto const ping_at = *policy.next();
    CHECK(policy.on_time(ping_at - 1ms, random) == Action::none);
    REQUIRE(policy.on_time(ping_at, random) == Action::ping);
    CHECK(*policy.next() <= ping_at + 20s);
    auto second = Action::none;
    for (auto now = ping_at + 1ms; now < ping_at + 20s; now += 100ms)
        if (auto const action = policy.on_time(now, random); action != Action::none) second = action;
    CHECK(second != Action::dead); // another ping may have been due; it does not move the deadline
    CHECK(policy.on_time(ping_at + 20s, random) == Action::dead);
}

TEST_CASE("anything received keeps the connection", "[engine][keepalive]")
{
    testing::SeededRandom random{3};
    KeepalivePolicy policy;
    policy.start(start, random);
    auto const ping_at = *policy.next();
    REQUIRE(policy.on_time(ping_at, random) == Action::ping);
    policy.on_received();
    CHECK(policy.on_time(ping_at + 14s, random) == Action::none);
    for (int i = 0; i < 20; ++i) {
        auto const next = *policy.next();
        CHECK(policy.on_time(next, random) == Action::ping);
        policy.on_received();
    }
}

TEST_CASE("a stopped keepalive wants nothing", "[engine][keepalive]")
{
    testing::SeededRandom random{4};
    KeepalivePolicy policy;
    policy.start(start, random);
    policy.stop();
    CHECK_FALSE(policy.next());
    CHECK(policy.on_time(start + 1h, random) == Action::none);
}

TEST_CASE("pauses between attempts grow as Fibonacci numbers up to 15 minutes, give or take a tenth",
          "[engine][reconnect]")
{
    testing::SeededRandom random{5};
    ReconnectPolicy policy;
    for (auto const seconds : {1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 900, 900, 900}) {
        INFO(seconds);
        auto const pause = policy.on_disconnect(start, random);
        CHECK(pause >= Milliseconds{seconds * 900});
        CHECK(pause <= Milliseconds{seconds * 1'100});
    }
    CHECK(policy.attempts() == 18);
}

TEST_CASE("pauses are spread, so that sessions do not come back all at once", "[engine][reconnect]")
{
    testing::SeededRandom random{6};
    Milliseconds shortest = 1h;
    Milliseconds longest = 0s;
    for (int i = 0; i < 200; ++i) {
        ReconnectPolicy policy;
        auto const pause = policy.on_disconnect(start, random);
        shortest = std::min(shortest, pause);
        longest = std::max(longest, pause);
    }
    CHECK(shortest < 920ms);
    CHECK(longest > 1'080ms);
}

TEST_CASE("the schedule starts over after 30 seconds of stable connection", "[engine][reconnect]")
{
    testing::SeededRandom random{7};
    ReconnectPolicy policy;
    for (int i = 0; i < 6; ++i)
        policy.on_disconnect(start, random);
    policy.on_login(start);
    CHECK(policy.on_disconnect(start + 29'999ms, random) > 10s);
    policy.on_login(start);
    CHECK(policy.on_disconnect(start + 30s, random) <= 1'100ms);
    CHECK(policy.attempts() == 1);
}

TEST_CASE("a failed attempt after a short login does not count the login again", "[engine][reconnect]")
{
    testing::SeededRandom random{8};
    ReconnectPolicy policy;
    for (int i = 0; i < 6; ++i)
        policy.on_disconnect(start, random);
    policy.on_login(start);
    policy.on_disconnect(start + 1s, random);
    CHECK(policy.on_disconnect(start + 1h, random) > 15s); // it was offline all the time
}

TEST_CASE("without a completed round trip for 60 seconds the connection is dead, whatever arrives",
          "[engine][keepalive]")
{
    testing::SeededRandom random{4};
    KeepalivePolicy policy;
    policy.start(start, random);
    policy.on_round_trip(start);
    std::optional<MonotonicTime> dead;
    for (auto now = start; now < start + 3min && !dead; now += 100ms) {
        policy.on_received();
        if (policy.on_time(now, random) == Action::dead) dead = now;
        CHECK(*policy.next() <= start + 60s);
    }
    CHECK(dead == start + 60s);
    policy.stop();
    policy.start(start + 5min, random);
    CHECK(*policy.next() > start + 5min); // a new connection is not judged by the old one
}

TEST_CASE("what follows the end of a session depends on its reason", "[engine][restart]")
{
    using enum StatusReason;
    for (auto const reason : {connection_lost, keepalive_timeout, server_restart, rate_limited,
                              handshake_failed, proxy_error, internal_error})
        CHECK(restart_policy(reason) == Restart::with_backoff);
    for (auto const reason :
         {none, requested, boot, connecting, waiting_for_scan, logged_in, qr_expired, logged_out_by_phone,
          logged_out, replaced, banned, client_outdated, account_locked, storage_failed, pairing_failed})
        CHECK(restart_policy(reason) == Restart::by_hand);
    CHECK(restart_policy(paired) == Restart::at_once);
    CHECK(restart_policy(temporarily_banned, 402) == Restart::after_ban);
    CHECK(restart_policy(server_refused, 400) == Restart::by_hand);
    CHECK(restart_policy(server_refused, 418) == Restart::by_hand);
    CHECK(restart_policy(server_refused, 501) == Restart::with_backoff);
    CHECK(restart_policy(server_refused, 599) == Restart::with_backoff);
}

TEST_CASE("a ban lasts as long as the server says, within reason", "[engine][restart]")
{
    CHECK(ban_duration(3'600) == 1h);
    CHECK(ban_duration(86'400 * 3) == 72h);
    CHECK(ban_duration(1) == 1min);
    CHECK(ban_duration(std::nullopt) == 1h);
    CHECK(ban_duration(-5) == 1h);
    CHECK(ban_duration(std::numeric_limits<std::int64_t>::max()) == 24h * 365);
}
