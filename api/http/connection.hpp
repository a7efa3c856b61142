#pragma once
// One connection of the server, on its loop. Internal to this folder.
#include "api/http/message.hpp"
#include "gateway/transport/socket_stream.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>

namespace wagate::http {

using Clock = std::chrono::steady_clock;

/// After the server has said goodbye: how long a client may take to answer or to read it.
inline constexpr std::chrono::seconds farewell_limit{1};

struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket socket) : stream(std::move(socket)) {}

    transport::SocketStream stream;                        ///< plain or under TLS
    Clock::time_point deadline = Clock::time_point::max(); ///< then everything on the socket is cancelled
    bool idle = true;                                      ///< no byte of the next request has come
    bool is_expired = false;                               ///< the deadline has passed
    bool is_stopping = false;                              ///< the server
    std::function<void()> on_stop;                         ///< ends what no stop waits for; empty otherwise

    bool closes_when_cancelled = false; ///< for those who go on waiting after a mere cancellation

    /// Everything that waits for the socket, which may be closed already.
    void cancel() noexcept { closes_when_cancelled ? stream.close() : stream.cancel(); }
};

/// Says that nothing follows and drops what still comes, for a moment: a client that is sending reads the
/// last answer then, instead of a reset.
Task<void> linger(Connection& connection);

/// Token of a write: what has begun is never cut off by the coroutine's cancellation, only by the deadline,
/// so that the peer never sees half a frame and a goodbye behind it.
inline auto uncancelled()
{
    return boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), awaited);
}

enum class Ending : std::uint8_t {
    finished,  ///< the work returned
    failed,    ///< or threw; it was logged
    peer_left, ///< `watch` returned
    stopped,   ///< the server stops
};

/// Runs `work` until it ends, or until `watch` does, or the server stops: then it is cancelled. `farewell`
/// sees how it ended while `watch` still runs. All of them have ended when this returns.
Task<Ending> attend(Connection& connection, Task<void> work, Task<void> watch,
                    std::function<Task<void>(Ending)> farewell = {});

/// Returns when the peer has closed its side. What it sends meanwhile is left unread.
Task<void> peer_closed(Connection& connection);

/// Runs response.later. @return nothing when the peer left.
Task<std::optional<Response>> late_answer(Connection& connection, Response response);

/// Sends the head and then what response.stream writes; the connection is of no use afterwards.
/// @param chunked false for HTTP/1.0 @param write_limit for each piece
Task<void> stream_body(Connection& connection, Response response, bool chunked, Duration write_limit);

struct WebSocketLimits {
    std::size_t message_bytes =
        64 * 1024;    ///< of one incoming message; a longer one ends the connection with 1009
    Duration silence; ///< half of it after the last sign of life a ping is sent, at its end it is over
    Duration write;   ///< for one message
};

/// Answers the upgrade and runs response.web_socket; the connection is of no use afterwards.
Task<void> talk_web_socket(Connection& connection, Request request, Response response,
                           WebSocketLimits limits);

} // namespace wagate::http
