#include "gateway/transport/link.hpp"

#include "gateway/egress/errors.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/transport/errors.hpp"
#include "tests/unit/gateway/transport/test_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include <future>

using namespace wagate;
using namespace wagate::transport;
using namespace wagate::test;
using namespace std::chrono_literals;

namespace {

TestCertificate const& good_certificate()
{
    static TestCertificate const certificate("DNS:localhost,IP:127.0.0.1");
    return certificate;
}

LinkEndpoint endpoint(std::string url, std::string ca_file = {})
{
    LinkEndpoint made;
    made.url = std::move(url);
    made.ca_file = std::move(ca_file);
    return made;
}

/// Everything that comes back is sent out again, message by message.
void echo(Peer& peer)
{
    WebSocketPeer socket(peer);
    for (;;) {
        auto const frame = socket.read();
        if (frame.opcode == binary_frame) socket.write(binary_frame, frame.payload);
    }
}

/// Runs `use(link)` on a loop of its own.
template <class Use>
ErrorCode with_link(LinkEndpoint target, Use use, std::chrono::milliseconds limit = 60s)
{
    EventLoops loops(1);
    loops.start();
    auto task = [](LinkEndpoint where, Use& action, std::chrono::milliseconds longest) -> Task<ErrorCode> {
        auto link = co_await open_link(std::move(where), longest);
        if (!link) co_return link.error();
        co_await action(**link);
        (*link)->close();
        co_return ErrorCode();
    };
    return wait_on(loops.executor(0), task(std::move(target), use, limit));
}

Task<void> no_use(Link&)
{
    co_return;
}

/// Reads until `size` bytes are there.
Task<Bytes> read_bytes(Link& link, std::size_t size)
{
    Bytes all;
    while (all.size() < size) {
        auto piece = co_await link.read();
        if (!piece) break;
        append(all, *piece);
    }
    co_return all;
}

Task<void> check_echo(Link& link)
{
    for (std::size_t const size : {1U, 125U, 126U, 1'024U, 5'000U, 65'535U, 65'536U, 300'000U}) {
        Bytes message(size);
        for (std::size_t i = 0; i < size; ++i)
            message[i] = static_cast<std::uint8_t>(i * 7);
        auto const written = co_await link.write(message);
        CHECK(written.has_value());
        auto const answer = co_await read_bytes(link, size);
        CHECK(answer == message);
    }
}

} // namespace

TEST_CASE("messages of every size travel both ways over TLS", "[gateway][transport]")
{
    TestServer server(echo, &good_certificate());
    auto const error =
        with_link(endpoint("wss://" + server.address() + "/ws/chat", good_certificate().path()), check_echo);
    CHECK_FALSE(error.failed());
}

TEST_CASE("messages of every size travel both ways without TLS", "[gateway][transport]")
{
    TestServer server(echo);
    CHECK_FALSE(with_link(endpoint("ws://" + server.address() + "/ws/chat"), check_echo).failed());
}

TEST_CASE("reading and writing at the same time do not disturb each other", "[gateway][transport]")
{
    constexpr std::size_t messages = 200;
    constexpr std::size_t bytes_each = 9'000;
    TestServer server(echo, &good_certificate());
    auto exchange = [](Link& link) -> Task<void> {
        auto executor = co_await boost::asio::this_coro::executor;
        auto writer = [](Link& target) -> Task<void> {
            for (std::size_t i = 0; i < messages; ++i)
                co_await target.write(Bytes(bytes_each, static_cast<std::uint8_t>(i)));
        };
        TaskGroup group(executor);
        group.spawn("writer", writer(link));
        auto const all = co_await read_bytes(link, messages * bytes_each);
        co_await group.join();
        CHECK(all.size() == messages * bytes_each);
        CHECK(all.at(bytes_each - 1) == 0);
        CHECK(all.at(bytes_each) == 1);
        CHECK(all.back() == static_cast<std::uint8_t>(messages - 1));
    };
    auto const error =
        with_link(endpoint("wss://" + server.address() + "/", good_certificate().path()), exchange);
    CHECK_FALSE(error.failed());
}

TEST_CASE("the handshake names host, path and origin, and offers no compression", "[gateway][transport]")
{
    std::promise<std::string> seen;
    std::promise<std::string> name;
    TestServer server(
        [&](Peer& peer) {
            name.set_value(peer.server_name());
            WebSocketPeer socket(peer);
            seen.set_value(socket.request());
            peer.wait_for_end();
        },
        &good_certificate());
    auto const url = "wss://localhost:" + std::to_string(server.port()) + "/ws/chat?ED=1";
    CHECK_FALSE(with_link(endpoint(url, good_certificate().path()), no_use).failed());
    auto const request = seen.get_future().get();
    CHECK(request.find("GET /ws/chat?ED=1 HTTP/1.1\r\n") == 0);
    CHECK(request.find("Host: localhost:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
    CHECK(request.find("Origin: https://web.whatsapp.com\r\n") != std::string::npos);
    CHECK(request.find("Sec-WebSocket-Extensions") == std::string::npos);
    CHECK(name.get_future().get() == "localhost");
}

TEST_CASE("a ping of the server is answered while reading", "[gateway][transport]")
{
    std::promise<WebSocketPeer::Frame> answer;
    TestServer server([&](Peer& peer) {
        WebSocketPeer socket(peer);
        socket.write(ping_frame, "are you there");
        answer.set_value(socket.read());
        socket.write(binary_frame, "done");
        peer.wait_for_end();
    });
    auto read_one = [](Link& link) -> Task<void> {
        auto const message = co_await link.read();
        CHECK(to_text(message.value()) == "done");
    };
    CHECK_FALSE(with_link(endpoint("ws://" + server.address() + "/"), read_one).failed());
    auto const pong = answer.get_future().get();
    CHECK(pong.opcode == pong_frame);
    CHECK(pong.payload == "are you there");
}

TEST_CASE("a certificate that nobody vouches for is refused", "[gateway][transport]")
{
    TestServer server(echo, &good_certificate());
    auto const error = with_link(endpoint("wss://" + server.address() + "/"), no_use);
    CHECK(is_certificate_error(error));
}

TEST_CASE("a trusted certificate of another host is refused", "[gateway][transport]")
{
    TestCertificate const other("DNS:other.example,IP:127.0.0.2");
    TestServer server(echo, &other);
    CHECK(is_certificate_error(with_link(endpoint("wss://" + server.address() + "/", other.path()), no_use)));
    auto const by_name = "wss://localhost:" + std::to_string(server.port()) + "/";
    CHECK(is_certificate_error(with_link(endpoint(by_name, other.path()), no_use)));
}

TEST_CASE("a file of trusted certificates that is missing is an error of its own", "[gateway][transport]")
{
    TestServer server(echo, &good_certificate());
    auto const error = with_link(endpoint("wss://" + server.address() + "/", "/nonexistent.pem"), no_use);
    CHECK(error == TransportErrc::bad_trust_file);
}

TEST_CASE("a server that does not switch to WebSocket is reported as such", "[gateway][transport]")
{
    TestServer server([](Peer& peer) {
        peer.read_until("\r\n\r\n");
        peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    CHECK(with_link(endpoint("ws://" + server.address() + "/"), no_use) == TransportErrc::upgrade_refused);
}

TEST_CASE("a server that stays silent runs into the limit in every phase", "[gateway][transport]")
{
    auto const silent = [](Peer& peer) { peer.wait_for_end(); };
    TestServer server(silent);
    CHECK(with_link(endpoint("ws://" + server.address() + "/"), no_use, 20ms) ==
          boost::system::errc::timed_out);
    CHECK(with_link(endpoint("wss://" + server.address() + "/"), no_use, 20ms) ==
          boost::system::errc::timed_out);
}

TEST_CASE("a URL of another scheme is refused", "[gateway][transport]")
{
    CHECK(with_link(endpoint("https://web.whatsapp.com/"), no_use) == egress::EgressErrc::bad_url);
}

TEST_CASE("close ends a pending read", "[gateway][transport]")
{
    TestServer server(echo, &good_certificate());
    auto close_while_reading = [](Link& link) -> Task<void> {
        auto executor = co_await boost::asio::this_coro::executor;
        ErrorCode ended;
        auto reader = [](Link& target, ErrorCode& outcome) -> Task<void> {
            auto const message = co_await target.read();
            outcome = message.error();
        };
        TaskGroup group(executor);
        group.spawn("reader", reader(link, ended));
        co_await sleep_for(1ms);
        link.close();
        co_await group.join();
        CHECK(ended == TransportErrc::closed);
        auto const late = co_await link.write(Bytes(1));
        CHECK(late.error() == TransportErrc::closed);
    };
    auto const error = with_link(endpoint("wss://" + server.address() + "/", good_certificate().path()),
                                 close_while_reading);
    CHECK_FALSE(error.failed());
}

TEST_CASE("a limit on a read leaves nothing pending", "[gateway][transport]")
{
    TestServer server(echo, &good_certificate());
    auto read_with_limit = [](Link& link) -> Task<void> {
        auto const message = co_await with_timeout(link.read(), 1ms);
        CHECK(message.error() == boost::system::errc::timed_out);
    };
    auto const error =
        with_link(endpoint("wss://" + server.address() + "/", good_certificate().path()), read_with_limit);
    CHECK_FALSE(error.failed());
}

TEST_CASE("an orderly end by the server is told from a broken connection", "[gateway][transport]")
{
    TestServer orderly([](Peer& peer) {
        WebSocketPeer socket(peer);
        socket.write(close_frame, "");
        peer.wait_for_end();
    });
    TestServer broken([](Peer& peer) {
        WebSocketPeer socket(peer);
        // Announces five bytes and sends three.
        peer.write("\x82\x05xyz");
    });
    ErrorCode ended;
    auto read_error = [&](Link& link) -> Task<void> {
        auto const message = co_await link.read();
        ended = message.error();
    };
    CHECK_FALSE(with_link(endpoint("ws://" + orderly.address() + "/"), std::ref(read_error)).failed());
    CHECK(ended == TransportErrc::closed_by_peer);
    CHECK_FALSE(with_link(endpoint("ws://" + broken.address() + "/"), std::ref(read_error)).failed());
    CHECK(ended.failed());
    CHECK(ended != TransportErrc::closed_by_peer);
}

TEST_CASE("a link goes through an HTTP proxy with credentials", "[gateway][transport]")
{
    std::promise<std::string> asked;
    TestServer proxy([&](Peer& peer) {
        asked.set_value(peer.read_until("\r\n\r\n"));
        peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
        echo(peer);
    });
    auto target = endpoint("ws://whatsapp.example:5222/ws");
    target.proxy.emplace();
    target.proxy->host = "127.0.0.1";
    target.proxy->port = proxy.port();
    target.proxy->username = "ann";
    target.proxy->password = "secret";
    CHECK_FALSE(with_link(target, check_echo).failed());
    CHECK(asked.get_future().get() ==
          "CONNECT whatsapp.example:5222 HTTP/1.1\r\nHost: whatsapp.example:5222\r\n"
          "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n\r\n");
}

TEST_CASE("a link goes through a SOCKS5 proxy with credentials", "[gateway][transport]")
{
    std::promise<std::string> asked;
    TestServer proxy([&](Peer& peer) {
        std::string seen = peer.read(3);
        peer.write(std::string("\x05\x02", 2));
        seen += peer.read(12);
        peer.write(std::string("\x01\x00", 2));
        seen += peer.read(23);
        peer.write(std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
        asked.set_value(seen);
        echo(peer);
    });
    auto target = endpoint("ws://whatsapp.example:80/ws");
    target.proxy.emplace();
    target.proxy->kind = Proxy::Kind::socks5;
    target.proxy->host = "127.0.0.1";
    target.proxy->port = proxy.port();
    target.proxy->username = "ann";
    target.proxy->password = "secret";
    CHECK_FALSE(with_link(target, check_echo).failed());
    std::string const expected = std::string("\x05\x01\x02", 3) + std::string("\x01\x03", 2) +
                                 "ann\x06secret" + std::string("\x05\x01\x00\x03\x10", 5) +
                                 "whatsapp.example" + std::string("\x00\x50", 2);
    CHECK(asked.get_future().get() == expected);
}

TEST_CASE("a proxy that refuses is reported as such", "[gateway][transport]")
{
    TestServer proxy([](Peer& peer) {
        peer.read_until("\r\n\r\n");
        peer.write("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    auto target = endpoint("ws://whatsapp.example/ws");
    target.proxy.emplace();
    target.proxy->host = "127.0.0.1";
    target.proxy->port = proxy.port();
    CHECK(with_link(target, no_use) == TransportErrc::proxy_refused);
}

TEST_CASE("a tenant's proxy on a private address is refused", "[gateway][transport]")
{
    TestServer proxy([](Peer& peer) { peer.wait_for_end(); });
    auto target = endpoint("ws://whatsapp.example/ws");
    target.proxy.emplace();
    target.proxy->host = "127.0.0.1";
    target.proxy->port = proxy.port();
    target.proxy->policy = std::make_shared<egress::AddressPolicy const>();
    CHECK(with_link(target, no_use) == egress::EgressErrc::address_refused);
    CHECK(proxy.connections() == 0);
}
