#include "api/http/server.hpp"

#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/wakeup.hpp"
#include "gateway/telemetry/log.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace wagate;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

Task<http::Response> echo(http::Request request)
{
    if (request.path == "/fail") throw std::runtime_error("broken handler");
    http::Response response;
    response.headers.add("X-Path", request.path);
    response.headers.add("X-Injected", "a\r\nb: c");
    response.body = request.method + " " + request.query + " " + request.body;
    co_return response;
}

/// A server on two running loops; stopped and joined at the end.
struct Running {
    explicit Running(http::ServerLimits limits = {}, http::Screen screen = {})
        : server({loops.executor(0), loops.executor(1)}, echo, limits, std::move(screen))
    {
        loops.start();
        REQUIRE(server.start("127.0.0.1:0"));
    }
    ~Running()
    {
        wait_on(loops.executor(0), server.stop(2s));
        loops.stop();
        loops.join();
    }

    EventLoops loops{2};
    http::Server server;
};

/// A blocking client.
struct Client {
    explicit Client(http::Server const& server)
    {
        socket.connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), server.port()));
    }

    void send(std::string_view text) { boost::asio::write(socket, boost::asio::buffer(text)); }

    std::string read_until(std::string const& end)
    {
        boost::system::error_code error;
        while (pending.find(end) == std::string::npos && !error) {
            std::array<char, 4096> chunk{};
            auto const size = socket.read_some(boost::asio::buffer(chunk), error);
            pending.append(chunk.data(), size);
        }
        auto const at = pending.find(end);
        if (at == std::string::npos) return std::exchange(pending, {});
        auto text = pending.substr(0, at + end.size());
        pending.erase(0, at + end.size());
        return text;
    }

    /// Everything until the server closes.
    std::string rest()
    {
        boost::system::error_code error;
        boost::asio::read(socket, boost::asio::dynamic_buffer(pending), error);
        return std::exchange(pending, {});
    }

    boost::asio::io_context context{1};
    tcp::socket socket{context};
    std::string pending;
};

bool begins(std::string const& text, std::string_view start)
{
    return std::string_view(text).substr(0, start.size()) == start;
}

} // namespace

TEST_CASE("one connection carries several requests, pipelined ones too", "[api][server]")
{
    Running running;
    Client client(running.server);
    client.send("GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const first = client.read_until("GET x=1 ");
    CHECK(begins(first, "HTTP/1.1 200 OK\r\n"));
    CHECK(first.find("Connection: keep-alive\r\n") != std::string::npos);
    CHECK(first.find("X-Path: /a\r\n") != std::string::npos);
    client.send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloPUT /c HTTP/1.1\r\nHost: "
                "h\r\nConnection: close\r\n\r\n");
    CHECK(client.read_until("POST  hello").find("X-Path: /b\r\n") != std::string::npos);
    auto const last = client.rest();
    CHECK(last.find("Connection: close\r\n") != std::string::npos);
    CHECK(last.find("PUT  ") != std::string::npos);
}

TEST_CASE("a header value with a line break is not sent", "[api][server]")
{
    Running running;
    Client client(running.server);
    client.send("GET / HTTP/1.0\r\n\r\n");
    CHECK(client.rest().find("X-Injected") == std::string::npos);
}

TEST_CASE("a chunked body and Expect are understood", "[api][server]")
{
    Running running;
    Client client(running.server);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    CHECK(begins(client.read_until("POST  abcde"), "HTTP/1.1 200 OK"));
}

TEST_CASE("HEAD has the header of GET and no body", "[api][server]")
{
    Running running;
    Client client(running.server);
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    auto const answer = client.rest();
    CHECK(answer.find("Content-Length: 6\r\n") != std::string::npos);
    CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("a header above the limit gives 431", "[api][server]")
{
    http::ServerLimits limits;
    limits.head.bytes = 1024;
    Running running(limits);
    Client client(running.server);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(2'000, 'x') + "\r\n\r\n");
    CHECK(begins(client.rest(), "HTTP/1.1 431 "));
}

TEST_CASE("a body above the limit gives 413 before it is read", "[api][server]")
{
    http::ServerLimits limits;
    limits.body_bytes = 100;
    Running running(limits);
    Client declared(running.server);
    declared.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
    CHECK(begins(declared.read_until("\r\n\r\n"), "HTTP/1.1 413 "));
    Client chunked(running.server);
    chunked.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" +
                 std::string(128, 'x') + "\r\n0\r\n\r\n");
    CHECK(begins(chunked.read_until("\r\n\r\n"), "HTTP/1.1 413 "));
    Client fits(running.server);
    fits.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 100\r\n\r\n" +
              std::string(100, 'y'));
    CHECK(begins(fits.rest(), "HTTP/1.1 200 "));
}

