// The only file of the server that includes Beast's WebSocket.
#include "api/http/web_socket.hpp"

#include "api/http/connection.hpp"

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
using Stream = websocket::stream<asio::ip::tcp::socket&, false>;
using Upgrade = beast::http::request<beast::http::empty_body>;

constexpr std::size_t write_buffer = 1'024;
/// For a closing handshake that nobody waits for.
constexpr auto closing_limit = std::chrono::seconds(5);

bool has_word(std::string_view list, std::string_view word) noexcept
{
    while (!list.empty()) {
        auto const comma = list.find(',');
        auto part = list.substr(0, comma);
        while (part.starts_with(' '))
            part.remove_prefix(1);
        while (part.ends_with(' '))
            part.remove_suffix(1);
        if (equal_ignoring_case(part, word)) return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

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
        : connection_(connection), limits_(limits), stream_(connection.socket)
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
        ErrorCode ignored;
        if (!is_broken_) {
            connection_.deadline = Clock::now() + farewell_limit;
            websocket::close_reason const why(static_cast<websocket::close_code>(code), reason);
            auto token = uncancelled();
            co_await stream_.async_close(why, token);
        }
        connection_.socket.close(ignored);
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
    return request.method == "GET" && has_word(request.headers.find("Upgrade"), "websocket") &&
           has_word(request.headers.find("Connection"), "upgrade") &&
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
    co_await std::move(attending);
}

} // namespace wagate::http
