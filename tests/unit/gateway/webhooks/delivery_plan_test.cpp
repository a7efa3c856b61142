#include "tests/support/seeded_random.hpp"
#include "tests/unit/gateway/webhooks/plan_simulation.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::gateway::webhooks;
using namespace wagate::test;
using namespace std::chrono_literals;

namespace {

using Answer = PlanSimulation::Answer;
using Request = PlanSimulation::Request;
using Times = std::vector<std::int64_t>;

void use_retries(PlanSimulation& simulation, RetryPolicy policy, double delay_seconds, int attempts)
{
    simulation.webhook.retries_given = true;
    simulation.webhook.policy = policy;
    simulation.webhook.delay_seconds = delay_seconds;
    simulation.webhook.attempts = attempts;
}

/// Checks that each lane's events arrived in order, counting only the first arrival of each.
void check_order(PlanSimulation const& simulation)
{
    std::map<std::string, std::uint64_t> last;
    std::set<std::string> seen;
    std::size_t wrong = 0;
    for (auto const& request : simulation.successes()) {
        if (!seen.insert(request.id).second) continue;
        auto& before = last[request.lane];
        wrong += before > request.sequence;
        before = request.sequence;
    }
    CHECK(wrong == 0);
}

std::size_t duplicates(PlanSimulation const& simulation)
{
    std::set<std::string> seen;
    std::size_t count = 0;
    for (auto const& request : simulation.successes())
        count += !seen.insert(request.id).second;
    return count;
}

} // namespace

