// The only file of the server that includes Beast's WebSocket.
#include "api/http/web_socket.hpp"

#include "api/http/connection.hpp"
#include "api/http/request_reader.hpp"
#include "gateway/transport/socket_stream_teardown.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <array>

namespace wagate::http {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
namespace {

/// The socket stays the connection's. Without compression, which would cost memory per connection.
using Stream = websocket::stream<transport::SocketStream&, false>;
using Upgrade = beast::http::request<beast::http::empty_body>;

constexpr std::size_t write_buffer = 1'024;
/// For a closing handshake that nobody waits for.
constexpr auto closing_limit = std::chrono::seconds(5);

Upgrade to_upgrade(Request const& request)
{
    Upgrade upgrade;
    upgrade.version(11);
    upgrade.method(beast::http::verb::get);
    upgrade.target(request.path);
    for (auto const& [name, value] : request.headers)
        upgrade.insert(name, value);
    return upgrade;
}

class Talk final : public WebSocketConnection {
public:
    Talk(Connection& connection, WebSocketLimits const& limits)
        : connection_(connection), limits_(limits), stream_(connection.stream)
    {
        // Beast's closing handshake waits for the client to close its side, cancelled or not.
        connection.closes_when_cancelled = true;
        stream_.text(true);
        stream_.auto_fragment(false);
        stream_.write_buffer_bytes(write_buffer);
        stream_.read_message_max(limits.message_bytes);
        websocket::stream_base::timeout timeout{};
        timeout.handshake_timeout = std::min<Duration>(limits.write, closing_limit);
        timeout.idle_timeout = limits.silence;
        timeout.keep_alive_pings = true;
        stream_.set_option(timeout);
        stream_.control_callback([this](websocket::frame_type kind, beast::string_view) {
            if (kind == websocket::frame_type::close) connection_.deadline = Clock::now() + farewell_limit;
        });
    }

    Task<bool> accept(Request request)
    {
        connection_.deadline = Clock::now() + limits_.write;
        auto const upgrade = to_upgrade(request);
        auto const [error] = co_await stream_.async_accept(upgrade, awaited);
        connection_.deadline = Clock::time_point::max();
        co_return !error;
    }

    Task<Result<void>> send_text(std::string text) override
    {
        if (is_broken_) co_return ErrorCode(asio::error::broken_pipe);
        connection_.deadline = Clock::now() + limits_.write;
        auto const buffer = asio::buffer(text);
        auto token = uncancelled();
        auto const [error, size] = co_await stream_.async_write(buffer, token);
        is_broken_ = static_cast<bool>(error);
        if (error) co_return error;
        connection_.deadline = Clock::time_point::max();
        co_return Result<void>();
    }

    /// Until the client closes, breaks the protocol or falls silent.
    Task<void> drop_incoming()
    {
        std::array<char, 1'024> scratch{};
        auto const space = asio::buffer(scratch);
        while (true) {
            auto const [error, size] = co_await stream_.async_read_some(space, awaited);
            if (error) co_return;
        }
    }

    Task<void> close(unsigned code, std::string reason)
    {
        if (!is_broken_) {
            connection_.deadline = Clock::now() + farewell_limit;
            websocket::close_reason const why(static_cast<websocket::close_code>(code), reason);
            auto token = uncancelled();
            co_await stream_.async_close(why, token);
        }
        connection_.stream.close();
    }

private:
    Connection& connection_;
    WebSocketLimits const& limits_;
    Stream stream_;
    bool is_broken_ = false;
};

Task<void> converse(WebSocketTalk const& talk, Talk& peer, WebSocketEnd& end)
{
    auto talking = talk(peer);
    end = co_await std::move(talking);
}

} // namespace

bool is_web_socket_request(Request const& request) noexcept
{
    return request.method == "GET" && lists_word(request.headers.find("Upgrade"), "websocket") &&
           lists_word(request.headers.find("Connection"), "upgrade") &&
           request.headers.contains("Sec-WebSocket-Key") &&
           request.headers.find("Sec-WebSocket-Version") == "13";
}

Task<void> talk_web_socket(Connection& connection, Request request, Response response, WebSocketLimits limits)
{
    Talk talk(connection, limits);
    auto accepting = talk.accept(std::move(request));
    bool const is_accepted = co_await std::move(accepting);
    if (!is_accepted) co_return;
    WebSocketEnd end;
    auto const farewell = [&](Ending ending) -> Task<void> {
        if (ending == Ending::stopped) end = {1001, "the server is shutting down"};
        if (ending == Ending::failed) end = {1011, "internal error"};
        co_await talk.close(end.code, end.reason);
    };
    auto work = converse(response.web_socket, talk, end);
    auto attending = attend(connection, std::move(work), talk.drop_incoming(), farewell);
    auto const ending = co_await std::move(attending);
    // The client may still read why, when it was at fault.
    if (ending == Ending::peer_left) co_await linger(connection);
}

} // namespace wagate::http
