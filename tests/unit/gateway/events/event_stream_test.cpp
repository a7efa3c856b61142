#include "gateway/events/event_stream.hpp"

#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::test;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

/// "first" and "second" of each event whose detail is "two", "one" of others; the body is the id.
std::vector<RenderedEvent> render_simply(SessionInfo const&, storage::StoredEvent const& event, Rendering)
{
    auto const& detail = std::get<SessionStatusChanged>(event.event.body).detail;
    if (detail == "broken") throw std::runtime_error("cannot be rendered");
    if (detail != "two") return {{"one", event.id, detail}};
    return {{"first", event.id, "first"}, {"second", event.id + "'", "second"}};
}

struct StreamFixture : StoreFixture {
    EventLoops loops{1};
    BlockingPool pool{1, 100};
    EventFeed feed{*store};
    std::optional<SessionName> hidden; ///< the session that is deleted
    StreamContext const context{*store, pool, feed, render_simply,
                                [this](SessionKey session) -> Task<std::optional<SessionInfo>> {
                                    if (hidden == session.name) co_return std::nullopt;
                                    SessionInfo info;
                                    info.key = session;
                                    co_return info;
                                }};
    SessionKey const second = session_key("tenant-a", "second");
    std::unique_ptr<EventStream> stream; ///< on the loop only

    StreamFixture()
    {
        store->insert_session(session_row(second)).value();
        loops.start();
    }
    ~StreamFixture()
    {
        on_loop([this] { stream.reset(); });
        loops.stop();
        loops.join();
    }

    void on_loop(std::function<void()> action)
    {
        auto work = [](std::function<void()> call) -> Task<void> {
            call();
            co_return;
        };
        wait_on(loops.executor(0), work(std::move(action)));
    }
    void open(StreamPlace place, std::optional<std::vector<SessionName>> sessions = {}, Texts events = {"*"})
    {
        StreamFilter filter{a.tenant, std::move(sessions), std::move(events)};
        on_loop([&] {
            stream.reset();
            stream = std::make_unique<EventStream>(context, filter, place, loops.executor(0));
        });
    }
    StreamBatch next(Milliseconds limit = 0ms, std::size_t max_items = 100)
    {
        return wait_on(loops.executor(0), stream->next(limit, max_items)).value();
    }
    Outcome<StreamPlace> find(std::string since, std::optional<TenantId> tenant = {})
    {
        return wait_on(loops.executor(0), find_place(context, tenant.value_or(a.tenant), std::move(since)));
    }
    StreamPlace place(std::string since)
    {
        auto const found = find(std::move(since));
        REQUIRE(found.has_value());
        return *found;
    }
    void append(SessionKey const& session, std::string_view detail)
    {
        commit(session, event_unit({status_event(detail)}));
    }
    storage::StoredEvent stored(std::uint64_t position)
    {
        storage::EventQuery query;
        query.tenant = a.tenant;
        query.after = position - 1;
        query.limit = 1;
        return store->events(query).events.at(0);
    }
};

Texts bodies(StreamBatch const& batch)
{
    Texts all;
    for (auto const& item : batch.items)
        all.push_back(item.event.body);
    return all;
}

} // namespace

TEST_CASE_METHOD(StreamFixture, "a stream gives all sessions of its tenant in the order of commits",
                 "[gateway][streams]")
{
    append(a, "1");
    append(second, "2");
    append(b, "foreign");
    append(a, "3");
    open({});
    auto const batch = next();
    CHECK(bodies(batch) == Texts{"1", "2", "3"});
    CHECK(batch.items.at(1).session == second.name);
    CHECK(next().items.empty());
    open({}, std::vector{second.name});
    CHECK(bodies(next()) == Texts{"2"});
}

TEST_CASE_METHOD(StreamFixture, "every cursor continues exactly behind its event", "[gateway][streams]")
{
    for (auto const* detail : {"x", "two", "y", "two"})
        append(a, detail);
    open({});
    auto const all = next();
    Texts const expected{"x", "first", "second", "y", "first", "second"};
    REQUIRE(bodies(all) == expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO(all.items[i].cursor);
        open(place(all.items[i].cursor));
        CHECK(bodies(next()) == Texts(expected.begin() + static_cast<std::ptrdiff_t>(i) + 1, expected.end()));
    }
    CHECK(all.cursor == all.items.back().cursor);
}

