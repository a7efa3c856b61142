#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "tests/unit/api/blocking_client.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <set>

using namespace wagate;
using namespace std::chrono_literals;
using test::Api;
using test::begins_with;
using test::BlockingClient;
using test::body_of;

namespace {

SessionKey const shop{TenantId("acme"), SessionName("shop")};
SessionKey const desk{TenantId("acme"), SessionName("desk")};
SessionKey const foreign{TenantId("other"), SessionName("shop")};
std::string const acme = "X-Api-Key: acme-key\r\n";

EventBody status(std::string detail)
{
    return SessionStatusChanged{SessionStatus::working, StatusReason::logged_in, std::move(detail)};
}

EventBody incoming(std::string body)
{
    MessageAppeared appeared;
    appeared.message.chat = Jid::phone("49151");
    appeared.message.id = MessageId("3EB0");
    appeared.message.sender = Jid::phone("49151");
    appeared.message.body = std::move(body);
    return appeared;
}

/// The API on a loop, with sessions of two tenants.
struct Served : test::Parts {
    explicit Served(v1::StreamOptions streams = {}) : server(api, executors(), options(streams))
    {
        add_session("acme", "shop");
        add_session("acme", "desk");
        add_session("other", "shop");
        loops.start();
        REQUIRE(server.start());
    }
    ~Served()
    {
        wait_on(loops.executor(0), server.stop(2s));
        loops.stop();
        loops.join();
    }

    BlockingClient connect() { return BlockingClient(server.port()); }
    std::vector<Executor> executors() { return {loops.executor(0)}; }
    static ApiOptions options(v1::StreamOptions streams)
    {
        ApiOptions options;
        options.listen = "127.0.0.1:0";
        options.limits.precision = 5ms;
        options.streams = streams;
        options.keys_in_urls = true;
        return options;
    }

    EventLoops loops{1};
    ApiServer server;
};

/// The fields of one server-sent event.
std::map<std::string, std::string> fields_of(std::string const& text)
{
    std::map<std::string, std::string> fields;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = text.find('\n', at);
        auto const line = text.substr(at, end - at);
        at = end + 1;
        auto const colon = line.find(": ");
        if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 2);
    }
    return fields;
}

/// Server-sent events as a client reads them.
struct EventSource {
    EventSource(Served& served, std::string const& target, std::string const& headers = acme)
        : client(served.server.port())
    {
        client.get(target, headers);
        head = client.read_until("\r\n\r\n");
        opening = fields_of(next());
    }
    /// The next block, up to its empty line.
    std::string next()
    {
        while (pending.find("\n\n") == std::string::npos) {
            auto const chunk = client.chunk();
            if (chunk.empty()) return {};
            pending += chunk;
        }
        auto const end = pending.find("\n\n") + 2;
        auto block = pending.substr(0, end);
        pending.erase(0, end);
        return block;
    }

    BlockingClient client;
    std::string head;
    std::map<std::string, std::string> opening;
    std::string pending;
};

std::string detail_of(http::json::value const& event)
{
    return std::string(event.at("payload").at("detail").as_string());
}

std::vector<std::string> details(http::json::value const& events)
{
    std::vector<std::string> all;
    for (auto const& event : events.as_array())
        all.push_back(detail_of(event));
    return all;
}