TEST_CASE("events arrive once each, in order per chat, side by side across chats", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    for (int i = 0; i < 1'000; ++i)
        simulation.append("chat" + std::to_string(i % 20), i % 3);
    simulation.run_for(1h);
    std::size_t expected = 0;
    for (auto const& entry : simulation.log)
        expected += entry.parts;
    CHECK(simulation.requests.size() == expected);
    CHECK(duplicates(simulation) == 0);
    CHECK(simulation.most_in_flight == 8);
    check_order(simulation);
    CHECK(simulation.plan->pending() == 0);
    CHECK(simulation.saved.sequence == 1'000);
}

TEST_CASE("one chat has one request under way", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    for (int i = 0; i < 100; ++i)
        simulation.append("chat", 2);
    simulation.run_for(1min);
    CHECK(simulation.requests.size() == 200);
    CHECK(simulation.most_in_flight == 1);
    for (std::size_t i = 0; i < 200; ++i)
        CHECK(simulation.requests[i].id == "evt_" + std::to_string(i / 2 + 1) + "_" + std::to_string(i % 2));
}

TEST_CASE("the default schedule is kept to the second and ends in a dead letter", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    simulation.receiver = [](Request const&) { return Answer{503, std::nullopt, 0ms}; };
    simulation.append("chat");
    simulation.append("chat");
    simulation.run_for(77h);
    Times expected;
    std::int64_t at = 0;
    for (auto const pause : {0s, 5s, 300s, 1'800s, 7'200s, 18'000s, 36'000s, 50'400s, 72'000s, 86'400s})
        expected.push_back(at += pause.count());
    auto times = simulation.times();
    times.resize(10);
    CHECK(times == expected);
    for (int i = 0; i < 10; ++i) {
        CHECK(simulation.requests[static_cast<std::size_t>(i)].number == i + 1);
        CHECK(simulation.requests[static_cast<std::size_t>(i)].id == "evt_1_0");
    }
    CHECK(simulation.requests[10].id == "evt_2_0");
    REQUIRE(simulation.dead_letters.size() == 1);
    CHECK(simulation.dead_letters[0].reason == "exhausted");
    CHECK(simulation.dead_letters[0].event_id == "evt_1_0");
    CHECK(simulation.dead_letters[0].attempts == 10);
    CHECK(simulation.dead_letters[0].status == 503);
    CHECK(simulation.dead_letters[0].event);
}

TEST_CASE("WAHA's retry policies set the times of attempts", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    simulation.jitter = 0;
    simulation.receiver = [](Request const&) { return Answer{500, std::nullopt, 0ms}; };
    Times expected;
    SECTION("constant")
    {
        use_retries(simulation, RetryPolicy::constant, 2, 4);
        expected = {0, 2, 4, 6};
    }
    SECTION("linear")
    {
        use_retries(simulation, RetryPolicy::linear, 2, 4);
        expected = {0, 2, 6, 12};
    }
    SECTION("exponential")
    {
        use_retries(simulation, RetryPolicy::exponential, 2, 4);
        expected = {0, 2, 6, 14};
    }
    SECTION("at once")
    {
        use_retries(simulation, RetryPolicy::constant, 0, 3);
        expected = {0, 0, 0};
    }
    simulation.append("chat");
    simulation.run_for(1h);
    CHECK(simulation.times() == expected);
    CHECK(simulation.dead_letters.size() == 1);
    CHECK(simulation.plan->pending() == 0);
}

TEST_CASE("whatever is not 2xx is tried again", "[gateway][webhooks]")
{
    for (auto const status : {0u, 101u, 301u, 302u, 307u, 400u, 401u, 404u, 429u, 500u, 503u}) {
        CAPTURE(status);
        PlanSimulation simulation;
        simulation.receiver = [&](Request const& request) {
            return Answer{request.number < 3 ? status : 204};
        };
        simulation.append("chat");
        simulation.run_for(10min);
        REQUIRE(simulation.requests.size() == 3);
        CHECK(simulation.plan->pending() == 0);
        CHECK(simulation.dead_letters.empty());
    }
}

TEST_CASE("Retry-After lengthens a pause and never shortens it", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    simulation.receiver = [](Request const& request) {
        if (request.number == 1) return Answer{429, 40s, 0ms};
        if (request.number == 2) return Answer{503, 1s, 0ms};
        return Answer{};
    };
    simulation.append("chat");
    simulation.run_for(1h);
    CHECK(simulation.times() == Times{0, 40, 340});
}

TEST_CASE("a chat that is never accepted does not stop the others", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    simulation.receiver = [](Request const& request) {
        return Answer{request.lane.starts_with("bad") ? 500u : 200u};
    };
    // More of them than may be under way at the same time.
    for (int round = 0; round < 30; ++round)
        for (int i = 0; i < 20; ++i)
            simulation.append((i % 2 ? "bad" : "good") + std::to_string(i));
    simulation.run_for(10min);
    CHECK(simulation.successes().size() == 300);
    check_order(simulation);
    CHECK(simulation.plan->pending() == 300);
    // One that comes later, too, and soon.
    auto const before = simulation.now;
    simulation.run_for(5h);
    simulation.append("good0");
    simulation.run_for(2min);
    CHECK(simulation.successes().size() == 301);
    CHECK(simulation.successes().back().time - before <= 5h + 61s);
    CHECK(simulation.most_bytes_saved < 4'096);
}

TEST_CASE("while an endpoint is down one event is tried and no other loses attempts", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    use_retries(simulation, RetryPolicy::constant, 2, 15);
    bool is_up = false;
    simulation.receiver = [&](Request const&) { return Answer{is_up ? 200u : 0u}; };
    for (int i = 0; i < 10'000; ++i)
        simulation.append("chat" + std::to_string(i % 1'000));
    simulation.run_for(1h);
    CHECK(simulation.plan->is_open());
    // Those that were under way when it was noticed, then one after the other until it is given up.
    CHECK(simulation.dead_letters.size() <= 1h / 28s + 1);
    CHECK(simulation.requests.size() <= 2'000);
    is_up = true;
    simulation.run_for(1h);
    CHECK_FALSE(simulation.plan->is_open());
    CHECK(simulation.successes().size() + simulation.dead_letters.size() == 10'000);
    check_order(simulation);
}

TEST_CASE("a day of outage with 100,000 events and three kills loses nothing and keeps each chat's order",
          "[gateway][webhooks]")
{
    PlanSimulation simulation;
    auto const up_again = simulation.start + 24h;
    testing::SeededRandom random{11};
    simulation.receiver = [&](Request const& request) {
        if (request.time < up_again)
            return Answer{0, std::nullopt, request.time < up_again - 12h ? 15s : 1ms};
        return Answer{200, std::nullopt, Milliseconds{1 + static_cast<int>(random.below(5))}};
    };
    for (int hour = 0; hour < 24; ++hour) {
        for (int i = 0; i < 100'000 / 24 + 1 && simulation.log.size() < 100'000; ++i)
            simulation.append("chat" + std::to_string(random.below(700)));
        if (hour == 6 || hour == 15) {
            simulation.restart();
            CHECK(simulation.plan->is_open());
        }
        simulation.run_for(1h);
    }
    CHECK(simulation.log.size() == 100'000);
    CHECK(simulation.successes().empty());
    CHECK(simulation.requests.size() < 1'600); // about one a minute
    simulation.run_for(75s);                   // in the middle of the backlog
    auto const before_kill = simulation.successes().size();
    CHECK(before_kill > 100);
    CHECK(before_kill < 90'000);
    simulation.restart();
    simulation.run_for(24h);
    CHECK(simulation.plan->pending() == 0);
    CHECK(simulation.dead_letters.empty());
    CHECK(simulation.successes().size() - duplicates(simulation) == 100'000);
    // What was delivered during the write before the kill: eight under way, a millisecond each at the
    // fastest.
    CHECK(duplicates(simulation) <= 8 * 11);
    check_order(simulation);
    CHECK(simulation.most_cached <= 256);
    CHECK(simulation.most_waiting <= 8'192 + 32);
    CHECK(simulation.events_read < 3 * 100'000);
    CHECK(simulation.most_bytes_saved < 16 * 1'024);
    CHECK(simulation.saved.sequence == 100'000);
}

TEST_CASE("kills at random moments lose nothing and keep each chat's order", "[gateway][webhooks]")
{
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        testing::SeededRandom random{seed};
        PlanLimits limits;
        limits.page = 8;
        limits.cached_events = 24;
        limits.cached_per_lane = 4;
        limits.waiting = 60;
        limits.ranges = 20;
        limits.started = 6;
        PlanSimulation simulation{limits};
        use_retries(simulation, RetryPolicy::constant, 1, 1'000);
        simulation.receiver = [&](Request const& request) {
            bool const fails = random.below(100) < 30 || (request.lane == "c3" && random.below(100) < 90);
            return Answer{fails ? 500u : 200u, std::nullopt,
                          Milliseconds{1 + static_cast<int>(random.below(9))}};
        };
        std::size_t expected = 0;
        for (int round = 0; round < 60; ++round) {
            for (int i = 0; i < 10; ++i) {
                auto const parts = random.below(3);
                simulation.append("c" + std::to_string(random.below(12)), parts);
                expected += parts;
            }
            simulation.run_for(Milliseconds{static_cast<int>(random.below(400))});
            if (random.below(3) == 0) simulation.restart();
        }
        simulation.run_for(48h);
        CHECK(simulation.plan->pending() == 0);
        CHECK(simulation.successes().size() - duplicates(simulation) == expected);
        CHECK(simulation.dead_letters.empty());
        CHECK(simulation.most_cached <= 24);
        check_order(simulation);
    }
}

TEST_CASE("attempts and the time of the next one outlive a restart", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    simulation.receiver = [](Request const& request) {
        return Answer{request.number < 4 ? 500u : 200u, {}, 0ms};
    };
    simulation.append("chat", 2);
    simulation.append("chat");
    simulation.append("other");
    simulation.run_for(100s);
    simulation.restart();
    simulation.run_for(2'100s);
    simulation.restart();
    simulation.run_for(24h);
    std::vector<std::pair<std::string, int>> of_chat;
    Times times;
    for (auto const& request : simulation.requests) {
        if (request.lane != "chat" || request.sequence != 1) continue;
        of_chat.emplace_back(request.id, request.number);
        times.push_back(unix_seconds(request.time - simulation.start.time_since_epoch()));
    }
    CHECK(of_chat == std::vector<std::pair<std::string, int>>{{"evt_1_0", 1},
                                                              {"evt_1_0", 2},
                                                              {"evt_1_0", 3},
                                                              {"evt_1_0", 4},
                                                              {"evt_1_1", 1},
                                                              {"evt_1_1", 2},
                                                              {"evt_1_1", 3},
                                                              {"evt_1_1", 4}});
    CHECK(std::vector(times.begin(), times.begin() + 4) == Times{0, 5, 305, 2'105});
    CHECK(simulation.plan->pending() == 0);
}

TEST_CASE("an endpoint that says 410 is disabled, keeps its place and goes on when enabled",
          "[gateway][webhooks]")
{
    PlanSimulation simulation;
    bool is_gone = true;
    simulation.receiver = [&](Request const&) { return Answer{is_gone ? 410u : 200u}; };
    simulation.append("chat");
    simulation.run_for(1h);
    CHECK(simulation.states == std::vector<std::string>{"gone"});
    CHECK(simulation.requests.size() == 1);
    simulation.restart();
    CHECK_FALSE(simulation.plan->is_enabled());
    simulation.append("chat");
    simulation.run_for(200h);
    CHECK(simulation.requests.size() == 1);
    CHECK(simulation.dead_letters.empty());
    is_gone = false;
    simulation.plan->enable(simulation.now);
    simulation.run_for(1min);
    CHECK(simulation.successes().size() == 2);
    CHECK(simulation.states.size() == 1);
}

TEST_CASE("an endpoint that fails for 120 hours is disabled", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    bool accepts_some = false;
    simulation.receiver = [&](Request const& request) {
        return Answer{accepts_some && request.lane == "good" ? 200u : 500u};
    };
    SECTION("when nothing was accepted in between")
    {
        for (int i = 0; i < 50; ++i)
            simulation.append("chat" + std::to_string(i));
        simulation.run_for(119h);
        CHECK(simulation.plan->is_enabled());
        simulation.run_for(30h);
        CHECK(simulation.states == std::vector<std::string>{"failing"});
        CHECK(simulation.plan->pending() >= 48);
    }
    SECTION("but not when something was")
    {
        accepts_some = true;
        for (int day = 0; day < 20; ++day) {
            simulation.append("bad");
            simulation.append("good");
            simulation.run_for(24h);
        }
        CHECK(simulation.states.empty());
    }
    SECTION("and not when nothing was tried for long")
    {
        simulation.append("chat");
        simulation.run_for(400h);
        simulation.append("chat");
        simulation.run_for(1h);
        CHECK(simulation.plan->is_enabled());
    }
}

TEST_CASE("events that were removed before they could be delivered are told of, once per gap",
          "[gateway][webhooks]")
{
    PlanSimulation simulation;
    bool is_up = false;
    simulation.receiver = [&](Request const&) { return Answer{is_up ? 200u : 410u}; };
    simulation.append("chat");
    simulation.run_for(1min);
    for (int i = 0; i < 99; ++i)
        simulation.append("chat" + std::to_string(i % 3));
    simulation.run_for(1h);
    simulation.first_kept = 61;
    is_up = true;
    simulation.restart();
    simulation.plan->enable(simulation.now);
    simulation.run_for(1h);
    REQUIRE(simulation.dead_letters.size() == 1);
    CHECK(simulation.dead_letters[0].reason == "expired");
    CHECK(simulation.dead_letters[0].sequence == 1);
    CHECK_FALSE(simulation.dead_letters[0].event);
    CHECK(simulation.successes().size() == 40);
    CHECK(simulation.plan->pending() == 0);
}

TEST_CASE("an event that is removed while its chat waits is told of, and the chat goes on",
          "[gateway][webhooks]")
{
    PlanSimulation simulation;
    bool is_up = false;
    simulation.receiver = [&](Request const& request) {
        return Answer{is_up || request.lane == "good" ? 200u : 500u};
    };
    for (int i = 0; i < 10; ++i) {
        simulation.append("bad");
        simulation.append("good");
    }
    simulation.run_for(1min);
    CHECK(simulation.successes().size() == 10);
    simulation.first_kept = 6;
    is_up = true;
    simulation.run_for(10h);
    CHECK(simulation.successes().size() == 10 + 7);
    CHECK(simulation.plan->pending() == 0);
    std::vector<std::uint64_t> expired;
    for (auto const& letter : simulation.dead_letters)
        expired.push_back(letter.sequence);
    CHECK(expired == std::vector<std::uint64_t>{1, 3, 5});
}

TEST_CASE("a clock that was set back does not stop deliveries for longer than a pause", "[gateway][webhooks]")
{
    PlanSimulation simulation;
    bool is_up = false;
    simulation.receiver = [&](Request const&) { return Answer{is_up ? 200u : 500u}; };
    simulation.append("chat");
    simulation.run_for(10h);
    simulation.now -= std::chrono::hours{24 * 365};
    is_up = true;
    simulation.restart();
    simulation.run_for(31h);
    CHECK(simulation.successes().size() == 1);
}
