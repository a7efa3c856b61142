// The only file that includes Beast's WebSocket.
#include "gateway/egress/connector.hpp"
#include "gateway/egress/errors.hpp"
#include "gateway/egress/url.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/transport/errors.hpp"
#include "gateway/transport/link.hpp"
#include "gateway/transport/proxy.hpp"
#include "gateway/transport/socket_stream_teardown.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>

namespace wagate::transport {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

namespace {

/// What an idle link keeps ready for the first bytes of a message.
constexpr std::size_t waiting_bytes = 512;
constexpr std::size_t largest_piece = 64 * 1024;
/// Above WhatsApp's largest frame of 16 MiB with its header (protocol.md 2).
constexpr std::size_t largest_message = 17 * 1024 * 1024;
/// Beast masks a message piece by piece in a buffer that it keeps.
constexpr std::size_t small_write = 1'024;
constexpr std::size_t large_write = 4'096;

class WebSocketLink final : public Link {
public:
    explicit WebSocketLink(SocketStream stream) : stream_(std::move(stream))
    {
        stream_.binary(true);
        stream_.auto_fragment(false);
        stream_.read_message_max(largest_message);
        stream_.write_buffer_bytes(small_write);
    }

    Task<Result<void>> shake_hands(egress::Url url, LinkEndpoint const& endpoint)
    {
        auto decorate = [&endpoint](websocket::request_type& request) {
            request.set(beast::http::field::origin, endpoint.origin);
            if (!endpoint.user_agent.empty())
                request.set(beast::http::field::user_agent, endpoint.user_agent);
        };
        stream_.set_option(websocket::stream_base::decorator(decorate));
        std::string const authority = url.authority();
        auto [error] = co_await stream_.async_handshake(authority, url.target, awaited);
        stream_.set_option(websocket::stream_base::decorator([](websocket::request_type&) {}));
        if (error == websocket::error::upgrade_declined) co_return TransportErrc::upgrade_refused;
        if (error) co_return translated(error);
        co_return Result<void>();
    }

    Task<Result<Bytes>> read() override
    {
        Bytes message;
        do {
            auto const have = message.size();
            auto const room =
                have == 0 ? waiting_bytes : std::min(stream_.read_size_hint(waiting_bytes), largest_piece);
            message.resize(have + room);
            auto const target = asio::buffer(message.data() + have, room);
            auto [error, size] = co_await stream_.async_read_some(target, awaited);
            message.resize(have + size);
            if (error) co_return translated(error);
        } while (message.empty() || (!stream_.is_message_done() && message.size() < largest_piece));
        co_return message;
    }

    Task<Result<void>> write(Bytes message) override
    {
        stream_.write_buffer_bytes(message.size() > small_write ? large_write : small_write);
        auto [error, size] = co_await stream_.async_write(asio::buffer(message), awaited);
        if (error) co_return translated(error);
        co_return Result<void>();
    }

    void close() noexcept override
    {
        closed_ = true;
        stream_.next_layer().close();
    }

private:
    ErrorCode translated(ErrorCode const& error) const
    {
        if (closed_) return TransportErrc::closed;
        if (error == websocket::error::closed) return TransportErrc::closed_by_peer;
        return error;
    }

    websocket::stream<SocketStream, false> stream_;
    bool closed_ = false;
};

Task<Result<tcp::socket>> connect(egress::Url const& url, LinkEndpoint const& endpoint, Duration limit)
{
    if (endpoint.proxy) co_return co_await connect_through(*endpoint.proxy, url.host, url.port);
    co_return co_await egress::connect_tcp(url.host, url.port, nullptr, egress::system_resolver(), limit);
}

Task<Result<std::unique_ptr<Link>>> open_now(LinkEndpoint endpoint, Duration limit)
{
    auto url = egress::parse_url(endpoint.url, {"ws", "wss"});
    if (!url) co_return url.error();
    auto socket = co_await connect(*url, endpoint, limit);
    if (!socket) co_return socket.error();
    ErrorCode ignored;
    socket->set_option(asio::socket_base::keep_alive(true), ignored);

    SocketStream stream(std::move(*socket));
    if (url->is_secure()) {
        auto const context = tls_client_context(endpoint.ca_file, Verification::full);
        if (!context) co_return context.error();
        auto secured = co_await stream.start_tls(*context, url->host);
        if (!secured) co_return secured.error();
    }
    auto link = std::make_unique<WebSocketLink>(std::move(stream));
    auto opened = co_await link->shake_hands(*url, endpoint);
    if (!opened) co_return opened.error();
    co_return std::unique_ptr<Link>(std::move(link));
}

} // namespace

Task<Result<std::unique_ptr<Link>>> open_link(LinkEndpoint endpoint, std::chrono::milliseconds timeout)
{
    co_return co_await with_timeout(open_now(std::move(endpoint), timeout), timeout);
}

} // namespace wagate::transport