std::vector<std::string> names(http::json::value const& events)
{
    std::vector<std::string> all;
    for (auto const& event : events.as_array())
        all.emplace_back(event.at("event").as_string());
    return all;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("a poll gives the envelopes of webhooks and the cursor to go on with", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const first = api.log.append(shop, status("1"));
    api.log.append(shop, status("2"));
    auto const body = body_of(api.call("GET", "/api/v1/events?since=0"));
    CHECK(details(body.at("events")) == Texts{"1", "2"});
    CHECK(body.at("events").at(0).at("id").as_string() == first);
    CHECK(body.at("events").at(0).at("environment").at("engine") == "GOWS");
    CHECK(body.at("cursor") == "2");
    api.log.append(shop, status("3"));
    auto const next = body_of(api.call("GET", "/api/v1/events?since=2"));
    CHECK(details(next.at("events")) == Texts{"3"});
    auto const by_id = body_of(api.call("GET", "/api/v1/events?since=" + first));
    CHECK(details(by_id.at("events")) == Texts{"2", "3"});
}

TEST_CASE("a poll without a cursor begins at the end of the log", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.log.append(shop, status("old"));
    auto const response = api.call("GET", "/api/v1/events");
    CHECK(response.body == R"({"events":[],"cursor":"1"})");
    CHECK(response.headers.find("Cache-Control") == "no-store");
}

TEST_CASE("pages of any size give every event once, also between the two of one message", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    for (auto const* text : {"a", "b", "c"})
        api.log.append(shop, incoming(text));
    for (std::string const limit : {"1", "2", "4", "1000"}) {
        INFO(limit);
        Texts ids;
        std::string cursor = "0";
        for (int page = 0; page < 10; ++page) {
            auto const body = body_of(api.call("GET", "/api/v1/events?since=" + cursor + "&limit=" + limit));
            for (auto const& event : body.at("events").as_array())
                ids.emplace_back(event.at("id").as_string());
            cursor = body.at("cursor").as_string().c_str();
        }
        CHECK(ids.size() == 6);
        CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 6);
        CHECK(cursor == "3");
    }
}

TEST_CASE("the id of any event received is a place to go on behind", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.log.append(shop, incoming("a"));
    api.log.append(shop, incoming("b"));
    auto const all = body_of(api.call("GET", "/api/v1/events?since=0")).at("events").as_array();
    REQUIRE(names(all) == Texts{"message.any", "message", "message.any", "message"});
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const id = std::string(all[i].at("id").as_string());
        auto const rest = body_of(api.call("GET", "/api/v1/events?since=" + id)).at("events").as_array();
        REQUIRE(rest.size() == all.size() - i - 1);
        if (!rest.empty()) CHECK(rest.front() == all[i + 1]);
    }
}

TEST_CASE("sessions and events are chosen by lists and repetition", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.add_session("acme", "desk");
    api.log.append(shop, status("1"));
    api.log.append(desk, status("2"));
    api.log.append(shop, incoming("3"));
    auto const polled = [&](std::string const& query) {
        return names(body_of(api.call("GET", "/api/v1/events?since=0&" + query)).at("events"));
    };
    CHECK(polled("session=desk") == Texts{"session.status"});
    CHECK(polled("session=*&events=message").size() == 1);
    CHECK(polled("session=shop,desk&events=session.status").size() == 2);
    CHECK(polled("session=shop&session=desk&events=session.status&events=message.any").size() == 3);
    CHECK(polled("events=message.*") == Texts{"message.any"});
    CHECK(polled("events=group.join").empty());
    CHECK(polled("session=shop,*").size() == 4);
}

TEST_CASE("nothing of another tenant is streamed, and its cursors and ids are unknown", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.add_session("other", "shop");
    api.log.append(shop, status("own"));
    auto const id = api.log.append(foreign, status("foreign"));
    api.log.append(foreign, status("foreign"));
    api.log.append(foreign, status("foreign"));
    auto const body = body_of(api.call("GET", "/api/v1/events?since=0"));
    CHECK(details(body.at("events")) == Texts{"own"});
    CHECK(api.call("GET", "/api/v1/events?since=2").status == 400);
    CHECK(api.call("GET", "/api/v1/events?since=evt_00000000000000000000000003").status == 400);
    CHECK(api.call("GET", "/api/v1/events", "", "wrong").status == 401);
}

TEST_CASE("a stream that cannot be asked for is refused before it begins", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.log.append(shop, status("1"));
    for (std::string const path : {"/api/v1/events", "/api/v1/events/stream"}) {
        for (auto const* query : {"since=2", "since=1.1", "since=0.2", "since=0.", "since=-1", "since=1e3",
                                  "since=evt_unknown", "since=99999999999999999999999",
                                  "since=18446744073709551615", "events=mesage", "events=message,x.*"}) {
            INFO(path << "?" << query);
            CHECK(api.call("GET", path + "?" + query).status == 400);
        }
        auto const unknown = api.call("GET", path + "?session=nobody");
        CHECK(unknown.status == 422);
        CHECK(unknown.body == R"({"error":"Session \"nobody\" does not exist","session":"nobody"})");
    }
    for (auto const* query : {"limit=0", "limit=1001", "wait=56", "wait=-1", "wait=x"})
        CHECK(api.call("GET", std::string("/api/v1/events?") + query).status == 400);
    CHECK(
        api.call("GET", "/api/v1/events?since=77").body ==
        R"({"statusCode":400,"message":["since must be a cursor or the id of an event that this server gave out"],"error":"Bad Request"})");
    CHECK(api.call("GET", "/ws").status == 426);
    CHECK(api.call("GET", "/ws", "", "").status == 401);
}

