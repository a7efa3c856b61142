#pragma once
// Tunnels through a proxy.
#include "gateway/runtime/task.hpp"
#include "gateway/transport/link.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace wagate::transport {

/// Connects to the proxy and asks it for a tunnel to `host`. The caller sets the limit of time.
/// @return TransportErrc::proxy_refused, or an error of the connection to the proxy
Task<Result<boost::asio::ip::tcp::socket>> connect_through(Proxy proxy, std::string host, std::uint16_t port);

} // namespace wagate::transport
