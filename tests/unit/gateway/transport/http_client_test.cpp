#include "gateway/transport/http_client.hpp"

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

/// Reads one request with its body (Content-Length only).
std::string read_request(Peer& peer)
{
    auto request = peer.read_until("\r\n\r\n");
    std::string const marker = "Content-Length: ";
    if (auto const place = request.find(marker); place != std::string::npos)
        request += peer.read(std::stoul(request.substr(place + marker.size())));
    return request;
}

/// Answers every request of a connection with `answer`.
TestServer::Serve answering(std::string answer)
{
    return [answer](Peer& peer) {
        for (;;) {
            read_request(peer);
            peer.write(answer);
        }
    };
}

std::string const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 7\r\n\r\nhi";

/// A client that may reach loopback, on an event loop of its own.
struct Client {
    EventLoops loops{1};
    std::unique_ptr<HttpClient> client;

    explicit Client(HttpClientSettings settings = opened())
    {
        client = make_http_client(std::move(settings));
        loops.start();
    }
    ~Client()
    {
        loops.stop();
        loops.join();
        client.reset();
    }

    static HttpClientSettings opened()
    {
        HttpClientSettings settings;
        settings.policy = egress::AddressPolicy(egress::parse_networks("127.0.0.0/8,::1").value());
        return settings;
    }

    Result<HttpResponse> send(HttpRequest request)
    {
        return wait_on(loops.executor(0), client->request(std::move(request)));
    }

    Result<HttpResponse> get(std::string url)
    {
        HttpRequest request;
        request.url = std::move(url);
        return send(std::move(request));
    }
};

} // namespace