TEST_CASE("events of a session that was deleted meanwhile are passed over", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.log.append(desk, status("gone"));
    api.log.append(shop, status("here"));
    CHECK(details(body_of(api.call("GET", "/api/v1/events?since=0")).at("events")) == Texts{"here"});
}

TEST_CASE("a log that cannot be read is told, not taken for an empty one", "[api][streams]")
{
    Api api;
    api.add_session("acme", "shop");
    api.log.is_broken = true;
    CHECK(api.call("GET", "/api/v1/events?since=0").status == 503);
}

TEST_CASE("a waiting poll is answered when something happens", "[api][streams]")
{
    Served served;
    auto client = served.connect();
    client.get("/api/v1/events?wait=55&events=session.status", acme);
    auto answered = std::async(std::launch::async, [&] { return client.read_until("\"}"); });
    // It may or may not wait already.
    served.log.append(shop, incoming("not wanted"));
    while (answered.wait_for(5ms) != std::future_status::ready)
        served.log.append(desk, status("now"));
    auto const answer = answered.get();
    CHECK(begins_with(answer, "HTTP/1.1 200 "));
    CHECK(answer.find(R"("detail":"now")") != std::string::npos);
    CHECK(answer.find("not wanted") == std::string::npos);
}

TEST_CASE("a WebSocket gets the replay and then what happens, each event once", "[api][streams]")
{
    Served served;
    served.log.append(shop, status("1"));
    auto const second = served.log.append(desk, status("2"));
    served.log.append(shop, status("3"));
    auto from_begin = served.connect();
    CHECK(begins_with(from_begin.upgrade("/ws?x-api-key=acme-key&since=0"), "HTTP/1.1 101 "));
    auto from_second = served.connect();
    from_second.upgrade("/ws?since=" + second, acme);
    served.log.append(foreign, status("foreign"));
    served.log.append(shop, status("4"));
    for (auto const* detail : {"1", "2", "3", "4"})
        CHECK(detail_of(test::parsed(from_begin.frame().payload)) == detail);
    for (auto const* detail : {"3", "4"})
        CHECK(detail_of(test::parsed(from_second.frame().payload)) == detail);
}

TEST_CASE("a WebSocket without since gets what happens from then on, filtered", "[api][streams]")
{
    Served served;
    served.log.append(shop, incoming("old"));
    auto client = served.connect();
    client.upgrade("/ws?session=shop&events=message,session.status&events=message.any", acme);
    served.log.append(desk, incoming("other session"));
    served.log.append(shop, incoming("new"));
    auto const first = test::parsed(client.frame().payload);
    CHECK(first.at("event") == "message.any");
    CHECK(first.at("payload").at("body") == "new");
    CHECK(test::parsed(client.frame().payload).at("event") == "message");
}

TEST_CASE("a WebSocket that may not be opened is refused in HTTP", "[api][streams]")
{
    Served served;
    CHECK(begins_with(served.connect().upgrade("/ws?x-api-key=wrong"), "HTTP/1.1 401 "));
    CHECK(begins_with(served.connect().upgrade("/ws?since=77", acme), "HTTP/1.1 400 "));
    CHECK(begins_with(served.connect().upgrade("/ws?events=nothing", acme), "HTTP/1.1 400 "));
    CHECK(begins_with(served.connect().upgrade("/ws?session=nobody", acme), "HTTP/1.1 422 "));
    CHECK(begins_with(served.connect().upgrade("/ws?session=shop&x-api-key=other-key"), "HTTP/1.1 101 "));
}

