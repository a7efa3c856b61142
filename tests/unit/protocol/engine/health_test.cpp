#include "protocol/engine/health.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::engine;
using namespace std::chrono_literals;

namespace {

Instant const start{MonotonicTime{1'000s}, wall_from_seconds(1'790'000'000)};

} // namespace

TEST_CASE("a connection is proven by a round trip, for a minute", "[engine][health]")
{
    HealthMonitor monitor;
    CHECK_FALSE(monitor.is_proven(start.monotonic));
    CHECK_FALSE(monitor.doubtful_at());
    monitor.on_stanza(start.wall);
    CHECK_FALSE(monitor.is_proven(start.monotonic)); // that somebody talks proves nothing
    monitor.on_round_trip(start, 40ms);
    CHECK(monitor.is_proven(start.monotonic + 59'999ms));
    CHECK_FALSE(monitor.is_proven(start.monotonic + 60s));
    CHECK(monitor.known().last_pong == start.wall);
    CHECK(monitor.known().last_stanza == start.wall);
    CHECK(monitor.known().round_trip == 40ms);
}

TEST_CASE("the first unanswered ping counts, not the last", "[engine][health]")
{
    HealthMonitor monitor;
    monitor.on_round_trip(start, 40ms);
    monitor.on_ping(start.monotonic + 5s);
    monitor.on_ping(start.monotonic + 12s);
    CHECK(monitor.doubtful_at() == start.monotonic + 15s);
    CHECK(monitor.is_proven(start.monotonic + 14s));
    CHECK_FALSE(monitor.is_proven(start.monotonic + 15s));
    Instant const later{start.monotonic + 16s, start.wall + 16s};
    monitor.on_round_trip(later, 11s);
    CHECK(monitor.doubtful_at() == later.monotonic + 60s);
}

TEST_CASE("a lost connection proves nothing any more and is remembered", "[engine][health]")
{
    HealthMonitor monitor;
    monitor.on_round_trip(start, 40ms);
    monitor.on_ping(start.monotonic + 5s);
    monitor.on_link_lost();
    CHECK_FALSE(monitor.is_proven(start.monotonic + 1s));
    CHECK_FALSE(monitor.doubtful_at());
    CHECK(monitor.known().last_pong == start.wall);
    Instant const next{start.monotonic + 1h, start.wall + 1h};
    monitor.on_round_trip(next, 10ms);
    CHECK(monitor.doubtful_at() == next.monotonic + 60s);
}
