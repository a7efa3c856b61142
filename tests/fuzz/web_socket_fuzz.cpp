// The frames of a client: they arrive over a pair of sockets at the real connection, which answers or closes
// with a code that the protocol knows, and ends when the client has gone.
#include "api/http/web_socket.hpp"

#include "api/http/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <sys/socket.h>

using namespace wagate;
using namespace std::chrono_literals;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

Task<http::WebSocketEnd> say_nothing(http::WebSocketConnection&)
{
    co_await sleep_for(1h);
    co_return http::WebSocketEnd{};
}

Task<void> converse(http::Connection& connection)
{
    http::Request request;
    request.method = "GET";
    request.path = "/ws";
    for (auto const& [name, value] :
         {std::pair{"Host", "localhost"}, std::pair{"Upgrade", "websocket"},
          std::pair{"Connection", "Upgrade"}, std::pair{"Sec-WebSocket-Version", "13"},
          std::pair{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}})
        request.headers.add(name, value);
    http::Response response;
    response.web_socket = say_nothing;
    http::WebSocketLimits limits;
    limits.message_bytes = 1'024;
    limits.silence = 10s;
    limits.write = 10s;
    auto talking = http::talk_web_socket(connection, std::move(request), std::move(response), limits);
    co_await std::move(talking);
}

/// The frames of a server, none masked and none in pieces.
void check(std::string_view said)
{
    require(said.starts_with("HTTP/1.1 101 "));
    said.remove_prefix(said.find("\r\n\r\n") + 4);
    while (said.size() >= 2) {
        auto const first = static_cast<unsigned char>(said[0]);
        auto const size = static_cast<unsigned char>(said[1]);
        require((first == 0x88 || first == 0x8A) && size < 126 && said.size() >= 2u + size);
        if (first == 0x88 && size >= 2) {
            auto const code =
                static_cast<unsigned char>(said[2]) * 256u + static_cast<unsigned char>(said[3]);
            // From 5000 on nothing is defined, and the client's own code is said back.
            require(code >= 1000 && code != 1004 && code != 1005 && code != 1006);
            require(code < 1016 || code >= 3000);
        }
        said.remove_prefix(2u + size);
    }
    require(said.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size > 32 * 1'024) return 0; // all of it fits into the socket
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    require(::send(ends[1], data, size, 0) == static_cast<ssize_t>(size));
    ::shutdown(ends[1], SHUT_WR);
    {
        boost::asio::io_context context(1);
        http::Connection connection(
            boost::asio::ip::tcp::socket(context, boost::asio::ip::tcp::v4(), ends[0]));
        bool is_over = false;
        boost::asio::co_spawn(context, converse(connection), [&](std::exception_ptr) { is_over = true; });
        while (!is_over)
            require(context.run_one_for(20s) == 1);
        connection.stream.close();
        context.run_for(1ms);
    }
    std::string said;
    char piece[4'096];
    for (ssize_t got = 0; (got = ::recv(ends[1], piece, sizeof piece, MSG_DONTWAIT)) > 0;)
        said.append(piece, static_cast<std::size_t>(got));
    ::close(ends[1]);
    check(said);
    return 0;
}
