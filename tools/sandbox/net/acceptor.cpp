#include "tools/sandbox/net/acceptor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>

namespace wagate::sandbox {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr std::size_t max_request_bytes = 1u << 20;
constexpr std::size_t max_media_bytes = 1u << 30; ///< of uploads, and of what phones are told to send
constexpr std::size_t piece_bytes = 64u << 10;
constexpr std::size_t max_message_bytes = (16u << 20) + 1024;
constexpr auto idle_request_limit = 60s;
constexpr auto close_limit = 5s;

/// One upgraded connection. Keeps itself alive while an operation is pending.
template <class Stream>
class WebSocketLink final : public Link, public std::enable_shared_from_this<WebSocketLink<Stream>> {
public:
    explicit WebSocketLink(Stream stream) : stream_(std::move(stream)) {}

    websocket::stream<Stream, false>& stream() { return stream_; }

    void start(std::shared_ptr<LinkHandler> handler)
    {
        handler_ = std::move(handler);
        read();
    }

    void write(Bytes message) override
    {
        if (closing_) return;
        queue_.push_back(std::move(message));
        if (!writing_) write_next();
    }
    void close() override
    {
        if (closing_) return;
        closing_ = true;
        if (!writing_) finish_close();
    }
    void abort() override
    {
        closing_ = true;
        queue_.clear();
        beast::get_lowest_layer(stream_).close();
        if (!reading_) finished();
    }
    void pause_reading(bool paused) override
    {
        paused_ = paused;
        if (!paused_ && !reading_ && handler_) read();
    }

private:
    void read()
    {
        reading_ = true;
        stream_.async_read(buffer_, [self = this->shared_from_this()](error_code error, std::size_t) {
            self->on_read(error);
        });
    }
    void on_read(error_code error)
    {
        reading_ = false;
        if (error) return finished();
        // The handler may close or drop this link while it runs.
        auto const keep = handler_;
        auto const data = buffer_.cdata();
        Bytes const bytes(static_cast<std::uint8_t const*>(data.data()),
                          static_cast<std::uint8_t const*>(data.data()) + data.size());
        buffer_.clear();
        if (keep) keep->on_bytes(bytes);
        if (buffer_.capacity() > 64 * 1024) buffer_ = beast::flat_buffer{};
        if (!handler_) return;
        if (!paused_) read();
    }
    void write_next()
    {
        writing_ = true;
        stream_.async_write(
            asio::buffer(queue_.front()),
            [self = this->shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
    }
    void on_written(error_code error)
    {
        writing_ = false;
        if (!queue_.empty()) queue_.pop_front();
        if (error) return abort();
        if (!queue_.empty()) return write_next();
        if (closing_) finish_close();
    }
    void finish_close()
    {
        if (!beast::get_lowest_layer(stream_).socket().is_open()) return;
        // A peer that does not answer the close frame must not keep the socket.
        auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor(), close_limit);
        timer->async_wait([self = this->shared_from_this()](error_code error) {
            if (!error) self->abort();
        });
        stream_.async_close(websocket::close_code::normal,
                            [self = this->shared_from_this(), timer](error_code) {
                                timer->cancel();
                                beast::get_lowest_layer(self->stream_).close();
                                if (!self->reading_) self->finished();
                            });
    }
    void finished()
    {
        closing_ = true;
        if (auto handler = std::exchange(handler_, nullptr)) handler->on_closed();
    }

    websocket::stream<Stream, false> stream_;
    beast::flat_buffer buffer_;
    std::shared_ptr<LinkHandler> handler_;
    std::deque<Bytes> queue_;
    bool reading_ = false;
    bool writing_ = false;
    bool closing_ = false;
    bool paused_ = false;
};

/// Waits for the control API's reply, which may come later.
asio::awaitable<HttpResponse> answer(HttpHandler const& handler, HttpRequest request)
{
    struct Pending {
        explicit Pending(asio::any_io_executor executor)
            : timer(std::move(executor), asio::steady_timer::time_point::max())
        {}
        asio::steady_timer timer;
        HttpResponse response;
        bool done = false;
    };
    auto executor = co_await asio::this_coro::executor;
    auto pending = std::make_shared<Pending>(executor);
    handler(request, [pending](HttpResponse response) {
        pending->response = std::move(response);
        pending->done = true;
        pending->timer.cancel();
    });
    error_code ignored;
    if (!pending->done)
        co_await pending->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return std::move(pending->response);
}

std::size_t body_limit(std::string_view target)
{
    auto const path = target.substr(0, target.find('?'));
    auto const is_large = target.starts_with("/mms/") || target.starts_with("/newsletter/") ||
                          target.starts_with("/product/") || target.starts_with("/pps/") ||
                          path.ends_with("/send") || path.ends_with("/hostile");
    return is_large ? max_media_bytes : max_request_bytes;
}

/// Writes a body slowly, or not all of it. @return whether the connection is still good
template <class Stream>
asio::awaitable<bool> write_pieces(Stream& stream, std::string body, HttpResponse const& how)
{
    auto const end = std::min(body.size(), how.cut_after.value_or(body.size()));
    asio::steady_timer timer{stream.get_executor()};
    for (std::size_t from = 0; from < end; from += piece_bytes) {
        error_code error;
        beast::get_lowest_layer(stream).expires_after(idle_request_limit);
        auto const piece = asio::buffer(body.data() + from, std::min(piece_bytes, end - from));
        co_await asio::async_write(stream, piece, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return false;
        if (how.pause.count() == 0) continue;
        timer.expires_after(how.pause);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    co_return !how.cut_after.has_value();
}

/// Requests of one connection until it closes or is upgraded.
template <class Stream>
asio::awaitable<void> serve(Stream stream, LinkFactory links, HttpHandler handler)
{
    beast::flat_buffer buffer;
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(max_media_bytes); // the length is judged with the header
        beast::get_lowest_layer(stream).expires_after(idle_request_limit);
        error_code error;
        co_await http::async_read_header(stream, buffer, parser,
                                         asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        std::string_view const wanted{parser.get().target().data(), parser.get().target().size()};
        parser.body_limit(body_limit(wanted));
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        auto const& request = parser.get();
        std::string target{request.target()};
        std::string query;
        if (auto const question = target.find('?'); question != std::string::npos) {
            query = target.substr(question + 1);
            target.resize(question);
        }

        if (websocket::is_upgrade(request) && target == "/ws/chat") {
            beast::get_lowest_layer(stream).expires_never();
            auto link = std::make_shared<WebSocketLink<Stream>>(std::move(stream));
            websocket::stream_base::timeout limits{30s, websocket::stream_base::none(), false};
            link->stream().set_option(limits);
            link->stream().read_message_max(max_message_bytes);
            link->stream().auto_fragment(false);
            link->stream().binary(true);
            co_await link->stream().async_accept(request, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            auto link_handler = links(link);
            link->start(std::move(link_handler));
            co_return;
        }

        beast::get_lowest_layer(stream).expires_never();
        HttpRequest call;
        call.method = std::string{request.method_string()};
        call.path = std::move(target);
        call.query = std::move(query);
        call.range = std::string{request[http::field::range]};
        call.body = std::move(parser.get().body());
        auto answered = co_await answer(handler, std::move(call));
        http::response<http::string_body> response{static_cast<http::status>(answered.status),
                                                   request.version()};
        if (answered.cut_after == std::size_t{0}) break;
        response.set(http::field::content_type, answered.content_type);
        for (auto const& [name, value] : answered.headers)
            response.set(name, value);
        response.keep_alive(request.keep_alive());
        beast::get_lowest_layer(stream).expires_after(idle_request_limit);
        if (answered.cut_after || answered.pause.count() != 0) {
            response.content_length(answered.body.size());
            http::response_serializer<http::string_body> head{response};
            head.split(true);
            co_await http::async_write_header(stream, head, asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            bool const is_whole = co_await write_pieces(stream, std::move(answered.body), answered);
            if (!is_whole || !response.keep_alive()) break;
            continue;
        }
        response.body() = std::move(answered.body);
        response.prepare_payload();
        co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
        if (error || !response.keep_alive()) break;
    }
    error_code ignored;
    beast::get_lowest_layer(stream).socket().shutdown(tcp::socket::shutdown_both, ignored);
}

asio::awaitable<void> serve_tls(TlsStream stream, LinkFactory links, HttpHandler handler)
{
    error_code error;
    beast::get_lowest_layer(stream).expires_after(30s);
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    co_await serve<TlsStream>(std::move(stream), std::move(links), std::move(handler));
}

} // namespace

std::string Endpoint::to_string() const
{
    auto const host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    return host + ":" + std::to_string(port);
}

struct Acceptor::State {
    State(asio::io_context& io, LinkFactory factory, HttpHandler handler)
        : context(&io), links(std::move(factory)), http(std::move(handler))
    {}

    asio::io_context* context;
    LinkFactory links;
    HttpHandler http;
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
    std::unique_ptr<asio::ssl::context> tls;

    tcp::acceptor& open(Endpoint const& endpoint)
    {
        tcp::endpoint const wanted{asio::ip::make_address(endpoint.address), endpoint.port};
        auto acceptor = std::make_unique<tcp::acceptor>(*context);
        acceptor->open(wanted.protocol());
        acceptor->set_option(tcp::acceptor::reuse_address(true));
        acceptor->bind(wanted);
        acceptor->listen(asio::socket_base::max_listen_connections);
        acceptors.push_back(std::move(acceptor));
        return *acceptors.back();
    }
    static Endpoint bound(tcp::acceptor const& acceptor)
    {
        auto const local = acceptor.local_endpoint();
        return {local.address().to_string(), local.port()};
    }

    static void accept(std::shared_ptr<State> state, tcp::acceptor& acceptor, bool secure)
    {
        acceptor.async_accept([state, &acceptor, secure](error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
            if (error) {
                // Out of descriptors, for example: try again when some may have been freed.
                auto timer = std::make_shared<asio::steady_timer>(*state->context, 100ms);
                timer->async_wait(
                    [state, &acceptor, secure, timer](error_code) { accept(state, acceptor, secure); });
                return;
            }
            error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            beast::tcp_stream stream{std::move(socket)};
            if (secure)
                asio::co_spawn(
                    *state->context,
                    serve_tls(TlsStream{std::move(stream), *state->tls}, state->links, state->http),
                    asio::detached);
            else
                asio::co_spawn(*state->context,
                               serve<PlainStream>(std::move(stream), state->links, state->http),
                               asio::detached);
            accept(state, acceptor, secure);
        });
    }
};

Acceptor::Acceptor(asio::io_context& context, LinkFactory links, HttpHandler http)
    : state_(std::make_shared<State>(context, std::move(links), std::move(http)))
{}

Acceptor::~Acceptor()
{
    close();
}

Endpoint Acceptor::listen(Endpoint const& endpoint)
{
    auto& acceptor = state_->open(endpoint);
    State::accept(state_, acceptor, false);
    return State::bound(acceptor);
}

Endpoint Acceptor::listen_tls(Endpoint const& endpoint, TlsIdentity const& identity)
{
    state_->tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    state_->tls->use_certificate_chain(asio::buffer(identity.certificate_pem));
    state_->tls->use_private_key(asio::buffer(identity.private_key_pem), asio::ssl::context::pem);
    SSL_CTX_set_mode(state_->tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    auto& acceptor = state_->open(endpoint);
    State::accept(state_, acceptor, true);
    return State::bound(acceptor);
}

void Acceptor::close()
{
    for (auto& acceptor : state_->acceptors) {
        error_code ignored;
        acceptor->close(ignored);
    }
}

} // namespace wagate::sandbox
