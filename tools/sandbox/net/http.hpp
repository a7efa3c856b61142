#pragma once
// HTTP as the control API and the media servers see it.
#include "protocol/base/time.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wagate::sandbox {

struct HttpRequest {
    std::string method;
    std::string path;  ///< without query
    std::string query; ///< without '?'
    std::string range; ///< the header of that name
    std::string body;
};

struct HttpResponse {
    int status = 200;
    std::string body; ///< JSON unless `content_type` says otherwise; empty for 204
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::size_t>
        cut_after;         ///< the connection ends after so many bytes of the body; 0: no answer at all
    Milliseconds pause{0}; ///< between two pieces of the body
};

/// Must be called exactly once, now or later, on the sandbox's thread.
using HttpReply = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(HttpRequest const&, HttpReply)>;

} // namespace wagate::sandbox
