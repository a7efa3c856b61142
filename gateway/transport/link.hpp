#pragma once
// The connection of one session to WhatsApp (or to the sandbox): a stream of binary messages.
#include "gateway/egress/address_policy.hpp"
#include "gateway/runtime/task.hpp"
#include "protocol/base/bytes.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace wagate::transport {

/// An HTTP proxy (CONNECT) or a SOCKS5 proxy that names are resolved by.
struct Proxy {
    enum class Kind : std::uint8_t { http, socks5 };

    Kind kind = Kind::http;
    std::string host;
    std::uint16_t port = 0;
    std::string username; ///< empty: no authentication
    std::string password;
    /// What a proxy named by a tenant may resolve to; null for one that the operator configured.
    std::shared_ptr<egress::AddressPolicy const> policy;
};

struct LinkEndpoint {
    std::string url;     ///< ws://… or wss://…; the operator's choice, any address may be dialled
    std::string ca_file; ///< PEM, trusted beside the system's authorities; empty for none
    std::optional<Proxy> proxy;
    std::string origin = "https://web.whatsapp.com";
    std::string user_agent; ///< empty: none sent
};

/// One thread only: that of the executor it was opened on. One read and one write may wait at the same time.
/// Destroy it only when neither is under way: close(), await both, then let go.
class Link {
public:
    virtual ~Link() = default;

    /// The next piece of the incoming stream, never empty: a whole WebSocket message up to 64 KiB, larger
    /// ones in parts. Answers pings of the server while it waits. Has no limit of its own.
    /// @return TransportErrc::closed_by_peer after a WebSocket close, TransportErrc::closed after close(),
    /// else what the socket or TLS says, for example asio::error::eof
    virtual Task<Result<Bytes>> read() = 0;

    /// Sends one binary message; returns when the kernel has taken it.
    virtual Task<Result<void>> write(Bytes message) = 0;

    /// Ends the connection without waiting; a pending read or write returns TransportErrc::closed.
    virtual void close() noexcept = 0;
};

/// Resolves, connects, does TLS (verified against the URL's host) and the WebSocket handshake, all within
/// `timeout`.
/// @return errc::timed_out, an egress, tls or certificate error, TransportErrc, or a socket error
Task<Result<std::unique_ptr<Link>>> open_link(LinkEndpoint endpoint, std::chrono::milliseconds timeout);

} // namespace wagate::transport
