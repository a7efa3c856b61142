#pragma once
// Requests to the outside: webhooks, media. Every connection goes through the address policy.
#include "gateway/egress/address_policy.hpp"
#include "gateway/egress/resolver.hpp"
#include "gateway/runtime/task.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate::transport {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpTimeouts {
    std::chrono::milliseconds connect{5'000};   ///< resolving, TCP and TLS together
    std::chrono::milliseconds response{30'000}; ///< from the first byte sent to the last byte received
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;     ///< http or https, without userinfo
    HttpHeaders headers; ///< Host, Connection and Content-Length are set by the client
    std::string body;
    HttpTimeouts timeouts;
    bool verify_tls = true;
    std::size_t kept_body_bytes = 64 * 1024; ///< the rest of a longer body is not read
};

struct HttpResponse {
    unsigned status = 0; ///< redirects included: none is followed
    HttpHeaders headers;
    std::string body;
    bool is_truncated = false; ///< the body was longer than kept_body_bytes

    /// The first header of that name in any case, or an empty view.
    std::string_view header(std::string_view name) const;
};

class HttpClient {
public:
    virtual ~HttpClient() = default;

    /// May be called from any event loop and concurrently. A request on a kept connection that the server
    /// closed before its first byte of answer is sent once more on a new one, so the server may see it twice.
    /// @return EgressErrc (bad URL, address refused, …), TransportErrc (limits, bad request), tls,
    /// certificate and socket errors, or an error of the HTTP parser
    virtual Task<Result<HttpResponse>> request(HttpRequest request) = 0;
};

struct HttpClientSettings {
    egress::AddressPolicy policy;
    std::size_t max_idle_per_host = 8;
    std::size_t max_idle = 256;
    std::chrono::seconds idle_limit{30};
    std::string user_agent = "wagate";
    std::string ca_file;                  ///< PEM, trusted beside the system's authorities
    egress::Resolver* resolver = nullptr; ///< null: the system's; must outlive the client
};

/// Keeps connections per loop, scheme, host and port. Destroy it after the event loops have been joined and
/// before they are destroyed.
std::unique_ptr<HttpClient> make_http_client(HttpClientSettings settings);

} // namespace wagate::transport
