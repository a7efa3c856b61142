#include "gateway/limits/limit_book.hpp"

#include "tests/unit/gateway/limits/memory_limits.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace std::chrono_literals;

namespace {

struct World {
    explicit World(Limits defaults = {}) : book(store, std::move(defaults), [this] { return now; }) {}

    Instant now{MonotonicTime{1'000s}, WallTime{std::chrono::days{20'000}}};
    test::MemoryLimits store;
    LimitBook book;
    TenantId const acme{"acme"};
    TenantId const globex{"globex"};
    SessionKey const main{acme, SessionName("main")};

    void advance(Milliseconds time)
    {
        now.monotonic += time;
        now.wall += time;
    }
    std::optional<LimitHit> request(TenantId const& tenant, std::string key = {}, std::string session = {},
                                    std::size_t bytes = 0)
    {
        LimitBook::Place place;
        return book.take({tenant, key, session, bytes}, place);
    }
    void set(LimitSubject const& subject, Limit limit, std::uint64_t value)
    {
        auto limits = book.limits(subject);
        limits[limit] = value;
        REQUIRE(book.set(subject, limits).has_value());
    }
    LimitState state(Limit limit)
    {
        for (auto const& one : book.usage({acme}, 3, 2).limits)
            if (one.limit == limit) return one;
        throw std::logic_error("not told");
    }
};

Limits only(Limit limit, std::uint64_t value)
{
    Limits limits;
    limits[limit] = value;
    return limits;
}

} // namespace

