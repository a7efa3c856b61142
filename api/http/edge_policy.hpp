#pragma once
// Which requests are taken at all, before keys and routes: by the Host they name, the page they come from
// (Origin) and the kind of their body.
#include "api/http/message.hpp"

namespace wagate::http {

class EdgePolicy {
public:
    struct Options {
        bool any_host = true;
        /// Names without port, in lower case. Addresses are always taken: no name can be pointed at them.
        std::vector<std::string> hosts = {};
        /// `scheme://host[:port]`, in lower case; pages from there may use the API in a browser (CORS).
        std::vector<std::string> origins = {};
        /// Where clients reach the API, for browsers behind a proxy that changes Host.
        std::string own_origin = {};
    };

    EdgePolicy() = default;
    explicit EdgePolicy(Options options) : options_(std::move(options)) {}

    /// The answer to a request that is not taken, or to a browser that asks beforehand whether it would be.
    std::optional<Response> refuse(Request const& head) const;
    /// What a browser has to be told so that a page may read the answer.
    void mark(Request const& head, Response& response) const;
    void mark(std::string const& origin, Response& response) const;
    /// The page's origin, when it is another one that is allowed; else empty.
    std::string allowed_origin(Request const& head) const;

private:
    bool takes_host(std::string_view field) const;
    bool is_own(std::string_view origin, Request const& head) const;
    bool is_allowed(std::string_view origin) const;

    Options options_;
};

/// `scheme://host[:port]` in lower case without anything behind it; nothing when it is no origin.
std::optional<std::string> origin_of(std::string_view url);

} // namespace wagate::http