TEST_CASE("a request carries method, headers and body, and brings back the answer", "[gateway][transport]")
{
    std::promise<std::string> seen;
    TestServer server([&](Peer& peer) {
        seen.set_value(read_request(peer));
        peer.write(ok);
    });
    Client client;
    HttpRequest request;
    request.method = "POST";
    request.url = "http://" + server.address() + "/hook?a=b";
    request.headers = {{"Content-Type", "application/json"}, {"X-Custom", "yes"}, {"Host", "forged.example"}};
    request.body = R"({"event":"message"})";
    auto const response = client.send(std::move(request)).value();
    CHECK(response.status == 200);
    CHECK(response.body == "hi");
    CHECK(response.header("x-id") == "7");
    CHECK_FALSE(response.is_truncated);
    auto const text = seen.get_future().get();
    CHECK(text.find("POST /hook?a=b HTTP/1.1\r\n") == 0);
    CHECK(text.find("Host: " + server.address() + "\r\n") != std::string::npos);
    CHECK(text.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(text.find("X-Custom: yes\r\n") != std::string::npos);
    CHECK(text.find("forged.example") == std::string::npos);
    CHECK(text.ends_with("\r\n\r\n{\"event\":\"message\"}"));
}

TEST_CASE("requests to one host share a kept connection", "[gateway][transport]")
{
    TestServer server(answering(ok));
    Client client;
    for (int i = 0; i < 5; ++i)
        CHECK(client.get("http://" + server.address() + "/").value().status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("requests over TLS share a kept connection too", "[gateway][transport]")
{
    TestCertificate const certificate("IP:127.0.0.1");
    TestServer server(answering(ok), &certificate);
    auto settings = Client::opened();
    settings.ca_file = certificate.path();
    Client client(std::move(settings));
    for (int i = 0; i < 5; ++i)
        CHECK(client.get("https://" + server.address() + "/").value().status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("concurrent requests use connections of their own and at most eight are kept",
          "[gateway][transport]")
{
    constexpr int requests = 12;
    std::atomic<int> waiting = 0;
    std::promise<void> all_there;
    auto opened = all_there.get_future().share();
    TestServer server([&](Peer& peer) {
        for (;;) {
            read_request(peer);
            if (++waiting == requests) all_there.set_value();
            opened.wait();
            peer.write(ok);
        }
    });
    Client client;
    auto crowd = [](HttpClient& target, std::string url) -> Task<void> {
        auto executor = co_await boost::asio::this_coro::executor;
        auto one = [](HttpClient& http, std::string where) -> Task<void> {
            HttpRequest request;
            request.url = std::move(where);
            auto const response = co_await http.request(std::move(request));
            CHECK(response.has_value());
        };
        TaskGroup group(executor);
        for (int i = 0; i < requests; ++i)
            group.spawn("request", one(target, url));
        co_await group.join();
    };
    auto const url = "http://" + server.address() + "/";
    wait_on(client.loops.executor(0), crowd(*client.client, url));
    CHECK(server.connections() == requests);
    waiting = requests;
    wait_on(client.loops.executor(0), crowd(*client.client, url));
    CHECK(server.connections() == requests + requests - 8);
}

TEST_CASE("a connection that the server asks to close is not kept", "[gateway][transport]")
{
    TestServer server(answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    Client client;
    for (int i = 0; i < 3; ++i)
        CHECK(client.get("http://" + server.address() + "/").value().status == 200);
    CHECK(server.connections() == 3);
}

TEST_CASE("a kept connection that the server has closed is replaced", "[gateway][transport]")
{
    // One answer per connection, without saying so.
    TestServer server([](Peer& peer) {
        read_request(peer);
        peer.write(ok);
    });
    Client client;
    for (int i = 0; i < 5; ++i)
        CHECK(client.get("http://" + server.address() + "/").value().status == 200);
    CHECK(server.connections() == 5);
}

TEST_CASE("a request that dies with a kept connection before any answer is sent again",
          "[gateway][transport]")
{
    // The second request of a connection is read and not answered.
    TestServer server([](Peer& peer) {
        read_request(peer);
        peer.write(ok);
        read_request(peer);
    });
    Client client;
    for (int i = 0; i < 3; ++i)
        CHECK(client.get("http://" + server.address() + "/").value().status == 200);
    CHECK(server.connections() == 3);
}

TEST_CASE("a request that dies on a fresh connection is not sent again", "[gateway][transport]")
{
    TestServer server([](Peer& peer) { read_request(peer); });
    Client client;
    CHECK(client.get("http://" + server.address() + "/").has_error());
    CHECK(server.connections() == 1);
}

TEST_CASE("of a long answer only the beginning is kept", "[gateway][transport]")
{
    std::string const body(200'000, 'x');
    TestServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body));
    Client client;
    auto const response = client.get("http://" + server.address() + "/").value();
    CHECK(response.is_truncated);
    CHECK(response.body.size() == 64 * 1024);
    HttpRequest request;
    request.url = "http://" + server.address() + "/";
    request.kept_body_bytes = body.size();
    auto const whole = client.send(std::move(request)).value();
    CHECK_FALSE(whole.is_truncated);
    CHECK(whole.body == body);
}

TEST_CASE("an endless answer ends at the cap", "[gateway][transport]")
{
    TestServer server([](Peer& peer) {
        read_request(peer);
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (;;)
            peer.write("1000\r\n" + std::string(0x1000, 'x') + "\r\n");
    });
    Client client;
    auto const response = client.get("http://" + server.address() + "/").value();
    CHECK(response.is_truncated);
    CHECK(response.body.size() == 64 * 1024);
}

TEST_CASE("an answer of which something always arrives is cut off in time", "[gateway][transport]")
{
    // Only a limit on the whole answer ends these.
    auto const flood = [](std::string beginning, std::string more) {
        return [beginning, more](Peer& peer) {
            read_request(peer);
            peer.write(beginning);
            for (;;)
                peer.write(more);
        };
    };
    TestServer slow_headers([](Peer& peer) {
        read_request(peer);
        peer.write("HTTP/1.1 200 OK\r\nX-Long: x");
        peer.wait_for_end();
    });
    TestServer dripping(flood("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", "x"));
    TestServer interim(flood("", "HTTP/1.1 103 Early Hints\r\n\r\n"));
    Client client;
    for (auto const* server : {&slow_headers, &dripping, &interim}) {
        HttpRequest request;
        request.url = "http://" + server->address() + "/";
        request.timeouts.response = 50ms;
        request.kept_body_bytes = std::size_t{1} << 40;
        CHECK(client.send(std::move(request)).error() == TransportErrc::response_timed_out);
    }
}

TEST_CASE("an answer that ends in the middle is no answer", "[gateway][transport]")
{
    TestServer server([](Peer& peer) {
        read_request(peer);
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    });
    Client client;
    CHECK(client.get("http://" + server.address() + "/").has_error());
    CHECK(server.connections() == 1);
}

TEST_CASE("a connection whose answer was too long is not used again", "[gateway][transport]")
{
    std::string const body(200'000, 'x');
    TestServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body));
    Client client;
    for (int i = 0; i < 3; ++i)
        CHECK(client.get("http://" + server.address() + "/").value().status == 200);
    CHECK(server.connections() == 3);
}

TEST_CASE("a redirect is an answer like any other", "[gateway][transport]")
{
    TestServer target(answering(ok));
    TestServer server(answering("HTTP/1.1 302 Found\r\nLocation: http://" + target.address() +
                                "/\r\nContent-Length: 0\r\n\r\n"));
    Client client;
    auto const response = client.get("http://" + server.address() + "/").value();
    CHECK(response.status == 302);
    CHECK(response.header("Location") == "http://" + target.address() + "/");
    CHECK(target.connections() == 0);
}

TEST_CASE("interim answers are passed over", "[gateway][transport]")
{
    TestServer server(answering("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok));
    Client client;
    auto const response = client.get("http://" + server.address() + "/").value();
    CHECK(response.status == 200);
    CHECK(response.header("Link").empty());
}

TEST_CASE("an answer to HEAD has no body to wait for", "[gateway][transport]")
{
    TestServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"));
    Client client;
    HttpRequest request;
    request.method = "HEAD";
    request.url = "http://" + server.address() + "/";
    CHECK(client.send(std::move(request)).value().status == 200);
}

TEST_CASE("a server that does not answer in time is reported as such", "[gateway][transport]")
{
    TestServer silent([](Peer& peer) { peer.wait_for_end(); });
    TestServer dripping([](Peer& peer) {
        read_request(peer);
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
        peer.wait_for_end();
    });
    Client client;
    for (auto const* server : {&silent, &dripping}) {
        HttpRequest request;
        request.url = "http://" + server->address() + "/";
        request.timeouts.response = 20ms;
        CHECK(client.send(std::move(request)).error() == TransportErrc::response_timed_out);
    }
}

TEST_CASE("a server that does not finish TLS in time is reported as such", "[gateway][transport]")
{
    TestServer silent([](Peer& peer) { peer.wait_for_end(); });
    Client client;
    HttpRequest request;
    request.url = "https://" + silent.address() + "/";
    request.timeouts.connect = 20ms;
    CHECK(client.send(std::move(request)).error() == TransportErrc::connect_timed_out);
}

TEST_CASE("an address that is not public is refused without a connection", "[gateway][transport]")
{
    TestServer server(answering(ok));
    Client client((HttpClientSettings()));
    CHECK(client.get("http://" + server.address() + "/").error() == egress::EgressErrc::address_refused);
    auto const by_name = client.get("http://localhost:" + std::to_string(server.port()) + "/");
    CHECK(by_name.error() == egress::EgressErrc::address_refused);
    CHECK(server.connections() == 0);
}

TEST_CASE("TLS is verified unless the request says otherwise", "[gateway][transport]")
{
    TestCertificate const certificate("IP:127.0.0.1");
    TestServer server(answering(ok), &certificate);
    Client client;
    HttpRequest trusting;
    trusting.url = "https://" + server.address() + "/";
    trusting.verify_tls = false;
    CHECK(client.send(trusting).value().status == 200);
    // Not even over the connection that the trusting request left behind.
    HttpRequest careful = trusting;
    careful.verify_tls = true;
    CHECK(is_certificate_error(client.send(careful).error()));
}

TEST_CASE("a header cannot add lines to the request", "[gateway][transport]")
{
    TestServer server(answering(ok));
    Client client;
    HttpRequest request;
    request.url = "http://" + server.address() + "/";
    SECTION("in its value")
    {
        request.headers = {{"X-A", "b\r\nX-Evil: 1"}};
    }
    SECTION("in its name")
    {
        request.headers = {{"X-A: b\r\nX-Evil", "1"}};
    }
    SECTION("in the method")
    {
        request.method = "GET / HTTP/1.1\r\nX: ";
    }
    CHECK(client.send(std::move(request)).error() == TransportErrc::bad_request);
    CHECK(server.connections() == 0);
}