TEST_CASE("the screen refuses a request before its body has come", "[api][server]")
{
    http::Screen const screen = [](http::Request const& head) -> std::optional<http::Response> {
        if (head.headers.find("X-Key") == "good") return std::nullopt;
        http::Response refusal;
        refusal.status = 401;
        return refusal;
    };
    Running running({}, screen);
    Client stranger(running.server);
    stranger.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
    CHECK(begins(stranger.read_until("\r\n\r\n"), "HTTP/1.1 401 "));
    Client known(running.server);
    known.send(
        "POST / HTTP/1.1\r\nHost: h\r\nX-Key: good\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    CHECK(known.rest().find("POST  ok") != std::string::npos);
}

TEST_CASE("what is no HTTP gives 400 and the end of the connection", "[api][server]")
{
    Running running;
    for (auto const* text :
         {"nonsense\r\n\r\n", "GET / HTTP/3.7\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
        INFO(text);
        Client client(running.server);
        client.send(text);
        CHECK(begins(client.rest(), "HTTP/1.1 400 "));
    }
}

TEST_CASE("a handler that throws gives 500 without its text, and the server goes on", "[api][server]")
{
    std::string logged;
    log::redirect([&](std::string_view line) { logged += line; });
    Running running;
    Client client(running.server);
    client.send("GET /fail HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const failed = client.read_until("}");
    CHECK(begins(failed, "HTTP/1.1 500 "));
    log::redirect({});
    CHECK(failed.find("broken") == std::string::npos);
    CHECK(logged.find("request failed") != std::string::npos);
    client.send("GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK(begins(client.rest(), "HTTP/1.1 200 "));
}

TEST_CASE("a header that does not end is cut off at its deadline", "[api][server]")
{
    http::ServerLimits limits;
    limits.header = 30ms;
    limits.precision = 5ms;
    Running running(limits);
    Client client(running.server);
    client.send("GET / HTTP/1.1\r\nHost:");
    CHECK(begins(client.rest(), "HTTP/1.1 408 "));
}

TEST_CASE("an idle connection is closed at its deadline", "[api][server]")
{
    http::ServerLimits limits;
    limits.idle = 30ms;
    limits.precision = 5ms;
    Running running(limits);
    Client client(running.server);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.read_until("GET  ");
    CHECK(client.rest().empty());
}

TEST_CASE("above the cap the client goes that was silent longest", "[api][server]")
{
    http::ServerLimits limits;
    limits.connections = 2;
    Running running(limits);
    Client first(running.server);
    Client second(running.server);
    for (auto* client : {&first, &second}) {
        client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        client->read_until("GET  ");
    }
    Client third(running.server);
    third.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK(begins(third.rest(), "HTTP/1.1 200 "));
    CHECK(first.rest().empty());
    second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(begins(second.read_until("GET  "), "HTTP/1.1 200 "));
}

TEST_CASE("above the cap with all clients busy a new one is answered 503", "[api][server]")
{
    EventLoops loops(2);
    loops.start();
    std::promise<void> entered;
    http::Handler const endless = [&](http::Request) -> Task<http::Response> {
        entered.set_value();
        co_await sleep_for(1h);
        co_return http::Response();
    };
    http::ServerLimits limits;
    limits.connections = 1;
    http::Server server({loops.executor(0), loops.executor(1)}, endless, limits);
    REQUIRE(server.start("127.0.0.1:0"));
    Client busy(server);
    busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    entered.get_future().wait();
    auto const refused = Client(server).rest();
    CHECK(begins(refused, "HTTP/1.1 503 "));
    CHECK(refused.find("Retry-After: 1\r\n") != std::string::npos);
    wait_on(loops.executor(0), server.stop(1ms));
    loops.stop();
    loops.join();
}

TEST_CASE("connections of one address have a cap, and a closed one makes room", "[api][server]")
{
    http::ServerLimits limits;
    limits.connections_per_address = 1;
    Running running(limits);
    {
        Client first(running.server);
        first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        first.read_until("GET  ");
        CHECK(begins(Client(running.server).rest(), "HTTP/1.1 429 "));
    }
    std::string answer;
    for (int attempt = 0; attempt < 200 && !begins(answer, "HTTP/1.1 200 "); ++attempt) {
        Client next(running.server);
        next.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        answer = next.rest();
        std::this_thread::sleep_for(5ms);
    }
    CHECK(begins(answer, "HTTP/1.1 200 "));
    limits.uncapped = {egress::parse_network("127.0.0.0/8").value()};
    Running open(limits);
    Client one(open.server);
    Client two(open.server);
    for (auto* client : {&one, &two}) {
        client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(begins(client->read_until("GET  "), "HTTP/1.1 200 "));
    }
}

TEST_CASE("a body that comes too slowly gives 408", "[api][server]")
{
    http::ServerLimits limits;
    limits.body = 30ms;
    limits.precision = 5ms;
    Running running(limits);
    Client client(running.server);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(begins(client.read_until("\r\n\r\n"), "HTTP/1.1 408 "));
}

TEST_CASE("a body that comes at the least rate gets its time", "[api][server]")
{
    http::ServerLimits limits;
    limits.body = 100ms;
    limits.body_rate = 10; // 100 ms for each byte
    limits.precision = 5ms;
    Running running(limits);
    Client client(running.server);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
        client.send("ab");
        std::this_thread::sleep_for(20ms);
    }
    CHECK(begins(client.rest(), "HTTP/1.1 200 "));
}

TEST_CASE("every answer says that it is what its type says and that nobody keeps it", "[api][server]")
{
    Running running;
    Client client(running.server);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    auto const answer = client.rest();
    CHECK(answer.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
    CHECK(answer.find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(answer.find("sandbox") != std::string::npos);
    CHECK(answer.find("Server:") == std::string::npos);
}

TEST_CASE("stopping lets a request under way finish and closes idle connections", "[api][server]")
{
    EventLoops loops(1);
    loops.start();
    Wakeup release(loops.executor(0));
    std::promise<void> entered;
    http::Handler const slow = [&](http::Request) -> Task<http::Response> {
        entered.set_value();
        co_await release.wait();
        http::Response response;
        response.body = "done";
        co_return response;
    };
    http::Server server({loops.executor(0)}, slow);
    REQUIRE(server.start("127.0.0.1:0"));
    Client idle(server);
    Client busy(server);
    busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    entered.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { wait_on(loops.executor(0), server.stop(10s)); });
    CHECK(idle.rest().empty());
    post_to(loops.executor(0), [&] { release.notify(); });
    auto const answer = busy.rest();
    CHECK(begins(answer, "HTTP/1.1 200 "));
    CHECK(answer.find("Connection: close") != std::string::npos);
    stopped.get();
    CHECK_THROWS(Client(server));
    loops.stop();
    loops.join();
}

TEST_CASE("a request that outlasts the grace is cancelled when stopping", "[api][server]")
{
    EventLoops loops(1);
    loops.start();
    std::promise<void> entered;
    http::Handler const endless = [&](http::Request) -> Task<http::Response> {
        entered.set_value();
        co_await sleep_for(1h);
        co_return http::Response();
    };
    http::Server server({loops.executor(0)}, endless);
    REQUIRE(server.start("127.0.0.1:0"));
    Client client(server);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    entered.get_future().wait();
    wait_on(loops.executor(0), server.stop(1ms));
    CHECK(client.rest().empty());
    loops.stop();
    loops.join();
}

TEST_CASE("an address that cannot be listened on is an error", "[api][server]")
{
    EventLoops loops(1);
    loops.start();
    for (auto const* address : {"localhost:1", "127.0.0.1", "127.0.0.1:70000", "127.0.0.1:x", ""}) {
        http::Server server({loops.executor(0)}, echo);
        CHECK(server.start(address).error() == http::ServerErrc::bad_address);
    }
    Running taken;
    http::Server second({loops.executor(0)}, echo);
    CHECK(second.start("127.0.0.1:" + std::to_string(taken.server.port())).has_error());
    loops.stop();
    loops.join();
}
