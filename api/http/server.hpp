#pragma once
// The HTTP/1.1 server: sockets, limits and deadlines. Knows no routes.
#include "api/http/message.hpp"
#include "api/http/request_reader.hpp"
#include "gateway/egress/address_policy.hpp"
#include "protocol/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace wagate::transport {
class TlsServer;
}

namespace wagate::http {

struct ServerLimits {
    HeadLimits head;
    std::size_t body_bytes = 1024 * 1024;    ///< where no route asks for more
    std::size_t all_body_bytes = 256u << 20; ///< that have come, of all requests at one time; more: 503
    /// Above it the connection goes whose client has been silent longest; when none is silent, the new one is
    /// answered 503.
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 1'000; ///< IPv6: per /64; further ones are answered 429; 0: no cap
    std::vector<egress::Network> uncapped = {};  ///< clients without that cap
    std::chrono::milliseconds idle{75'000};      ///< between two requests
    std::chrono::milliseconds header{10'000}; ///< from the first byte of a request to the end of its header
    std::chrono::milliseconds body{5'000};    ///< then the body must have come, or else have come at
    std::size_t body_rate = 1'024;            ///< bytes per second since its beginning
    std::chrono::milliseconds whole_body{600'000}; ///< at the most, however large it is
    std::chrono::milliseconds write{30'000};       ///< for the whole answer, or one piece of a stream
    /// Of a WebSocket's client: a ping is sent after half of it, and at its end the connection is over.
    std::chrono::milliseconds web_socket_silence{60'000};
    std::chrono::milliseconds precision{1'000}; ///< how late a deadline may be noticed
};

enum class ServerErrc {
    bad_address = 1, ///< neither 127.0.0.1:3000 nor [::1]:3000
};
ErrorCode make_error_code(ServerErrc error);

/// Connections go to the event loops in turn and stay there. Nothing it started outlives
/// stop().
class Server {
public:
    /// @param loops at least one; each is one thread. @param handler and @param screen must be callable from
    /// all of them. The screen may be empty.
    Server(std::vector<boost::asio::any_io_executor> loops, Handler handler, ServerLimits limits = {},
           Screen screen = {}, BodyLimit body_limit = {});
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;
    /// Terminates the process when the server still runs.
    ~Server();

    /// Binds and starts to accept. The loops may be started before or after. Once for each address.
    /// @param address `host:port` with a numeric host; port 0 takes a free one.
    /// @param tls with a certificate; null: plain HTTP
    Result<void> start(std::string_view address, std::shared_ptr<transport::TlsServer const> tls = nullptr);
    /// Of the address that was added last.
    std::uint16_t port() const noexcept;

    /// Stops accepting, closes idle connections, ends streams and WebSockets (1001) at once, lets requests
    /// under way finish for `grace`, then cancels them. Returns when no connection is left. From any loop;
    /// without effect when the server does not run.
    Task<void> stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace wagate::http

template <>
struct boost::system::is_error_code_enum<wagate::http::ServerErrc> : std::true_type {};
