#include "storage/record_cache.hpp"

#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace wagate;
using namespace wagate::test;
using storage::RecordCache;
using storage::Scope;
using storage::TenantNumber;

namespace {

constexpr auto kind = RecordKind::signal_session;
constexpr Scope scope{TenantNumber{1}, 2};

/// What a reader does that found `value` in the database.
void remember(RecordCache& cache, Scope const& at, std::string_view key, Bytes const& value)
{
    cache.fill(at, kind, key, value, cache.find(at, kind, key).generation);
}

} // namespace

TEST_CASE("a reader that was overtaken by a commit cannot bring back the old value", "[storage][cache]")
{
    RecordCache cache{1u << 20};
    auto const missed = cache.find(scope, kind, "k");
    REQUIRE_FALSE(missed.is_hit);
    SECTION("a newer value was stored")
    {
        cache.store(scope, kind, "k", to_bytes("new"));
        cache.fill(scope, kind, "k", to_bytes("old"), missed.generation);
        CHECK_FALSE(cache.find(scope, kind, "k").is_hit);
    }
    SECTION("a newer value was stored over one that another reader had found")
    {
        remember(cache, scope, "k", to_bytes("between"));
        cache.store(scope, kind, "k", to_bytes("new"));
        cache.fill(scope, kind, "k", to_bytes("old"), missed.generation);
        CHECK(cache.find(scope, kind, "k").value == to_bytes("new"));
    }
    SECTION("the session was wiped")
    {
        cache.drop(scope);
        cache.fill(scope, kind, "k", to_bytes("old"), missed.generation);
        CHECK_FALSE(cache.find(scope, kind, "k").is_hit);
    }
    SECTION("nothing happened")
    {
        cache.fill(scope, kind, "k", to_bytes("old"), missed.generation);
        CHECK(cache.find(scope, kind, "k").value == to_bytes("old"));
    }
}

TEST_CASE("what is only written takes no room", "[storage][cache]")
{
    RecordCache cache{1u << 20};
    cache.store(scope, kind, "k", to_bytes("new"));
    CHECK_FALSE(cache.find(scope, kind, "k").is_hit);
    CHECK(cache.bytes() == 0);
}

TEST_CASE("the absence of a record is remembered", "[storage][cache]")
{
    RecordCache cache{1u << 20};
    cache.fill(scope, kind, "k", std::nullopt, cache.find(scope, kind, "k").generation);
    auto const found = cache.find(scope, kind, "k");
    CHECK(found.is_hit);
    CHECK_FALSE(found.value);
}

TEST_CASE("the cache stays within its bytes and keeps what was used last", "[storage][cache]")
{
    RecordCache cache{16 * 4'096};
    remember(cache, scope, "hot", Bytes(100));
    for (int i = 0; i < 2'000; ++i) {
        remember(cache, scope, std::to_string(i), Bytes(300));
        REQUIRE(cache.find(scope, kind, "hot").is_hit);
    }
    CHECK(cache.bytes() <= 16 * 4'096);
    CHECK(cache.bytes() > 8 * 4'096);
    CHECK_FALSE(cache.find(scope, kind, "0").is_hit);
    remember(cache, scope, "huge", Bytes(100'000));
    CHECK_FALSE(cache.find(scope, kind, "huge").is_hit);
    CHECK(cache.bytes() <= 16 * 4'096);
}

TEST_CASE("dropping a session leaves the others", "[storage][cache]")
{
    RecordCache cache{1u << 20};
    Scope const other{TenantNumber{3}, 2};
    for (int i = 0; i < 50; ++i) {
        remember(cache, scope, std::to_string(i), to_bytes("x"));
        remember(cache, other, std::to_string(i), to_bytes("y"));
    }
    cache.drop(scope);
    for (int i = 0; i < 50; ++i) {
        CHECK_FALSE(cache.find(scope, kind, std::to_string(i)).is_hit);
        CHECK(cache.find(other, kind, std::to_string(i)).value == to_bytes("y"));
    }
}

TEST_CASE("no reader sees a value older than one whose commit was reported", "[storage][cache]")
{
    // A cache of a few entries per shard: hits, misses and evictions all happen.
    storage::StoreOptions options;
    options.record_cache_bytes = GENERATE(std::size_t{0}, std::size_t{16 * 700}, std::size_t{1} << 20);
    StoreFixture fixture{options};
    constexpr int keys = 40;
    constexpr int rounds = 8;
    std::vector<std::atomic<int>> reported(keys);
    std::atomic<bool> is_done = false;
    std::atomic<int> stale = 0;
    std::atomic<int> reads = 0;

    auto const watch = [&] {
        auto const reader = fixture.store->reader(fixture.a);
        while (!is_done) {
            for (int key = 0; key < keys; ++key) {
                auto const floor = reported[static_cast<std::size_t>(key)].load();
                auto const value = reader->read(kind, std::to_string(key));
                auto const seen = value ? std::stoi(to_text(*value)) : 0;
                if (seen < floor) ++stale;
                ++reads;
            }
        }
    };
    std::thread first{watch};
    std::thread second{watch};
    for (int round = 1; round <= rounds; ++round) {
        for (int key = 0; key < keys; ++key) {
            fixture.commit(fixture.a, record_unit(std::to_string(key), std::to_string(round)));
            reported[static_cast<std::size_t>(key)] = round;
        }
    }
    while (reads < 10 * keys)
        std::this_thread::yield();
    is_done = true;
    first.join();
    second.join();
    CHECK(stale == 0);
    for (int key = 0; key < keys; ++key)
        CHECK(fixture.record(fixture.a, std::to_string(key)) == std::to_string(rounds));
}
