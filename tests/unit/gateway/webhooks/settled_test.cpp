#include "gateway/webhooks/settled.hpp"

#include "gateway/webhooks/delivery_record.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::gateway::webhooks;
using namespace std::chrono_literals;

TEST_CASE("what is settled is the same as in a plain set", "[gateway][webhooks]")
{
    testing::SeededRandom random{7};
    for (int round = 0; round < 200; ++round) {
        auto const floor = random.below(5);
        SettledSequences settled{floor};
        std::set<std::uint64_t> plain;
        for (std::uint64_t i = 1; i <= floor; ++i)
            plain.insert(i);
        for (int step = 0; step < 12; ++step) {
            auto const first = 1 + random.below(40);
            auto const last = first + random.below(4);
            settled.add(first, last);
            for (auto i = first; i <= last; ++i)
                plain.insert(i);
        }
        std::uint64_t expected_floor = 0;
        while (plain.contains(expected_floor + 1))
            ++expected_floor;
        CHECK(settled.floor() == expected_floor);
        CHECK(settled.count_beyond() == plain.size() - expected_floor);
        for (std::uint64_t i = 1; i < 50; ++i) {
            CHECK(settled.contains(i) == plain.contains(i));
            auto skipped = i;
            while (plain.contains(skipped + 1))
                ++skipped;
            CHECK(settled.skip(i) == skipped);
        }
    }
}

TEST_CASE("a delivery record survives being stored", "[gateway][webhooks]")
{
    DeliveryRecord record;
    record.settled = SettledSequences{100};
    record.settled.add(105, 300);
    record.settled.add(302);
    record.started.push_back({101, 1, 3, wall_from_seconds(1'000), wall_from_seconds(2'000)});
    record.started.push_back({301, 0, 9, wall_from_seconds(1'500), wall_from_seconds(2'500)});
    record.is_open = true;
    record.probe = 301;
    record.failing_since = wall_from_seconds(900);
    record.last_attempt = wall_from_seconds(1'600);
    record.disabled_at = wall_from_seconds(1'700);
    record.disabled_reason = "gone";
    record.last_failure =
        wagate::gateway::DeliveryFailure{wall_from_seconds(1'600), {}, "evt_1", 9, 503, "no"};
    auto const state = encode(record);
    CHECK(state.sequence == 100);
    auto const read = decode(state).value();
    CHECK(read.settled == record.settled);
    CHECK(read.started == record.started);
    CHECK(read.is_open);
    CHECK(read.probe == 301);
    CHECK(read.failing_since == record.failing_since);
    CHECK(read.last_attempt == record.last_attempt);
    CHECK(read.last_success == std::nullopt);
    CHECK(read.disabled_at == record.disabled_at);
    CHECK(read.disabled_reason == "gone");
    CHECK(read.last_failure->event_id == "evt_1");
    CHECK(read.last_failure->status == 503);
    CHECK(encode(read) == state);

    // Truncated or changed bytes are refused or read as something, never more.
    for (std::size_t size = 1; size < state.details.size(); ++size) {
        auto shorter = state;
        shorter.details.resize(size);
        CHECK_FALSE(decode(shorter));
    }
    testing::SeededRandom random{3};
    for (int i = 0; i < 2'000; ++i) {
        auto damaged = state;
        damaged.details[random.below(damaged.details.size())] = static_cast<std::uint8_t>(random.below(256));
        static_cast<void>(decode(damaged));
    }
}

TEST_CASE("a record with thousands of gaps takes a few KiB", "[gateway][webhooks]")
{
    DeliveryRecord record;
    record.settled = SettledSequences{1'000'000};
    for (std::uint64_t i = 0; i < 4'096; ++i)
        record.settled.add(1'000'002 + 2 * i);
    CHECK(encode(record).details.size() < 9 * 1'024);
}
