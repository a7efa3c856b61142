// Reads requests and writes answers; of the server's files this one includes Beast's HTTP.
#include "api/http/connection.hpp"
#include "api/http/listen_address.hpp"
#include "api/http/problem.hpp"
#include "api/http/server.hpp"
#include "api/http/web_socket.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <optional>

namespace wagate::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::string_body>;

/// Everything but the body.
Request head_of(Parser const& parser, std::string const& remote)
{
    auto const& message = parser.get();
    Request request;
    request.method = std::string(message.method_string());
    std::string_view target(message.target().data(), message.target().size());
    for (std::string_view scheme : {"http://", "https://"}) {
        if (!target.starts_with(scheme)) continue;
        auto const slash = target.find('/', scheme.size());
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    auto const question = target.find('?');
    request.path = std::string(target.substr(0, question));
    if (question != std::string_view::npos) request.query = std::string(target.substr(question + 1));
    for (auto const& field : message)
        request.headers.add(std::string(field.name_string()), std::string(field.value()));
    request.remote = remote;
    return request;
}

/// What to tell a client whose request cannot be read; nothing when there is nobody to tell.
std::optional<Response> refusal(ErrorCode const& failure)
{
    using beast::http::error;
    static ErrorCode const any = error::bad_method;
    if (failure == error::header_limit || failure == error::buffer_overflow)
        return problem(431, "Request header fields too large");
    if (failure == error::body_limit) return problem(413, "Request entity too large");
    if (failure == error::end_of_stream || failure == error::partial_message) return std::nullopt;
    if (failure.category() == any.category()) return problem(400, "Bad Request");
    return std::nullopt;
}

/// What all shards count together.
struct Totals {
    std::atomic<std::size_t> open{0};       ///< connections
    std::atomic<std::size_t> body_bytes{0}; ///< of requests that are being read or answered
};

/// A request's part of the bytes that all bodies may have together.
class BodyReservation {
public:
    explicit BodyReservation(std::atomic<std::size_t>& total) noexcept : total_(total) {}
    BodyReservation(BodyReservation const&) = delete;
    BodyReservation& operator=(BodyReservation const&) = delete;
    ~BodyReservation() { total_ -= bytes_; }

    bool take(std::size_t bytes, std::size_t most) noexcept
    {
        bytes_ = bytes;
        return (total_ += bytes) <= most;
    }

private:
    std::atomic<std::size_t>& total_;
    std::size_t bytes_ = 0;
};

/// The connections of one event loop. Lives on that loop.
class Shard {
public:
    Shard(Executor executor, Handler const& handler, Screen const& screen, BodyLimit const& body_limit,
          ServerLimits const& limits, Totals& totals)
        : executor_(std::move(executor)),
          handler_(handler),
          screen_(screen),
          body_limit_(body_limit),
          limits_(limits),
          totals_(totals),
          connections_(executor_),
          watch_(executor_)
    {}

    Executor const& executor() const noexcept { return executor_; }

    void start() { watch_.spawn("http deadlines", keep_deadlines()); }
    void take(tcp::socket socket) { connections_.spawn("http connection", serve(std::move(socket))); }

    void begin_stop()
    {
        stopping_ = true;
        for (auto place = live_.begin(); place != live_.end();) {
            auto& connection = **place++;
            connection.is_stopping = true;
            if (connection.idle)
                connection.cancel();
            else if (connection.on_stop)
                connection.on_stop();
        }
    }

    Task<void> finish(Clock::time_point end)
    {
        auto const left = std::max(end - Clock::now(), Clock::duration::zero());
        co_await with_timeout(connections_.join(), left);
        watch_.cancel();
        co_await watch_.join();
    }

private:
    /// One sweep instead of a timer per connection and step.
    Task<void> keep_deadlines()
    {
        while (true) {
            co_await sleep_for(limits_.precision);
            auto const now = Clock::now();
            for (auto* connection : live_) {
                if (connection->deadline <= now) connection->cancel();
            }
        }
    }

    Task<void> serve(tcp::socket socket)
    {
        struct Presence {
            Shard& shard;
            std::list<Connection*>::iterator place;
            ~Presence()
            {
                shard.live_.erase(place);
                --shard.totals_.open;
            }
        };
        Connection connection(std::move(socket));
        Presence const presence{*this, live_.insert(live_.end(), &connection)};
        ErrorCode ignored;
        connection.socket.set_option(tcp::no_delay(true), ignored);
        auto const peer = connection.socket.remote_endpoint(ignored);
        std::string const remote = peer.address().to_string();
        beast::flat_buffer buffer(limits_.header_bytes + 64 * 1024);
        bool more = true;
        while (more && !stopping_)
            more = co_await serve_one(connection, buffer, remote);
        connection.socket.shutdown(tcp::socket::shutdown_both, ignored);
    }

    /// @return whether the connection stays open.
    Task<bool> serve_one(Connection& connection, beast::flat_buffer& buffer, std::string const& remote)
    {
        auto& socket = connection.socket;
        if (buffer.size() == 0) {
            connection.idle = true;
            connection.deadline = Clock::now() + limits_.idle;
            auto const space = buffer.prepare(4096);
            auto const [error, size] = co_await socket.async_read_some(space, awaited);
            if (error) co_return false;
            buffer.commit(size);
        }
        connection.idle = false;
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
        parser.body_limit(boost::none); // depends on the route, see read
        BodyReservation reservation(totals_.body_bytes);
        auto reading = read(connection, buffer, parser, reservation, remote);
        bool const is_read = co_await std::move(reading);
        if (!is_read) co_return false;

        connection.deadline = Clock::time_point::max();
        bool const head_only = parser.get().method() == beast::http::verb::head;
        bool const keep_alive = parser.keep_alive();
        bool const chunked = parser.get().version() >= 11;
        auto request = head_of(parser, remote);
        std::optional<Request> upgrade;
        if (is_web_socket_request(request)) upgrade = request;
        request.body = std::move(parser.get().body());
        auto response = co_await answer(std::move(request));
        if (response.later || response.stream || response.web_socket) {
            if (stopping_) response = try_again_later(503, "The server is shutting down", 5);
            if (response.web_socket && (!upgrade || buffer.size() != 0))
                response = problem(400, "Bad Request");
            auto prepared = co_await prepare(connection, std::move(response), head_only);
            if (!prepared) co_return false;
            response = std::move(*prepared);
        }
        if (response.stream) {
            co_await stream_body(connection, std::move(response), chunked, limits_.write);
            co_return false;
        }
        if (response.web_socket) {
            WebSocketLimits limits;
            limits.silence = limits_.web_socket_silence;
            limits.write = limits_.write;
            co_await talk_web_socket(connection, std::move(*upgrade), std::move(response), limits);
            co_return false;
        }
        bool const stays = keep_alive && !stopping_;
        co_return co_await write(connection, response, stays, head_only);
    }

    /// The answer as it is to be written. @return nothing when that is done already, or the client has gone.
    Task<std::optional<Response>> prepare(Connection& connection, Response response, bool head_only)
    {
        if (response.later) co_return co_await late_answer(connection, std::move(response));
        if (!response.stream || !head_only) co_return response;
        connection.deadline = Clock::now() + limits_.write;
        auto const head = stream_head(response, false);
        auto const buffer = asio::buffer(head);
        co_await asio::async_write(connection.socket, buffer, awaited);
        co_return std::nullopt;
    }

    /// Reads a whole request, or answers why not.
    Task<bool> read(Connection& connection, beast::flat_buffer& buffer, Parser& parser,
                    BodyReservation& reservation, std::string const& remote)
    {
        auto& socket = connection.socket;
        connection.deadline = Clock::now() + limits_.header;
        auto const [header_error, header_size] =
            co_await beast::http::async_read_header(socket, buffer, parser, awaited);
        auto error = header_error;
        std::optional<Response> response;
        bool const has_body = !error && !parser.is_done();
        auto most = limits_.body_bytes;
        if (has_body) {
            auto const head = head_of(parser, remote);
            if (screen_) response = screen_(head);
            if (body_limit_) most = std::max(most, body_limit_(head));
            parser.body_limit(most);
        }
        std::size_t length = 0;
        if (has_body) length = body_size(parser, most);
        if (has_body && !response && length > most) error = beast::http::error::body_limit;
        if (has_body && !error && !response && !reservation.take(length, limits_.all_body_bytes))
            response = try_again_later(503, "Too many request bodies are being read", 1);
        if (has_body && !error && !response) {
            connection.deadline = Clock::now() + body_time(length);
            if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
                std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
                auto const buffers = asio::buffer(go_on);
                auto const [failed, sent] = co_await asio::async_write(socket, buffers, awaited);
                if (failed) co_return false;
            }
            auto const [body_error, body_size] =
                co_await beast::http::async_read(socket, buffer, parser, awaited);
            error = body_error;
        }
        if (!error && !response) co_return true;
        if (!response) response = refusal(error);
        if (!response) co_return false;
        co_await write(connection, *response, false, false);
        co_await discard(connection);
        co_return false;
    }

    /// One that comes in chunks may become as large as allowed.
    static std::size_t body_size(Parser const& parser, std::size_t most)
    {
        auto const length = parser.content_length();
        return length ? static_cast<std::size_t>(*length) : most;
    }

    /// A large body may come as slowly as a small one, within reason.
    Clock::duration body_time(std::size_t length) const
    {
        auto const times = static_cast<int>(std::min<std::size_t>(length / limits_.body_bytes, 9));
        return limits_.body * (1 + times);
    }

    Task<Response> answer(Request request)
    {
        std::string failure;
        try {
            co_return co_await handler_(std::move(request));
        } catch (boost::system::system_error const& error) {
            if (error.code() == asio::error::operation_aborted) throw;
            failure = error.what();
        } catch (std::exception const& error) {
            failure = error.what();
        }
        log::error("request failed", {{"error", failure}});
        co_return problem(500, "Internal server error");
    }

    Task<bool> write(Connection& connection, Response const& response, bool keep_alive, bool head_only)
    {
        connection.deadline = Clock::now() + limits_.write;
        auto const head = response_head(response, keep_alive);
        std::size_t const body_bytes = head_only ? 0 : response.body.size();
        std::array<asio::const_buffer, 2> const buffers{asio::buffer(head),
                                                        asio::buffer(response.body, body_bytes)};
        auto const [error, size] = co_await asio::async_write(connection.socket, buffers, awaited);
        co_return !error && keep_alive;
    }

    /// Lets a client that is still sending read the refusal, instead of a reset.
    Task<void> discard(Connection& connection)
    {
        ErrorCode ignored;
        connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
        connection.deadline = Clock::now() + std::chrono::seconds(2);
        std::array<char, 8192> sink{};
        auto const space = asio::buffer(sink);
        for (std::size_t total = 0; total < 4 * limits_.body_bytes;) {
            auto const [error, size] = co_await connection.socket.async_read_some(space, awaited);
            if (error) co_return;
            total += size;
        }
    }

    Executor executor_;
    Handler const& handler_;
    Screen const& screen_;
    BodyLimit const& body_limit_;
    ServerLimits const& limits_;
    Totals& totals_;
    TaskGroup connections_;
    TaskGroup watch_;
    std::list<Connection*> live_;
    bool stopping_ = false;
};

} // namespace

