#pragma once
// HTTP as the control API sees it.
#include <functional>
#include <string>

namespace wagate::sandbox {

struct HttpRequest {
    std::string method;
    std::string path; ///< without query
    std::string body;
};

struct HttpResponse {
    int status = 200;
    std::string body; ///< JSON; empty for 204
};

/// Must be called exactly once, now or later, on the sandbox's thread.
using HttpReply = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(HttpRequest const&, HttpReply)>;

} // namespace wagate::sandbox
