#include "gateway/events/event_feed.hpp"

#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::test;

namespace {

struct FeedFixture : StoreFixture {
    EventLoops loops{1};
    EventFeed feed{*store};
    std::vector<SessionKey> heard; ///< on the loop only

    FeedFixture() { loops.start(); }
    ~FeedFixture()
    {
        loops.stop();
        loops.join();
    }

    EventFeed::Notify listener()
    {
        return [this](SessionKey const& session) { heard.push_back(session); };
    }
    void append(SessionKey const& session)
    {
        commit(session, event_unit({status_event("x")}));
        commit(session, record_unit("k", "v")); // the listeners of the former batch have run
    }
    /// Runs on the loop, behind everything posted so far.
    void on_loop(std::function<void()> action)
    {
        std::promise<void> done;
        post_to(loops.executor(0), [&] {
            action();
            done.set_value();
        });
        done.get_future().wait();
    }
    std::vector<SessionKey> take_heard()
    {
        std::vector<SessionKey> taken;
        on_loop([&] { taken = std::exchange(heard, {}); });
        return taken;
    }
};

} // namespace

TEST_CASE_METHOD(FeedFixture, "a session's watcher hears of that session only", "[gateway][events]")
{
    auto const subscription = feed.watch_session(a, loops.executor(0), listener());
    append(a);
    append(b);
    CHECK(take_heard() == std::vector{a});
}

TEST_CASE_METHOD(FeedFixture, "a tenant's watcher hears of all its sessions and of nobody else's",
                 "[gateway][events]")
{
    auto const second = session_key("tenant-a", "second");
    auto const subscription = feed.watch_tenant(a.tenant, loops.executor(0), listener());
    store->insert_session(session_row(second)).value();
    append(b);
    append(a);
    append(second);
    CHECK(take_heard() == std::vector{a, second});
}

TEST_CASE_METHOD(FeedFixture, "a slow watcher is told once for many appends", "[gateway][events]")
{
    auto const subscription = feed.watch_session(a, loops.executor(0), listener());
    on_loop([&] {
        for (int i = 0; i < 10; ++i)
            append(a);
    });
    CHECK(take_heard() == std::vector{a});
}

TEST_CASE_METHOD(FeedFixture, "after its end a subscription is silent, even when a call was on its way",
                 "[gateway][events]")
{
    auto subscription = feed.watch_session(a, loops.executor(0), listener());
    auto const other = feed.watch_session(a, loops.executor(0), [](SessionKey const&) {});
    on_loop([&] {
        append(a);
        subscription = {};
    });
    append(a);
    CHECK(take_heard().empty());
}