TEST_CASE_METHOD(StreamFixture, "small batches add up to the whole log, each event once",
                 "[gateway][streams]")
{
    for (auto const* detail : {"x", "two", "y"})
        append(a, detail);
    for (std::size_t const size : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
        open({});
        Texts all;
        for (auto batch = next(0ms, size); !batch.items.empty(); batch = next(0ms, size)) {
            CHECK(batch.items.size() <= size);
            CHECK(batch.cursor == batch.items.back().cursor);
            for (auto const& body : bodies(batch))
                all.push_back(body);
        }
        CHECK(all == Texts{"x", "first", "second", "y"});
    }
}

TEST_CASE_METHOD(StreamFixture, "what is not wanted is passed over and not asked for again",
                 "[gateway][streams]")
{
    for (int i = 0; i < 10; ++i)
        append(a, "noise");
    append(a, "two");
    append(a, "noise");
    open({}, {}, {"second"});
    auto const batch = next(0ms, 3);
    CHECK(bodies(batch) == Texts{"second"});
    auto const rest = next(0ms, 3);
    CHECK(rest.items.empty());
    CHECK(place(rest.cursor) == place(""));
}

TEST_CASE_METHOD(StreamFixture, "a waiting stream wakes for an event of its sessions", "[gateway][streams]")
{
    open(place(""), std::vector{second.name});
    auto waiting = std::async(std::launch::async,
                              [this] { return wait_on(loops.executor(0), stream->next(1h)).value(); });
    append(a, "not this one");
    append(b, "nor that");
    append(second, "this");
    CHECK(bodies(waiting.get()) == Texts{"this"});
}

TEST_CASE_METHOD(StreamFixture, "a stream that waits in vain tells how far it has looked",
                 "[gateway][streams]")
{
    append(a, "1");
    open({}, {}, {"nothing"});
    auto const batch = next(1ms);
    CHECK(batch.items.empty());
    CHECK(batch.cursor == to_cursor(place("")));
}

TEST_CASE_METHOD(StreamFixture, "events of a deleted session and broken ones are passed over",
                 "[gateway][streams]")
{
    append(a, "1");
    append(second, "2");
    append(a, "broken");
    append(a, "4");
    hidden = second.name;
    open({});
    CHECK(bodies(next()) == Texts{"1", "4"});
}

TEST_CASE_METHOD(StreamFixture, "an event's id is a place, the second one's too", "[gateway][streams]")
{
    append(a, "x");
    append(a, "two");
    append(a, "y");
    auto const end = place("").position;
    auto const two = stored(end - 1);
    open(place(two.id));
    CHECK(bodies(next()) == Texts{"second", "y"});
    open(place(stored(end - 2).id));
    CHECK(bodies(next()) == Texts{"first", "second", "y"});
    open(place("0"));
    CHECK(next().items.size() == 4);
}

TEST_CASE_METHOD(StreamFixture, "a cursor that was never given out is refused", "[gateway][streams]")
{
    append(a, "1");
    append(b, "1");
    append(b, "2");
    append(b, "3");
    auto const end = place("").position;
    CHECK(place(std::to_string(end)).position == end);
    for (auto const& since :
         {std::to_string(end + 1), std::to_string(end) + ".1", std::string("0.2"), std::string("1."),
          std::string(".1"), std::string("-1"), std::string("x"), std::string("18446744073709551615"),
          std::string("99999999999999999999"), std::string("evt_00000000000000000000000000")}) {
        INFO(since);
        auto const found = find(since);
        REQUIRE(found.has_error());
        CHECK(found.error().code == GatewayErrc::invalid_cursor);
    }
    auto const own = stored(end).id;
    CHECK(find(own).has_value());
    CHECK(find(own, b.tenant).has_error());
}
