#include "storage/repository/event_id.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::test;
using std::chrono::hours;

TEST_CASE("a ULID is the time and the randomness in Crockford's base32", "[storage][events]")
{
    // The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
    ByteArray<10> random{};
    CHECK(storage::ulid(wall_from_milliseconds(1'469'918'176'385), random) == "01aryz6s410000000000000000");
    random.fill(0xff);
    CHECK(storage::ulid(wall_from_milliseconds(281'474'976'710'655), random) == "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    random.fill(0);
    random[9] = 31;
    CHECK(storage::ulid(wall_from_milliseconds(0), random) == "0000000000000000000000000z");
}

TEST_CASE_METHOD(StoreFixture, "events are numbered from 1 without gaps and have unique, constant ids",
                 "[storage][events]")
{
    for (int i = 0; i < 5; ++i)
        commit(a, event_unit({status_event("x"), status_event("y")}));
    auto const events = store->events_after(a, 0, 100);
    REQUIRE(events.size() == 10);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i].sequence == i + 1);
        CHECK(events[i].session == a);
        CHECK(events[i].id.size() == 30);
        CHECK(events[i].id.starts_with("evt_" + storage::ulid(start_time, {}).substr(0, 10)));
        ids.insert(events[i].id);
    }
    CHECK(ids.size() == 10);
    reopen();
    CHECK(store->last_sequence(a) == 10);
    auto const again = store->events_after(a, 3, 2);
    REQUIRE(again.size() == 2);
    CHECK(again[0].sequence == 4);
    CHECK(again[0].id == events[3].id);
    CHECK(again[1].id == events[4].id);
    CHECK(store->events_after(a, 10, 5).empty());
    CHECK(store->events_after(a, UINT64_MAX, 5).empty());
}

TEST_CASE_METHOD(StoreFixture, "listeners hear of appended events only", "[storage][events]")
{
    std::atomic<int> heard = 0;
    store->on_events([&](SessionKey const&) { ++heard; });
    commit(a, record_unit("k", "v"));
    commit(a, event_unit({status_event("x"), status_event("y")}));
    commit(a, record_unit("k", "w")); // the listeners of the former batch have run
    CHECK(heard == 1);
}

TEST_CASE_METHOD(StoreFixture, "pruning deletes expired events but never the newest", "[storage][prune]")
{
    auto const now = start_time + hours{30 * 24};
    auto const append = [&](SessionKey const& session, int count, WallTime time) {
        commit(session,
               event_unit(std::vector<Event>(static_cast<std::size_t>(count), status_event("x", time))));
    };
    append(a, 1'203, now - hours{7 * 24 + 1}); // more than two steps
    append(a, 3, now - hours{6 * 24});
    append(b, 40, now - hours{8 * 24});
    auto const newest = store->events_after(b, 39, 1).at(0);

    store->prune(now);

    auto const left = store->events_after(a, 0, 2'000);
    REQUIRE(left.size() == 3);
    CHECK(left.front().sequence == 1'204);
    auto const left_b = store->events_after(b, 0, 100);
    REQUIRE(left_b.size() == 1);
    CHECK(left_b[0].id == newest.id);
    reopen();
    append(b, 1, now);
    CHECK(store->last_sequence(b) == 41);
}

TEST_CASE_METHOD(StoreFixture, "pruning forgets stanza hashes after fourteen days", "[storage][prune]")
{
    auto const hash_of = [](int number) {
        ByteArray<32> hash{};
        hash[0] = static_cast<std::uint8_t>(number);
        hash[1] = static_cast<std::uint8_t>(number >> 8);
        return hash;
    };
    UnitOfWork old;
    for (int i = 0; i < 1'100; ++i)
        old.seen.push_back(hash_of(i));
    old.time = start_time;
    commit(a, std::move(old));
    UnitOfWork young;
    young.seen = {hash_of(5'000), hash_of(0)}; // seen again: the first time counts
    young.time = start_time + hours{2};
    commit(a, std::move(young));

    auto const reader = store->reader(a);
    store->prune(start_time + hours{14 * 24});
    CHECK(reader->was_seen(hash_of(0)));
    store->prune(start_time + hours{14 * 24 + 1});
    for (auto number : {0, 500, 1'099})
        CHECK_FALSE(reader->was_seen(hash_of(number)));
    CHECK(reader->was_seen(hash_of(5'000)));
}

TEST_CASE_METHOD(StoreFixture, "an idempotency key is kept for fourteen days and names its first message",
                 "[storage][prune]")
{
    auto const add = [&](std::uint8_t number, char const* id, WallTime time) {
        UnitOfWork work;
        work.idempotency.push_back({{{number}, {}}, Jid::phone("100"), MessageId{id}});
        work.time = time;
        commit(a, std::move(work));
    };
    add(1, "M1", start_time);
    add(1, "M2", start_time + hours{2});
    add(2, "M3", start_time + hours{2});

    auto const reader = store->reader(a);
    store->prune(start_time + hours{14 * 24});
    REQUIRE(reader->find_idempotency({1}));
    CHECK(reader->find_idempotency({1})->id == MessageId{"M1"});
    store->prune(start_time + hours{14 * 24 + 1});
    CHECK_FALSE(reader->find_idempotency({1}));
    CHECK(reader->find_idempotency({2}));
}