struct Server::State {
    State(std::vector<Executor> loops, Handler handle, ServerLimits bounds, Screen look, BodyLimit most)
        : handler(std::move(handle)),
          screen(std::move(look)),
          body_limit(std::move(most)),
          limits(bounds),
          acceptor(loops.front()),
          accepting(loops.front())
    {
        for (auto& loop : loops)
            shards.push_back(std::make_unique<Shard>(loop, handler, screen, body_limit, limits, totals));
    }

    Task<void> accept()
    {
        for (std::size_t next = 0;; next = (next + 1) % shards.size()) {
            auto& shard = *shards[next];
            auto executor = shard.executor();
            auto [error, socket] = co_await acceptor.async_accept(executor, awaited);
            if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
            if (error) {
                // Out of descriptors or memory: waiting connections stay in the kernel's queue.
                co_await sleep_for(std::chrono::milliseconds(100));
                continue;
            }
            if (totals.open >= limits.connections) {
                turn_away(socket);
                continue;
            }
            ++totals.open;
            auto owned = std::make_shared<tcp::socket>(std::move(socket));
            std::function<void()> hand_over = [&shard, owned] { shard.take(std::move(*owned)); };
            post_to(executor, std::move(hand_over));
        }
    }

    static void turn_away(tcp::socket& socket)
    {
        auto const response = try_again_later(503, "Too many connections", 1);
        auto const text = response_head(response, false) + response.body;
        ErrorCode ignored;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(text), ignored);
        socket.shutdown(tcp::socket::shutdown_send, ignored);
    }

    Task<void> stop_accepting()
    {
        ErrorCode ignored;
        acceptor.close(ignored);
        accepting.cancel();
        co_await accepting.join();
    }

    Handler handler;
    Screen screen;
    BodyLimit body_limit;
    ServerLimits limits;
    Totals totals;
    std::vector<std::unique_ptr<Shard>> shards;
    tcp::acceptor acceptor;
    TaskGroup accepting;
    std::uint16_t port = 0;
    bool running = false;
};

