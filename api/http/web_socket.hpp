#pragma once
// A connection that was turned into a WebSocket (RFC 6455), as its endpoint sees it.
#include "api/http/message.hpp"

namespace wagate::http {

/// How an endpoint ends the conversation; sent as the close frame.
struct WebSocketEnd {
    unsigned code = 1000;
    std::string reason; ///< up to 123 bytes
};

/// Sends only: what the client says is read and dropped, its pings are answered. Queues nothing.
class WebSocketConnection {
public:
    virtual ~WebSocketConnection() = default;
    /// One call at a time. @return an error when the client is gone or reads too slowly.
    virtual Task<Result<void>> send_text(std::string text) = 0;
};

/// Whether the request asks for a WebSocket of version 13.
bool is_web_socket_request(Request const& request) noexcept;

} // namespace wagate::http
