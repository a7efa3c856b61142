// Reads requests and writes answers.
#include "api/http/address_table.hpp"
#include "api/http/connection.hpp"
#include "api/http/listen_address.hpp"
#include "api/http/problem.hpp"
#include "api/http/request_reader.hpp"
#include "api/http/server.hpp"
#include "api/http/web_socket.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/transport/tls_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <optional>

namespace wagate::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t head_piece = 4 * 1024;
constexpr std::size_t body_piece = 32 * 1024;
/// Connections on their way to a loop while an idle one is being closed for them.
constexpr std::size_t most_over_the_cap = 256;

/// What to tell a client whose request is not read any further.
Response refusal(unsigned status)
{
    switch (status) {
    case 408: return problem(408, "The request did not come in time");
    case 413: return problem(413, "Request entity too large");
    case 414: return problem(414, "The request's target is too long");
    case 417: return problem(417, "Nothing but 100-continue can be expected");
    case 431: return problem(431, "Request header fields too large");
    default: return problem(400, "Bad Request");
    }
}

/// What all shards count together.
struct Totals {
    std::atomic<std::size_t> open{0};       ///< connections
    std::atomic<std::size_t> body_bytes{0}; ///< of requests that are being read or answered
    std::size_t loops = 0;
};

/// A request's part of the bytes that all bodies may have together.
class BodyReservation {
public:
    explicit BodyReservation(std::atomic<std::size_t>& total) noexcept : total_(total) {}
    BodyReservation(BodyReservation const&) = delete;
    BodyReservation& operator=(BodyReservation const&) = delete;
    ~BodyReservation() { total_ -= bytes_; }

    /// @param bytes that have come so far
    bool grow(std::size_t bytes, std::size_t most) noexcept
    {
        auto const more = bytes - std::exchange(bytes_, bytes);
        return (total_ += more) <= most;
    }

private:
    std::atomic<std::size_t>& total_;
    std::size_t bytes_ = 0;
};

/// A connection on its way to its loop.
struct Arrival {
    Arrival(tcp::socket accepted, std::shared_ptr<transport::TlsServer const> secured,
            AddressTable::Seat place, Totals& counted)
        : socket(std::move(accepted)), tls(std::move(secured)), seat(std::move(place)), totals(counted)
    {
        ++totals.open;
    }
    Arrival(Arrival const&) = delete;
    Arrival& operator=(Arrival const&) = delete;
    ~Arrival() { --totals.open; }

    tcp::socket socket;
    std::shared_ptr<transport::TlsServer const> tls; ///< null: plain
    AddressTable::Seat seat;
    Totals& totals;
    std::size_t loops_asked = 0; ///< for an idle connection to be closed instead of this one
};
using ArrivalPtr = std::shared_ptr<Arrival>;

