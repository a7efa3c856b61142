#include "protocol/engine/request_table.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::engine;
using namespace std::chrono_literals;
using binary::Node;

namespace {

MonotonicTime at(std::chrono::seconds seconds)
{
    return MonotonicTime{seconds};
}

/// What became of one request.
struct Outcome {
    int calls = 0;
    ErrorCode error;
    std::string tag;
    RequestTable::Handler handler()
    {
        return [this](Result<Node> reply) {
            ++calls;
            if (reply)
                tag = reply->tag;
            else
                error = reply.error();
        };
    }
};

} // namespace

TEST_CASE("a reply reaches the request with its id, once", "[engine][requests]")
{
    RequestTable table;
    Outcome first;
    Outcome second;
    table.add("1", at(60s), first.handler());
    table.add("2", at(60s), second.handler());
    CHECK(table.resolve("2", Node{"two"}) == RequestTable::Match::delivered);
    CHECK(second.tag == "two");
    CHECK(first.calls == 0);
    CHECK(table.resolve("2", Node{"two"}) == RequestTable::Match::none);
    CHECK(second.calls == 1);
    CHECK(table.size() == 1);
}

TEST_CASE("a request fails when its deadline passes, not before", "[engine][requests]")
{
    RequestTable table;
    Outcome outcome;
    table.add("1", at(60s), outcome.handler());
    table.expire(at(59s));
    CHECK(outcome.calls == 0);
    table.expire(at(60s));
    CHECK(outcome.calls == 1);
    CHECK(outcome.error == EngineErrc::timed_out);
    CHECK(table.size() == 0);
}

TEST_CASE("a late reply is recognised and swallowed once", "[engine][requests]")
{
    RequestTable table;
    Outcome outcome;
    table.add("1", at(1s), outcome.handler());
    table.expire(at(2s));
    CHECK(table.resolve("1", Node{"late"}) == RequestTable::Match::swallowed);
    CHECK(outcome.calls == 1);
    CHECK(table.resolve("1", Node{"later"}) == RequestTable::Match::none);
}

TEST_CASE("expired requests are remembered up to a limit, the oldest is forgotten first",
          "[engine][requests]")
{
    RequestTable table;
    for (std::size_t i = 0; i <= RequestTable::max_abandoned; ++i) {
        table.add(std::to_string(i), at(1s), [](Result<Node>) {});
        table.expire(at(1s));
    }
    CHECK(table.resolve("0", Node{"reply"}) == RequestTable::Match::none);
    CHECK(table.resolve("1", Node{"reply"}) == RequestTable::Match::swallowed);
}

TEST_CASE("all requests fail with the connection and a handler may ask again", "[engine][requests]")
{
    RequestTable table;
    Outcome again;
    int failed = 0;
    for (auto const id : {"1", "2", "3"}) {
        table.add(id, at(60s), [&](Result<Node> reply) {
            failed += reply.error() == EngineErrc::link_lost;
            table.add("again", at(60s), again.handler());
        });
    }
    table.fail_all(make_error_code(EngineErrc::link_lost));
    CHECK(failed == 3);
    CHECK(table.size() == 1);
    CHECK(again.calls == 0);
}

TEST_CASE("the next deadline is the earliest", "[engine][requests]")
{
    RequestTable table;
    CHECK_FALSE(table.next_deadline());
    table.add("late", at(60s), [](Result<Node>) {});
    table.add("early", at(30s), [](Result<Node>) {});
    CHECK(table.next_deadline() == at(30s));
}