Server::Server(std::vector<Executor> loops, Handler handler, ServerLimits limits, Screen screen,
               BodyLimit body_limit)
    : state_(std::make_unique<State>(std::move(loops), std::move(handler), limits, std::move(screen),
                                     std::move(body_limit)))
{}

Server::~Server()
{
    if (state_->running) std::terminate();
}

Result<void> Server::start(std::string_view address)
{
    auto const endpoint = parse_listen_address(address);
    if (!endpoint) return endpoint.error();
    auto& acceptor = state_->acceptor;
    ErrorCode error;
    acceptor.open(endpoint->protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(*endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        ErrorCode ignored;
        acceptor.close(ignored);
        return error;
    }
    state_->port = acceptor.local_endpoint().port();
    state_->running = true;
    for (auto& shard : state_->shards) {
        auto* started = shard.get();
        post_to(started->executor(), [started] { started->start(); });
    }
    auto* state = state_.get();
    post_to(acceptor.get_executor(), [state] { state->accepting.spawn("http accept", state->accept()); });
    return {};
}

std::uint16_t Server::port() const noexcept
{
    return state_->port;
}

Task<void> Server::stop(std::chrono::milliseconds grace)
{
    if (!state_->running) co_return;
    co_await run_on(Executor(state_->acceptor.get_executor()), state_->stop_accepting());
    auto const end = Clock::now() + grace;
    for (auto& shard : state_->shards) {
        auto* stopped = shard.get();
        post_to(stopped->executor(), [stopped] { stopped->begin_stop(); });
    }
    for (auto& shard : state_->shards) {
        auto executor = shard->executor();
        co_await run_on(std::move(executor), shard->finish(end));
    }
    state_->running = false;
}

} // namespace wagate::http
