#pragma once
// An HTTP request and its answer as values. No sockets and no parser types.
#include "gateway/runtime/task.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate::http {

/// In the order received; names are compared without case.
class Headers {
public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// The first value, or empty.
    std::string_view find(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept;

    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
    std::string method; ///< upper case as received
    std::string path;   ///< still percent-encoded, begins with '/'
    std::string query;  ///< without '?'; may contain a key: never log it
    Headers headers;
    std::string body;
    std::string remote; ///< address of the peer, without port
};

struct Response;
class BodyWriter;
class WebSocketConnection;
struct WebSocketEnd;

/// What an endpoint leaves to the connection, after its answer was decided. Runs on the connection's loop.
/// Cancelled when the client goes or the server stops; no stop waits for it.
using LateAnswer = std::function<Task<Response>()>;
using BodyStream = std::function<Task<void>(BodyWriter&)>;
using WebSocketTalk = std::function<Task<WebSocketEnd>(WebSocketConnection&)>;

struct Response {
    unsigned status = 200;
    Headers headers; ///< Content-Length and Connection are added by the server
    std::string body;
    // At most one of these.
    LateAnswer later;                               ///< gives the answer that is sent instead of this one
    BodyStream stream;                              ///< writes the body, see streaming.hpp
    std::optional<std::uint64_t> stream_bytes = {}; ///< its length, where that is known
    WebSocketTalk web_socket; ///< the connection becomes a WebSocket, see web_socket.hpp
};

/// Runs on the event loop of the connection.
using Handler = std::function<Task<Response>(Request)>;
/// Sees a request before its body is read. An answer refuses the request: the body is not read.
using Screen = std::function<std::optional<Response>(Request const&)>;

std::string_view reason_phrase(unsigned status) noexcept;

/// How many bytes the body of a request may have; 0: as many as usual.
using BodyLimit = std::function<std::size_t(Request const& head)>;

/// Status line and header with Content-Length and Connection; fields with line breaks in them are left out.
std::string response_head(Response const& response, bool keep_alive);
/// The same for a stream: with its length, else in chunks, or up to the end of the connection.
std::string stream_head(Response const& response, bool chunked);

/// ASCII only, as HTTP wants it.
bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

} // namespace wagate::http
