// Uncommitted records, callbacks after commits, timers.
#include "protocol/engine/core.hpp"

#include "tests/support/memory_store.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::engine;
using namespace std::chrono_literals;

namespace {

struct Workbench {
    testing::MemoryStore store;
    testing::SeededRandom random{1};
    Core core{EngineOptions{}, store, random};

    std::vector<Store> taken()
    {
        std::vector<Store> stores;
        for (auto& effect : core.take_effects())
            if (auto* found = std::get_if<Store>(&effect)) stores.push_back(std::move(*found));
        return stores;
    }
    void write(std::string_view key, std::uint8_t value, std::function<void()> then = {})
    {
        RecordOverlay step{core.records};
        step.write(RecordKind::contact, key, {value});
        core.store(std::move(step), std::move(then));
    }
    std::optional<Bytes> read(std::string_view key) const
    {
        return core.records.read(RecordKind::contact, key);
    }
};

} // namespace

TEST_CASE("what was decided is visible before it is durable", "[engine][core]")
{
    Workbench bench;
    bench.write("a", 1);
    CHECK(bench.read("a") == Bytes{1});
    CHECK_FALSE(bench.store.read(RecordKind::contact, "a"));
    RecordOverlay step{bench.core.records};
    step.erase(RecordKind::contact, "a");
    bench.core.store(std::move(step));
    CHECK_FALSE(bench.read("a"));
}

TEST_CASE("a commit does not uncover what a later step has decided", "[engine][core]")
{
    Workbench bench;
    bench.write("a", 1);
    bench.write("a", 2);
    auto const stores = bench.taken();
    REQUIRE(stores.size() == 2);
    bench.store.apply(stores[0].work);
    bench.core.on_stored(stores[0].ticket);
    CHECK(bench.read("a") == Bytes{2});
    CHECK(bench.core.records.size() == 1);
    bench.store.apply(stores[1].work);
    bench.core.on_stored(stores[1].ticket);
    CHECK(bench.read("a") == Bytes{2});
    CHECK(bench.core.records.size() == 0);
}

TEST_CASE("wiped records are gone at once, and records written after the wipe stay", "[engine][core]")
{
    Workbench bench;
    bench.write("old", 1);
    auto stores = bench.taken();
    bench.store.apply(stores[0].work);
    bench.core.on_stored(stores[0].ticket);
    UnitOfWork wipe;
    wipe.wipe_credentials = true;
    bench.core.store(std::move(wipe));
    CHECK_FALSE(bench.read("old"));
    bench.write("new", 2);
    CHECK(bench.read("new") == Bytes{2});
    for (auto const& later : bench.taken()) {
        bench.store.apply(later.work);
        bench.core.on_stored(later.ticket);
    }
    CHECK_FALSE(bench.read("old"));
    CHECK(bench.read("new") == Bytes{2});
}

TEST_CASE("callbacks run in the order of commits, also when one answer covers several", "[engine][core]")
{
    Workbench bench;
    std::vector<int> order;
    bench.write("a", 1, [&] { order.push_back(1); });
    bench.write("b", 1, [&] { order.push_back(2); });
    bench.write("c", 1, [&] { order.push_back(3); });
    auto const stores = bench.taken();
    bench.core.on_stored(stores[1].ticket);
    CHECK(order == std::vector<int>{1, 2});
    CHECK(bench.core.uncommitted() == 1);
}

TEST_CASE("after_stores waits for everything stored so far and for nothing else", "[engine][core]")
{
    Workbench bench;
    std::vector<int> order;
    bench.core.after_stores([&] { order.push_back(0); });
    CHECK(order == std::vector<int>{0}); // nothing to wait for
    bench.write("a", 1, [&] { order.push_back(1); });
    bench.write("b", 1);
    bench.core.after_stores([&] { order.push_back(2); });
    bench.write("c", 1);
    auto const stores = bench.taken();
    bench.core.on_stored(stores[0].ticket);
    CHECK(order == std::vector<int>{0, 1});
    bench.core.on_stored(stores[1].ticket);
    CHECK(order == std::vector<int>{0, 1, 2});
}

TEST_CASE("an answer dies with the connection it was meant for", "[engine][core]")
{
    Workbench bench;
    int answers = 0;
    auto const answer = bench.core.on_this_connection([&] { ++answers; });
    answer();
    CHECK(answers == 1);
    bench.core.drop_connection(make_error_code(EngineErrc::link_lost));
    answer();
    CHECK(answers == 1);
}

TEST_CASE("after giving up nothing is stored and no callback runs", "[engine][core]")
{
    Workbench bench;
    int calls = 0;
    bench.write("a", 1, [&] { ++calls; });
    auto const stores = bench.taken();
    bench.core.give_up(make_error_code(EngineErrc::stopped));
    bench.core.on_stored(stores[0].ticket);
    bench.write("b", 1, [&] { ++calls; });
    CHECK(calls == 0);
    CHECK(bench.taken().empty());
    CHECK_FALSE(bench.read("a"));
}

TEST_CASE("timers run in order when due and not after they were cancelled", "[engine][core]")
{
    Workbench bench;
    std::vector<int> order;
    bench.core.after(2s, [&] { order.push_back(2); });
    bench.core.after(1s, [&] { order.push_back(1); });
    auto cancelled = bench.core.after(1500ms, [&] { order.push_back(9); });
    bench.core.cancel(cancelled);
    CHECK(cancelled == 0);
    CHECK(bench.core.next_timer() == MonotonicTime{1s});
    bench.core.now.monotonic = MonotonicTime{1s};
    bench.core.run_timers();
    CHECK(order == std::vector<int>{1});
    bench.core.now.monotonic = MonotonicTime{1h};
    bench.core.run_timers();
    CHECK(order == std::vector<int>{1, 2});
    CHECK_FALSE(bench.core.next_timer());
}

TEST_CASE("a request without a connection fails at once", "[engine][core]")
{
    Workbench bench;
    ErrorCode error;
    bench.core.request("1", binary::Node{"iq"}, [&](Result<binary::Node> reply) { error = reply.error(); });
    CHECK(error == EngineErrc::link_lost);
    CHECK(bench.core.take_effects().empty());
}

TEST_CASE("request ids never repeat", "[engine][core]")
{
    Workbench bench;
    std::set<std::string> ids;
    for (int i = 0; i < 1'000; ++i)
        ids.insert(bench.core.next_request_id());
    CHECK(ids.size() == 1'000);
}