TEST_CASE("without limits nothing is refused, and all is counted", "[limits]")
{
    World world;
    for (int i = 0; i < 1'000; ++i)
        CHECK_FALSE(world.request(world.acme, "k", "main", 1'000'000));
    CHECK_FALSE(world.book.take_message(world.main, true));
    auto const usage = world.book.usage({world.acme}, 1, 0);
    CHECK(usage.requests == 1'000);
    CHECK(usage.messages == 1);
    CHECK(usage.new_chats == 1);
}

TEST_CASE("a tenant at its rate is told when to come again; another is not touched", "[limits]")
{
    World world(only(Limit::requests_per_second, 2));
    for (int i = 0; i < 4; ++i) // twice the rate at once
        CHECK_FALSE(world.request(world.acme));
    auto const hit = world.request(world.acme);
    REQUIRE(hit);
    CHECK(hit->limit == Limit::requests_per_second);
    CHECK(hit->scope == LimitScope::tenant);
    CHECK(hit->most == 2);
    CHECK(hit->retry_after == 500ms);
    CHECK_FALSE(world.request(world.globex));
    world.advance(500ms);
    CHECK_FALSE(world.request(world.acme));
    CHECK(world.request(world.acme));
    CHECK(world.book.usage({world.acme}, 0, 0).requests_refused == 2);
    CHECK(world.book.usage({world.globex}, 0, 0).requests_refused == 0);
}

TEST_CASE("keys and sessions have limits of their own beside the tenant's", "[limits]")
{
    World world;
    world.set({world.acme, LimitScope::key, "k1"}, Limit::requests_per_second, 1);
    world.set({world.acme, LimitScope::key, "k1"}, Limit::requests_burst, 1);
    CHECK_FALSE(world.request(world.acme, "k1"));
    CHECK(world.request(world.acme, "k1")->scope == LimitScope::key);
    CHECK_FALSE(world.request(world.acme, "k2"));
    world.set({world.acme, LimitScope::session, "main"}, Limit::request_bytes_per_minute, 600);
    CHECK_FALSE(world.request(world.acme, "k2", "main", 600));
    auto const hit = world.request(world.acme, "k2", "main", 10);
    REQUIRE(hit);
    CHECK(hit->limit == Limit::request_bytes_per_minute);
    CHECK(hit->scope == LimitScope::session);
    CHECK(hit->retry_after == 1s);
    CHECK_FALSE(world.request(world.acme, "k2", "other", 10));
}

TEST_CASE("a refused request takes nothing from the other limits", "[limits]")
{
    World world(only(Limit::requests_per_second, 100));
    world.set({world.acme, LimitScope::key, "k"}, Limit::requests_per_second, 1);
    world.set({world.acme, LimitScope::key, "k"}, Limit::requests_burst, 1);
    for (int i = 0; i < 50; ++i)
        world.request(world.acme, "k");
    CHECK(world.state(Limit::requests_per_second).used == 1);
}

TEST_CASE("so many requests at a time, and no more", "[limits]")
{
    World world(only(Limit::concurrent_requests, 1));
    LimitBook::Place first;
    CHECK_FALSE(world.book.take({world.acme, {}, {}, 0}, first));
    CHECK(world.request(world.acme)->limit == Limit::concurrent_requests);
    first = {};
    CHECK_FALSE(world.request(world.acme));
}

TEST_CASE("messages by the minute, for the tenant and its sessions", "[limits]")
{
    World world(only(Limit::messages_per_minute, 3));
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(world.book.take_message(world.main, false));
    auto const hit = world.book.take_message(world.main, false);
    REQUIRE(hit);
    CHECK(hit->limit == Limit::messages_per_minute);
    CHECK(hit->retry_after == 20s);
    CHECK_FALSE(world.book.take_message({world.globex, SessionName("main")}, false));
    world.advance(20s);
    CHECK_FALSE(world.book.take_message(world.main, false));
}

TEST_CASE("new chats are counted by the day, also over a restart", "[limits]")
{
    World world(only(Limit::new_chats_per_day, 2));
    world.advance(1h);
    CHECK(world.book.counts_new_chats(world.main));
    CHECK_FALSE(world.book.take_message(world.main, true));
    CHECK_FALSE(world.book.take_message(world.main, true));
    world.book.save();
    LimitBook again(world.store, only(Limit::new_chats_per_day, 2), [&] { return world.now; });
    again.load();
    auto const hit = again.take_message(world.main, true);
    REQUIRE(hit);
    CHECK(hit->limit == Limit::new_chats_per_day);
    CHECK(hit->retry_after == 23h);
    CHECK_FALSE(again.take_message(world.main, false));
    world.advance(23h);
    CHECK_FALSE(again.take_message(world.main, true));
    CHECK(again.usage({world.acme}, 0, 0).new_chats == 3);
}

TEST_CASE("what could not be written is written the next time", "[limits]")
{
    World world;
    world.book.take_message(world.main, false);
    world.store.fails = true;
    world.book.save();
    CHECK(world.store.used.empty());
    world.store.fails = false;
    world.book.save();
    CHECK(world.store.used.at({LimitSubject{world.acme}, "messages"}).used == 1);
}

TEST_CASE("a tenant whose storage is full sends nothing any more", "[limits]")
{
    World world;
    world.store.bytes = 1'000;
    world.set({world.acme}, Limit::storage_bytes, 1'000);
    CHECK(world.book.take_message(world.main, false)->limit == Limit::storage_bytes);
    world.store.bytes = 999;
    world.book.look_at_all_storage();
    CHECK_FALSE(world.book.take_message(world.main, false));
    CHECK(world.state(Limit::storage_bytes).used == 999);
}

TEST_CASE("the bytes of a tenant's files count, and are looked at once a minute", "[limits]")
{
    World world;
    std::uint64_t in_files = 400;
    int looks = 0;
    LimitBook book(
        world.store, {}, [&] { return world.now; },
        [&](TenantId const& tenant) {
            ++looks;
            return tenant == world.acme ? in_files : 0;
        });
    world.store.bytes = 500;
    REQUIRE(book.set({world.acme}, only(Limit::storage_bytes, 1'000)).has_value());
    CHECK_FALSE(book.look_message(world.main, false));
    in_files = 500;
    book.look_at_all_storage();
    CHECK_FALSE(book.look_message(world.main, false));
    world.advance(1min);
    book.look_at_all_storage();
    CHECK(book.look_message(world.main, false)->limit == Limit::storage_bytes);
    book.look_at_all_storage();
    CHECK(looks == 2);
}

TEST_CASE("messages and new chats of a key that has limits", "[limits]")
{
    World world;
    LimitSubject const key{world.acme, LimitScope::key, "key_id_shop"};
    CHECK_FALSE(world.book.take_message(world.main, true, key.name));
    world.set(key, Limit::messages_per_minute, 2);
    world.set(key, Limit::new_chats_per_day, 1);
    CHECK(world.book.counts_new_chats(world.main, key.name));
    CHECK_FALSE(world.book.counts_new_chats(world.main, "key_id_other"));
    CHECK_FALSE(world.book.take_message(world.main, true, key.name));
    auto hit = world.book.look_message(world.main, true, key.name);
    REQUIRE(hit);
    CHECK((hit->limit == Limit::new_chats_per_day && hit->scope == LimitScope::key));
    // The key's limit holds over all sessions that it uses.
    CHECK_FALSE(world.book.take_message({world.acme, SessionName("second")}, false, key.name));
    hit = world.book.take_message(world.main, false, key.name);
    REQUIRE(hit);
    CHECK((hit->limit == Limit::messages_per_minute && hit->scope == LimitScope::key));
    CHECK_FALSE(world.book.take_message(world.main, true, "key_id_other"));
    CHECK_FALSE(world.book.take_message(world.main, true));
    CHECK(world.book.usage(key, 0, 0).messages == 2);
    world.book.forget(key);
    CHECK_FALSE(world.book.take_message(world.main, true, key.name));
}

TEST_CASE("own limits win over the defaults, and 0 takes them away", "[limits]")
{
    World world(only(Limit::sessions, 2));
    CHECK_FALSE(world.book.over(world.acme, Limit::sessions, 1, 1));
    CHECK(world.book.over(world.acme, Limit::sessions, 2, 1)->most == 2);
    world.set({world.acme}, Limit::sessions, 3);
    CHECK_FALSE(world.book.over(world.acme, Limit::sessions, 2, 1));
    CHECK(world.book.over(world.globex, Limit::sessions, 2, 1));
    world.set({world.acme}, Limit::sessions, 0);
    CHECK_FALSE(world.book.over(world.acme, Limit::sessions, 1'000, 1));
    LimitBook again(world.store, {}, [&] { return world.now; });
    again.load();
    CHECK(again.limits({world.acme})[Limit::sessions] == 0u);
}

TEST_CASE("use tells what is left and when it comes back", "[limits]")
{
    World world(only(Limit::messages_per_minute, 60));
    for (int i = 0; i < 10; ++i)
        world.book.take_message(world.main, false);
    auto const state = world.state(Limit::messages_per_minute);
    CHECK(state.used == 10);
    CHECK(state.most == 60u);
    CHECK(state.resets == 10s);
    CHECK(world.state(Limit::sessions).used == 3);
    CHECK(world.state(Limit::webhook_endpoints).used == 2);
    CHECK_FALSE(world.state(Limit::sessions).most);
}

TEST_CASE("a session that is deleted begins anew; its tenant's use stays", "[limits]")
{
    World world(only(Limit::new_chats_per_day, 1));
    world.set({world.acme, LimitScope::session, "main"}, Limit::messages_per_minute, 1);
    CHECK_FALSE(world.book.take_message(world.main, true));
    world.book.forget({world.acme, LimitScope::session, "main"});
    CHECK(world.book.limits({world.acme, LimitScope::session, "main"}) == Limits{});
    CHECK(world.book.take_message(world.main, true)->limit == Limit::new_chats_per_day);
}