TEST_CASE("server-sent events carry cursor, name and envelope", "[api][streams]")
{
    Served served;
    served.log.append(shop, status("1"));
    served.log.append(shop, incoming("2"));
    EventSource source(served, "/api/v1/events/stream?since=0");
    CHECK(source.head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(source.opening.at("retry") == "2000");
    CHECK(source.opening.at("id") == "0");
    auto const first = fields_of(source.next());
    CHECK(first.at("id") == "1");
    CHECK(first.at("event") == "session.status");
    CHECK(detail_of(test::parsed(first.at("data"))) == "1");
    auto const second = fields_of(source.next());
    CHECK(second.at("id") == "1.1");
    CHECK(second.at("event") == "message.any");
    CHECK(fields_of(source.next()).at("id") == "2");
}

TEST_CASE("a client that comes back with Last-Event-ID misses nothing and gets nothing twice",
          "[api][streams]")
{
    Served served;
    served.log.append(shop, incoming("1"));
    served.log.append(shop, status("2"));
    EventSource first(served, "/api/v1/events/stream?since=0");
    auto const last = fields_of(first.next()).at("id");
    first.client.close();
    EventSource again(served, "/api/v1/events/stream?since=0", acme + "Last-Event-ID: " + last + "\r\n");
    CHECK(fields_of(again.next()).at("event") == "message");
    CHECK(fields_of(again.next()).at("event") == "session.status");
    EventSource fresh(served, "/api/v1/events/stream");
    auto const place = fresh.opening.at("id");
    fresh.client.close();
    served.log.append(shop, status("3"));
    EventSource back(served, "/api/v1/events/stream", acme + "Last-Event-ID: " + place + "\r\n");
    CHECK(detail_of(test::parsed(fields_of(back.next()).at("data"))) == "3");
}

TEST_CASE("a quiet stream of server-sent events shows that it lives", "[api][streams]")
{
    v1::StreamOptions options;
    options.heartbeat = 10ms;
    Served served(options);
    EventSource source(served, "/api/v1/events/stream");
    CHECK(source.next() == ": heartbeat\n\n");
    CHECK(source.next() == ": heartbeat\n\n");
}

TEST_CASE("a consumer that reads slowly gets everything, from the log", "[api][streams]")
{
    Served served;
    BlockingClient slow(served.server.port(), 4'096);
    slow.upgrade("/ws?events=message.any", acme);
    constexpr int count = 400;
    std::string const large(20'000, 'x');
    for (int i = 0; i < count; ++i)
        served.log.append(shop, incoming(std::to_string(i) + " " + large));
    int in_order = 0;
    for (int i = 0; i < count; ++i) {
        auto const frame = test::parsed(slow.frame().payload);
        auto const body = std::string(frame.at("payload").at("body").as_string());
        if (begins_with(body, std::to_string(i) + " ")) ++in_order;
    }
    CHECK(in_order == count);
}

TEST_CASE("streams of a tenant have a bound, and a closed one makes room", "[api][streams]")
{
    v1::StreamOptions options;
    options.per_tenant = 2;
    Served served(options);
    EventSource first(served, "/api/v1/events/stream");
    auto second = served.connect();
    second.upgrade("/ws", acme);
    auto third = served.connect();
    auto const refused = third.upgrade("/ws", acme);
    CHECK(begins_with(refused, "HTTP/1.1 429 "));
    CHECK(refused.find("Retry-After: ") != std::string::npos);
    CHECK(begins_with(served.connect().upgrade("/ws?x-api-key=other-key"), "HTTP/1.1 101 "));
    second.send_frame(8, std::string("\x03\xe8", 2));
    second.rest();
    second.close(); // its place is free, or about to be
    for (int i = 0; i < 1'000; ++i) {
        auto again = served.connect();
        if (begins_with(again.upgrade("/ws", acme), "HTTP/1.1 101 ")) return;
    }
    FAIL("a closed stream still takes its place");
}

TEST_CASE("stopping ends all streams at once and tells them", "[api][streams]")
{
    Served served;
    EventSource source(served, "/api/v1/events/stream");
    auto socket = served.connect();
    socket.upgrade("/ws", acme);
    auto poll = served.connect();
    poll.get("/api/v1/events?wait=55", acme);
    EventSource behind(served, "/api/v1/events/stream"); // the poll was read before
    auto stopped =
        std::async(std::launch::async, [&] { wait_on(served.loops.executor(0), served.server.stop(1h)); });
    auto const close = socket.frame();
    CHECK(close.close_code() == 1001);
    socket.send_frame(8, close.payload);
    CHECK(source.next().empty());
    auto const answer = poll.rest();
    CHECK((answer.empty() || begins_with(answer, "HTTP/1.1 503 ")));
    stopped.get();
}
