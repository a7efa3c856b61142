#include "api/http/streaming.hpp"

#include "api/http/server.hpp"
#include "api/http/web_socket.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/wakeup.hpp"
#include "gateway/telemetry/log.hpp"
#include "tests/unit/api/blocking_client.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace wagate;
using namespace std::chrono_literals;
using test::begins_with;
using test::BlockingClient;

namespace {

http::ServerLimits quick_limits()
{
    http::ServerLimits limits;
    limits.precision = 5ms;
    return limits;
}

/// A server on one running loop.
struct Running {
    explicit Running(http::Handler handler, http::ServerLimits limits = quick_limits())
        : server({loops.executor(0)}, std::move(handler), limits)
    {
        loops.start();
        REQUIRE(server.start("127.0.0.1:0"));
    }
    ~Running()
    {
        stop(2s);
        loops.stop();
        loops.join();
    }
    void stop(std::chrono::milliseconds grace) { wait_on(loops.executor(0), server.stop(grace)); }
    Executor executor() { return loops.executor(0); }

    EventLoops loops{1};
    http::Server server;
};

/// Fulfilled when the coroutine that holds it has ended, however.
struct Ended {
    std::promise<void>& promise;
    ~Ended() { promise.set_value(); }
};

http::Handler streaming(http::BodyStream stream)
{
    return [stream](http::Request) -> Task<http::Response> {
        http::Response response;
        response.headers.add("Content-Type", "text/plain");
        response.stream = stream;
        co_return response;
    };
}

http::Handler talking(http::WebSocketTalk talk)
{
    return [talk](http::Request) -> Task<http::Response> {
        http::Response response;
        response.web_socket = talk;
        co_return response;
    };
}

http::Handler answering_late(http::LateAnswer later)
{
    return [later](http::Request request) -> Task<http::Response> {
        http::Response response;
        response.body = "at once";
        if (request.path == "/late") response.later = later;
        co_return response;
    };
}

Task<void> write_two(http::BodyWriter& out)
{
    CHECK(co_await out.write("first"));
    CHECK(co_await out.write(""));
    CHECK(co_await out.write("second"));
}

Task<void> wait_for_ever(std::promise<void>& begun, std::promise<void>& ended)
{
    Ended const end{ended};
    begun.set_value();
    co_await sleep_for(1h);
}

Task<http::WebSocketEnd> greet(http::WebSocketConnection& peer)
{
    CHECK(co_await peer.send_text("hello"));
    co_await sleep_for(1h);
    co_return http::WebSocketEnd();
}

/// Until it is not taken any more.
template <class Peer, class Send>
Task<void> flood(Peer& peer, Send send, std::promise<std::size_t>& ended, std::size_t piece = 1'000'000)
{
    std::size_t sent = 0;
    while (true) {
        auto sending = (peer.*send)(std::string(piece, 'x'));
        auto const result = co_await std::move(sending);
        if (!result) break;
        ++sent;
    }
    ended.set_value(sent);
}

} // namespace

TEST_CASE("a streamed body comes in chunks, each when it was written", "[api][streaming]")
{
    Running running(streaming(write_two));
    BlockingClient client(running.server.port());
    client.get("/");
    auto const head = client.read_until("\r\n\r\n");
    CHECK(begins_with(head, "HTTP/1.1 200 OK\r\n"));
    CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(client.rest() == "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n");
}

