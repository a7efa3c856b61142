#pragma once
// The seam between the simulated server and its transport: whole WebSocket messages out, bytes in.
// The server's logic sees only this, so tests can drive it without sockets.
#include "protocol/base/bytes.hpp"

#include <functional>
#include <memory>

namespace wagate::sandbox {

/// One accepted WebSocket connection. All calls on the sandbox's only thread.
class Link {
public:
    virtual ~Link() = default;
    /// Queues one WebSocket message. Ignored after close.
    virtual void write(Bytes message) = 0;
    /// Closes once everything queued has been written.
    virtual void close() = 0;
    /// Drops the connection at once, as a cut cable does.
    virtual void abort() = 0;
    /// Stops or resumes taking bytes from the socket.
    virtual void pause_reading(bool paused) = 0;
};

/// What consumes a link's bytes. `on_closed` is called once, last; the link then forgets its handler.
class LinkHandler {
public:
    virtual ~LinkHandler() = default;
    virtual void on_bytes(ByteView bytes) = 0;
    virtual void on_closed() = 0;
};

/// Called for each upgraded connection.
using LinkFactory = std::function<std::shared_ptr<LinkHandler>(std::shared_ptr<Link>)>;

} // namespace wagate::sandbox
