#include "gateway/transport/http_transfer.hpp"

#include "gateway/egress/errors.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/transport/errors.hpp"
#include "tests/unit/gateway/transport/test_server.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::transport;
using namespace wagate::test;
using namespace std::chrono_literals;

namespace {

struct Transfers {
    EventLoops loops{1};
    std::string received;

    Transfers() { loops.start(); }
    ~Transfers()
    {
        loops.stop();
        loops.join();
    }
    Transfer get(std::string url)
    {
        Transfer transfer;
        transfer.url = std::move(url);
        transfer.on_piece = [this](std::string_view piece) -> Result<void> {
            received += piece;
            return {};
        };
        return transfer;
    }
    Result<TransferHead> run(Transfer transfer)
    {
        return wait_on(loops.executor(0), run_transfer(std::move(transfer)));
    }
};

TestServer::Serve answering(std::string answer)
{
    return [answer](Peer& peer) {
        peer.read_until("\r\n\r\n");
        peer.write(answer);
    };
}

} // namespace

TEST_CASE("a body arrives in pieces, with a length and in chunks", "[gateway][transfer]")
{
    std::string const body(200'000, 'x');
    auto const answer = GENERATE_COPY("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body,
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" +
                                          body + "\r\n0\r\n\r\n");
    TestServer server(answering(answer));
    Transfers transfers;
    auto const head = transfers.run(transfers.get("http://" + server.address() + "/a?b"));
    REQUIRE(head.has_value());
    CHECK(head->status == 200);
    CHECK(transfers.received == body);
}

TEST_CASE("a body is sent piece by piece with its length", "[gateway][transfer]")
{
    std::string seen;
    TestServer server([&seen](Peer& peer) {
        seen = peer.read_until("\r\n\r\n");
        seen += peer.read(10);
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    Transfers transfers;
    auto transfer = transfers.get("http://" + server.address() + "/up");
    transfer.method = "POST";
    transfer.headers.emplace_back("X-One", "1");
    transfer.body_bytes = 10;
    int pieces = 0;
    transfer.next_piece = [&pieces]() -> Result<std::string> {
        return std::string(5, static_cast<char>('a' + pieces++));
    };
    REQUIRE(transfers.run(std::move(transfer)).has_value());
    CHECK(seen.starts_with("POST /up HTTP/1.1\r\n"));
    CHECK(seen.find("Content-Length: 10\r\n") != std::string::npos);
    CHECK(seen.find("X-One: 1\r\n") != std::string::npos);
    CHECK(seen.ends_with("aaaaabbbbb"));
}

TEST_CASE("a body that ends too early is an error, and what came is there", "[gateway][transfer]")
{
    TestServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
    Transfers transfers;
    CHECK_FALSE((transfers.run(transfers.get("http://" + server.address() + "/"))).has_value());
    CHECK(transfers.received == "half");
}

TEST_CASE("a body may be refused by its head or in the middle", "[gateway][transfer]")
{
    TestServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
    Transfers transfers;
    auto by_head = transfers.get("http://" + server.address() + "/");
    by_head.on_head = [](TransferHead const& head) -> Result<void> {
        CHECK(head.length == 4);
        return ErrorCode(TransportErrc::closed);
    };
    CHECK(transfers.run(std::move(by_head)).error() == TransportErrc::closed);
    CHECK(transfers.received.empty());
    auto by_piece = transfers.get("http://" + server.address() + "/");
    by_piece.on_piece = [](std::string_view) -> Result<void> { return ErrorCode(TransportErrc::closed); };
    CHECK(transfers.run(std::move(by_piece)).error() == TransportErrc::closed);
}

TEST_CASE("an address that is not permitted is not dialled", "[gateway][transfer]")
{
    TestServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    Transfers transfers;
    egress::AddressPolicy const only_public;
    auto transfer = transfers.get("http://" + server.address() + "/");
    transfer.policy = &only_public;
    CHECK(transfers.run(std::move(transfer)).error() == egress::EgressErrc::address_refused);
    CHECK(server.connections() == 0);
}

TEST_CASE("headers cannot add lines", "[gateway][transfer]")
{
    Transfers transfers;
    auto transfer = transfers.get("http://127.0.0.1:1/");
    transfer.headers.emplace_back("X", "a\r\nY: b");
    CHECK(transfers.run(std::move(transfer)).error() == TransportErrc::bad_request);
}

TEST_CASE("a server that falls silent costs a limited time", "[gateway][transfer]")
{
    TestServer server([](Peer& peer) {
        peer.read_until("\r\n\r\n");
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo");
        peer.read(1);
    });
    Transfers transfers;
    auto transfer = transfers.get("http://" + server.address() + "/");
    transfer.silence_limit = 100ms;
    CHECK(transfers.run(std::move(transfer)).error() == TransportErrc::response_timed_out);
}