void turn_away(tcp::socket& socket, bool is_secured, Response const& response)
{
    ErrorCode ignored;
    auto const text = response_head(response, false) + response.body;
    socket.non_blocking(true, ignored);
    if (!is_secured) socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

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
    /// @param next the loop to ask when all connections here are busy and there are too many
    void set_next(Shard& next) noexcept { next_ = &next; }

    /// Above the cap, who has waited longest for its client goes.
    void take(ArrivalPtr arrival)
    {
        if (totals_.open > limits_.connections && !close_idle()) {
            if (++arrival->loops_asked < totals_.loops) {
                auto* next = next_;
                post_to(next->executor(), [next, arrival] { next->take(arrival); });
                return;
            }
            turn_away(arrival->socket, arrival->tls != nullptr,
                      try_again_later(503, "Too many connections", 1));
            return;
        }
        connections_.spawn("http connection", serve(std::move(arrival)));
    }

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
                if (connection->deadline > now) continue;
                connection->is_expired = true;
                connection->cancel();
            }
        }
    }

    /// Those whose next request is not there yet, the one that waits longest first.
    class Waiting {
    public:
        Waiting(std::list<Connection*>& list, Connection& connection)
            : list_(list), place_(list.insert(list.end(), &connection))
        {}
        Waiting(Waiting const&) = delete;
        Waiting& operator=(Waiting const&) = delete;
        ~Waiting() { list_.erase(place_); }

    private:
        std::list<Connection*>& list_;
        std::list<Connection*>::iterator place_;
    };

    bool close_idle()
    {
        for (auto* connection : waiting_) {
            if (connection->is_expired) continue; // is going already
            connection->is_expired = true;
            connection->deadline = Clock::time_point::min();
            connection->cancel();
            return true;
        }
        return false;
    }

    Task<void> serve(ArrivalPtr arrival)
    {
        struct Presence {
            Shard& shard;
            std::list<Connection*>::iterator place;
            ~Presence() { shard.live_.erase(place); }
        };
        Connection connection(std::move(arrival->socket));
        Presence const presence{*this, live_.insert(live_.end(), &connection)};
        ErrorCode ignored;
        auto& socket = connection.stream.socket();
        socket.set_option(tcp::no_delay(true), ignored);
        auto const peer = socket.remote_endpoint(ignored);
        std::string const remote = peer.address().to_string();
        bool more = true;
        if (arrival->tls) {
            auto securing = secure(connection, *arrival->tls);
            more = co_await std::move(securing);
        }
        std::string pending;
        while (more && !stopping_) {
            auto serving = serve_one(connection, pending, remote);
            more = co_await std::move(serving);
        }
        connection.stream.shutdown_send();
    }

    Task<bool> secure(Connection& connection, transport::TlsServer const& tls)
    {
        Waiting const waiting(waiting_, connection);
        connection.deadline = Clock::now() + limits_.header;
        auto shaking = connection.stream.accept_tls(tls.context());
        auto const secured = co_await std::move(shaking);
        co_return secured.has_value();
    }

    /// @param pending what has come and belongs to no request yet @return whether the connection stays open.
    Task<bool> serve_one(Connection& connection, std::string& pending, std::string const& remote)
    {
        RequestHead head;
        auto heading = read_head(connection, pending, head);
        bool const is_headed = co_await std::move(heading);
        if (!is_headed) co_return false;
        auto& request = head.request;
        request.remote = remote;
        BodyReservation reservation(totals_.body_bytes);
        if (head.body != BodyKind::none) {
            auto reading = read_body(connection, pending, head, reservation);
            bool const is_read = co_await std::move(reading);
            if (!is_read) co_return false;
        }
        connection.deadline = Clock::time_point::max();
        bool const head_only = request.method == "HEAD";
        bool const chunked = !head.is_http10;
        std::optional<Request> upgrade;
        if (is_web_socket_request(request)) upgrade = request;
        auto response = co_await answer(std::move(request));
        if (response.later || response.stream || response.web_socket) {
            if (stopping_) response = try_again_later(503, "The server is shutting down", 5);
            if (response.web_socket && (!upgrade || !pending.empty())) response = problem(400, "Bad Request");
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
        bool const stays = head.keep_alive && !stopping_;
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
        co_await asio::async_write(connection.stream, buffer, awaited);
        co_return std::nullopt;
    }

    /// Reads what is there, and waits for it when there is nothing.
    static Task<ErrorCode> receive(Connection& connection, std::string& pending, std::size_t piece)
    {
        auto const have = pending.size();
        pending.resize(have + piece);
        auto const space = asio::buffer(pending.data() + have, piece);
        auto const [error, size] = co_await connection.stream.async_read_some(space, awaited);
        pending.resize(have + size);
        co_return error;
    }

    /// @return false when the connection is over; what there was to say is said.
    Task<bool> read_head(Connection& connection, std::string& pending, RequestHead& head)
    {
        std::optional<Waiting> waiting(std::in_place, waiting_, connection);
        HeadReader reader(limits_.head);
        connection.deadline = Clock::now() + (pending.empty() ? limits_.idle : limits_.header);
        auto state = reader.look(pending);
        while (state == HeadReader::State::more) {
            connection.idle = pending.empty();
            if (connection.idle) {
                std::string().swap(pending); // nothing is held for a client that is silent
                auto quiet = connection.stream.wait_readable();
                auto const gone = co_await std::move(quiet);
                connection.idle = false;
                if (gone) co_return false;
                connection.deadline = Clock::now() + limits_.header;
            }
            auto receiving = receive(connection, pending, head_piece);
            auto const error = co_await std::move(receiving);
            bool const is_late = connection.is_expired && !pending.empty();
            if (error) {
                waiting.reset();
                if (is_late) co_await refuse(connection, refusal(408));
                co_return false;
            }
            state = reader.look(pending);
        }
        waiting.reset();
        if (connection.is_expired) co_return false; // made room for another
        if (state == HeadReader::State::refused) {
            co_await refuse(connection, refusal(reader.status()));
            co_return false;
        }
        head = std::move(reader.head());
        pending.erase(0, reader.size());
        co_return true;
    }

    /// @return false when the connection is over; what there was to say is said.
    Task<bool> read_body(Connection& connection, std::string& pending, RequestHead& head,
                         BodyReservation& reservation)
    {
        auto& content = head.request.body;
        auto most = limits_.body_bytes;
        if (body_limit_) most = std::max(most, body_limit_(head.request));
        std::optional<Response> response;
        if (screen_) response = screen_(head.request);
        if (!response && head.length > most) response = refusal(413);
        auto const begin = Clock::now();
        if (!response && head.expects_continue) {
            std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            auto const buffers = asio::buffer(go_on);
            connection.deadline = begin + limits_.write;
            auto const [failed, sent] = co_await asio::async_write(connection.stream, buffers, awaited);
            if (failed) co_return false;
        }
        BodyReader reader(head, most);
        // Room for all of it at once: growing would copy it again and again. What does not come is no memory.
        if (!response) content.reserve(static_cast<std::size_t>(head.length));
        while (!response) {
            auto const state = reader.take(pending, content);
            if (state == BodyReader::State::malformed) response = refusal(400);
            if (state == BodyReader::State::too_large) response = refusal(413);
            if (!response && !reservation.grow(content.size(), limits_.all_body_bytes))
                response = try_again_later(503, "Too many request bodies are being read", 1);
            if (state == BodyReader::State::done || response) break;
            connection.deadline = begin + body_time(content.size());
            if (pending.empty()) {
                std::string().swap(pending);
                auto quiet = connection.stream.wait_readable();
                static_cast<void>(co_await std::move(quiet)); // reading tells the same
            }
            ErrorCode error;
            if (!connection.is_expired) {
                auto receiving = receive(connection, pending, body_piece);
                error = co_await std::move(receiving);
            }
            if (connection.is_expired)
                response = refusal(408);
            else if (error)
                co_return false;
        }
        if (!response) co_return true;
        co_await refuse(connection, std::move(*response));
        co_return false;
    }

    Task<void> refuse(Connection& connection, Response response)
    {
        connection.is_expired = false;
        auto writing = write(connection, response, false, false);
        co_await std::move(writing);
        co_await linger(connection);
    }

    /// A client that sends as fast as it must gets the time for all of it, within reason.
    Clock::duration body_time(std::size_t received) const
    {
        auto const earned = std::chrono::milliseconds(received * 1'000 / limits_.body_rate);
        return std::min(limits_.body + earned, limits_.whole_body);
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
        auto const [error, size] = co_await asio::async_write(connection.stream, buffers, awaited);
        co_return !error && keep_alive;
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
    std::list<Connection*> waiting_;
    Shard* next_ = this;
    bool stopping_ = false;
};

} // namespace

struct Server::State {
    struct Listener {
        Listener(Executor const& loop, std::shared_ptr<transport::TlsServer const> secured)
            : acceptor(loop), accepting(loop), tls(std::move(secured))
        {}

        tcp::acceptor acceptor;
        TaskGroup accepting;
        std::shared_ptr<transport::TlsServer const> tls;
    };

    State(std::vector<Executor> loops, Handler handle, ServerLimits bounds, Screen look, BodyLimit most)
        : handler(std::move(handle)),
          screen(std::move(look)),
          body_limit(std::move(most)),
          limits(std::move(bounds)),
          addresses(limits.connections_per_address, limits.uncapped),
          main_loop(loops.front())
    {
        totals.loops = loops.size();
        for (auto& loop : loops)
            shards.push_back(std::make_unique<Shard>(loop, handler, screen, body_limit, limits, totals));
        for (std::size_t i = 0; i < shards.size(); ++i)
            shards[i]->set_next(*shards[(i + 1) % shards.size()]);
    }

    Task<void> accept(Listener& listener)
    {
        while (true) {
            auto& shard = *shards[next++ % shards.size()];
            auto executor = shard.executor();
            auto [error, socket] = co_await listener.acceptor.async_accept(executor, awaited);
            if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
            if (error) {
                // Out of descriptors or memory: waiting connections stay in the kernel's queue.
                co_await sleep_for(std::chrono::milliseconds(100));
                continue;
            }
            bool const is_secured = listener.tls != nullptr;
            ErrorCode gone;
            auto const peer = socket.remote_endpoint(gone);
            if (gone) continue;
            auto seat = addresses.enter(peer.address());
            if (!seat) {
                turn_away(socket, is_secured,
                          try_again_later(429, "Too many connections from this address", 5));
                continue;
            }
            if (totals.open >= limits.connections + most_over_the_cap) {
                turn_away(socket, is_secured, try_again_later(503, "Too many connections", 1));
                continue;
            }
            auto const arrival =
                std::make_shared<Arrival>(std::move(socket), listener.tls, std::move(*seat), totals);
            std::function<void()> hand_over = [&shard, arrival] { shard.take(arrival); };
            post_to(executor, std::move(hand_over));
        }
    }

    Task<void> stop_accepting()
    {
        ErrorCode ignored;
        for (auto& listener : listeners) {
            listener->acceptor.close(ignored);
            listener->accepting.cancel();
            co_await listener->accepting.join();
        }
    }

    Handler handler;
    Screen screen;
    BodyLimit body_limit;
    ServerLimits limits;
    Totals totals;
    AddressTable addresses;
    Executor main_loop;
    std::vector<std::unique_ptr<Shard>> shards;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::size_t next = 0;
    std::uint16_t port = 0;
    bool running = false;
};

Server::Server(std::vector<Executor> loops, Handler handler, ServerLimits limits, Screen screen,
               BodyLimit body_limit)
    : state_(std::make_unique<State>(std::move(loops), std::move(handler), std::move(limits),
                                     std::move(screen), std::move(body_limit)))
{}

Server::~Server()
{
    if (state_->running) std::terminate();
}

Result<void> Server::start(std::string_view address, std::shared_ptr<transport::TlsServer const> tls)
{
    auto const endpoint = parse_listen_address(address);
    if (!endpoint) return endpoint.error();
    auto made = std::make_unique<State::Listener>(state_->main_loop, std::move(tls));
    auto& acceptor = made->acceptor;
    ErrorCode error;
    acceptor.open(endpoint->protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(*endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return error;
    state_->port = acceptor.local_endpoint().port();
    if (!std::exchange(state_->running, true)) {
        for (auto& shard : state_->shards) {
            auto* started = shard.get();
            post_to(started->executor(), [started] { started->start(); });
        }
    }
    auto* state = state_.get();
    auto* listener = made.get();
    state_->listeners.push_back(std::move(made));
    post_to(state_->main_loop,
            [state, listener] { listener->accepting.spawn("http accept", state->accept(*listener)); });
    return {};
}

std::uint16_t Server::port() const noexcept
{
    return state_->port;
}

Task<void> Server::stop(std::chrono::milliseconds grace)
{
    if (!state_->running) co_return;
    co_await run_on(state_->main_loop, state_->stop_accepting());
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
