#pragma once
// Idle HTTP connections, each on the event loop that it was opened on.
#include "gateway/transport/socket_stream.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace wagate::transport {

/// What two requests must have in common to share a connection.
struct ConnectionKey {
    void const* loop = nullptr; ///< the execution context: a stream stays on its thread
    std::string scheme;
    std::string host;
    std::uint16_t port = 0;
    Verification verification = Verification::full;

    auto operator<=>(ConnectionKey const&) const = default;
};

/// Thread safe; the streams themselves are touched only by the loop named in their key.
class ConnectionPool {
public:
    using Stream = std::unique_ptr<SocketStream>;
    using Time = std::chrono::steady_clock::time_point;

    ConnectionPool(std::size_t max_per_key, std::size_t max_all, std::chrono::seconds idle_limit)
        : max_per_key_(max_per_key), max_all_(max_all), idle_limit_(idle_limit)
    {}

    /// The connection that was used last and is still usable, or null. Call on the key's loop.
    Stream take(ConnectionKey const& key, Time now);
    /// Keeps the connection, or closes it when there are enough. Call on the key's loop.
    void put(ConnectionKey const& key, Stream stream, Time now);
    std::size_t size() const;

private:
    struct Idle {
        Stream stream;
        Time since;
    };

    mutable std::mutex mutex_;
    std::map<ConnectionKey, std::vector<Idle>> idle_;
    std::size_t count_ = 0;
    std::size_t max_per_key_;
    std::size_t max_all_;
    std::chrono::seconds idle_limit_;
};

} // namespace wagate::transport