TEST_CASE("a client of HTTP/1.0 gets the bare body, and HEAD only the header", "[api][streaming]")
{
    Running running(streaming(write_two));
    BlockingClient old(running.server.port());
    old.send("GET / HTTP/1.0\r\n\r\n");
    old.read_until("\r\n\r\n");
    CHECK(old.rest() == "firstsecond");
    BlockingClient head(running.server.port());
    head.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const answer = head.rest();
    CHECK(begins_with(answer, "HTTP/1.1 200 OK\r\n"));
    CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("a stream that fails ends without the last chunk", "[api][streaming]")
{
    std::string logged;
    log::redirect([&](std::string_view line) { logged += line; });
    {
        Running running(streaming([](http::BodyWriter& out) -> Task<void> {
            co_await out.write("part");
            throw std::runtime_error("broken stream");
        }));
        BlockingClient client(running.server.port());
        client.get("/");
        client.read_until("\r\n\r\n");
        CHECK(client.rest() == "4\r\npart\r\n");
    }
    log::redirect({});
    CHECK(logged.find("broken stream") != std::string::npos);
}

TEST_CASE("a stream is cancelled when its client leaves", "[api][streaming]")
{
    std::promise<void> begun;
    std::promise<void> ended;
    Running running(streaming([&](http::BodyWriter&) { return wait_for_ever(begun, ended); }));
    BlockingClient client(running.server.port());
    client.get("/");
    begun.get_future().wait();
    client.close();
    CHECK(ended.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a consumer that does not read is dropped at the deadline of a write", "[api][streaming]")
{
    auto limits = quick_limits();
    limits.write = 50ms;
    std::promise<std::size_t> ended;
    Running running(
        streaming([&](http::BodyWriter& out) { return flood(out, &http::BodyWriter::write, ended); }),
        limits);
    BlockingClient client(running.server.port(), 4'096);
    client.get("/");
    auto sent = ended.get_future();
    REQUIRE(sent.wait_for(10s) == std::future_status::ready);
    CHECK(sent.get() < 100); // what the kernel takes
}

TEST_CASE("stopping ends a stream properly and does not wait for it", "[api][streaming]")
{
    std::promise<void> begun;
    std::promise<void> ended;
    Running running(streaming([&](http::BodyWriter&) { return wait_for_ever(begun, ended); }));
    BlockingClient client(running.server.port());
    client.get("/");
    begun.get_future().wait();
    running.stop(1h);
    CHECK(ended.get_future().wait_for(0s) == std::future_status::ready);
    client.read_until("\r\n\r\n");
    CHECK(client.rest() == "0\r\n\r\n");
}

TEST_CASE("stopping is not held up by a consumer that does not read", "[api][streaming]")
{
    std::promise<std::size_t> ended;
    constexpr std::size_t more_than_the_kernel_takes = 64'000'000;
    Running running(streaming([&](http::BodyWriter& out) {
        return flood(out, &http::BodyWriter::write, ended, more_than_the_kernel_takes);
    }));
    BlockingClient client(running.server.port(), 4'096);
    client.get("/");
    client.read_until("xxx");
    running.stop(1h);
    CHECK(ended.get_future().get() == 0);
}

TEST_CASE("a late answer is sent when it is there, and the connection goes on", "[api][streaming]")
{
    std::unique_ptr<Wakeup> release;
    std::promise<void> begun;
    Running running(answering_late([&]() -> Task<http::Response> {
        begun.set_value();
        co_await release->wait();
        http::Response response;
        response.status = 201;
        response.body = "late";
        co_return response;
    }));
    release = std::make_unique<Wakeup>(running.executor());
    BlockingClient client(running.server.port());
    client.get("/late");
    begun.get_future().wait();
    client.get("/soon"); // pipelined
    post_to(running.executor(), [&] { release->notify(); });
    CHECK(begins_with(client.read_until("late"), "HTTP/1.1 201 Created\r\n"));
    CHECK(begins_with(client.read_until("at once"), "HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("stopping answers what waits for a late answer with 503 at once", "[api][streaming]")
{
    std::promise<void> begun;
    std::promise<void> ended;
    Running running(answering_late([&]() -> Task<http::Response> {
        auto waiting = wait_for_ever(begun, ended);
        co_await std::move(waiting);
        co_return http::Response();
    }));
    BlockingClient client(running.server.port());
    client.get("/late");
    begun.get_future().wait();
    running.stop(1h);
    auto const answer = client.rest();
    CHECK(begins_with(answer, "HTTP/1.1 503 "));
    CHECK(answer.find("Retry-After: 5\r\n") != std::string::npos);
}

TEST_CASE("bodies of all requests together have a bound", "[api][streaming]")
{
    auto limits = quick_limits();
    limits.all_body_bytes = 100;
    limits.body_bytes = 90;
    Running running(answering_late({}), limits);
    BlockingClient first(running.server.port());
    first.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 85\r\nExpect: 100-continue\r\n\r\n");
    CHECK(begins_with(first.read_until("\r\n\r\n"), "HTTP/1.1 100 "));
    first.send(std::string(80, 'x'));
    std::this_thread::sleep_for(50ms);
    for (auto const* framing : {"Content-Length: 30\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1e\r\n"}) {
        BlockingClient second(running.server.port());
        second.send(std::string("POST / HTTP/1.1\r\nHost: h\r\n") + framing + std::string(30, 'x'));
        auto const refused = second.read_until("\r\n\r\n");
        CHECK(begins_with(refused, "HTTP/1.1 503 "));
        CHECK(refused.find("Retry-After: 1\r\n") != std::string::npos);
    }
    BlockingClient small(running.server.port());
    small.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n" + std::string(20, 'x'));
    CHECK(begins_with(small.read_until("at once"), "HTTP/1.1 200 "));
    first.send(std::string(5, 'x'));
    CHECK(begins_with(first.read_until("at once"), "HTTP/1.1 200 "));
    first.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90\r\n\r\n" + std::string(90, 'x'));
    CHECK(begins_with(first.read_until("at once"), "HTTP/1.1 200 "));
}

TEST_CASE("a WebSocket is opened by the rules and carries text", "[api][websocket]")
{
    Running running(talking(greet));
    BlockingClient client(running.server.port());
    auto const head = client.upgrade("/");
    CHECK(begins_with(head, "HTTP/1.1 101 "));
    CHECK(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
    auto const frame = client.frame();
    CHECK(frame.opcode == 1);
    CHECK(frame.payload == "hello");
}

TEST_CASE("a WebSocket answers pings, drops what it is told and closes when asked", "[api][websocket]")
{
    Running running(talking(greet));
    BlockingClient client(running.server.port());
    client.upgrade("/");
    client.frame();
    client.send_frame(1, "nobody listens");
    client.send_frame(9, "are you there?");
    auto const pong = client.frame();
    CHECK(pong.opcode == 10);
    CHECK(pong.payload == "are you there?");
    client.send_frame(8, std::string("\x03\xe8", 2));
    auto const close = client.frame();
    CHECK(close.opcode == 8);
    CHECK(close.close_code() == 1000);
    CHECK(client.rest().empty());
}

TEST_CASE("a message above the limit ends a WebSocket", "[api][websocket]")
{
    Running running(talking(greet));
    BlockingClient client(running.server.port());
    client.upgrade("/");
    client.frame();
    client.send(std::string("\x81\xff\0\0\0\0\0\1\0\1mask", 14)); // 65,537 bytes are announced
    CHECK(client.frame().close_code() == 1009);
}

TEST_CASE("the end that an endpoint chose is told to the client", "[api][websocket]")
{
    Running running(talking([](http::WebSocketConnection&) -> Task<http::WebSocketEnd> {
        http::WebSocketEnd end;
        end.code = 1011;
        end.reason = "no more";
        co_return end;
    }));
    BlockingClient client(running.server.port());
    client.upgrade("/");
    auto const close = client.frame();
    CHECK(close.close_code() == 1011);
    CHECK(close.payload.substr(2) == "no more");
    client.send_frame(8, close.payload);
    CHECK(client.rest().empty());
}

TEST_CASE("a silent client is pinged and then dropped", "[api][websocket]")
{
    auto limits = quick_limits();
    limits.web_socket_silence = 100ms;
    Running running(talking(greet), limits);
    BlockingClient client(running.server.port());
    client.upgrade("/");
    CHECK(client.frame().payload == "hello");
    CHECK(client.frame().opcode == 9);
    CHECK(client.frame().opcode != 1);
    CHECK(client.rest().empty());
}

TEST_CASE("a WebSocket whose client does not read is dropped", "[api][websocket]")
{
    auto limits = quick_limits();
    limits.write = 50ms;
    std::promise<std::size_t> ended;
    Running running(talking([&](http::WebSocketConnection& peer) -> Task<http::WebSocketEnd> {
                        co_await flood(peer, &http::WebSocketConnection::send_text, ended);
                        co_return http::WebSocketEnd();
                    }),
                    limits);
    BlockingClient client(running.server.port(), 4'096);
    client.upgrade("/");
    auto sent = ended.get_future();
    REQUIRE(sent.wait_for(10s) == std::future_status::ready);
    CHECK(sent.get() < 100);
}

TEST_CASE("stopping closes a WebSocket with 1001 and does not wait for it", "[api][websocket]")
{
    Running running(talking(greet));
    BlockingClient polite(running.server.port());
    polite.upgrade("/");
    polite.frame();
    BlockingClient deaf(running.server.port()); // does not answer the close frame
    deaf.upgrade("/");
    deaf.frame();
    auto stopped = std::async(std::launch::async, [&] { running.stop(1h); });
    auto const close = polite.frame();
    CHECK(close.opcode == 8);
    CHECK(close.close_code() == 1001);
    polite.send_frame(8, close.payload);
    CHECK(polite.rest().empty());
    stopped.get();
    CHECK(deaf.frame().close_code() == 1001);
    CHECK(deaf.rest().empty());
}

TEST_CASE("a WebSocket endpoint refuses a request that is no proper upgrade", "[api][websocket]")
{
    Running running(talking(greet));
    for (auto const* headers :
         {"", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
          "dGhlIHNhbXBsZSBub25jZQ==\r\n"}) {
        INFO(headers);
        BlockingClient client(running.server.port());
        client.get("/", headers);
        CHECK(begins_with(client.read_until("\r\n\r\n"), "HTTP/1.1 400 "));
    }
}
