#pragma once
// Authenticates a request, finds its endpoint and calls it.
#include "api/http/open_paths.hpp"
#include "api/http/router.hpp"

namespace wagate::http {

/// Thread-safe: reads only. The router, the keys and the paths must outlive it and every answer under way.
class Dispatcher {
public:
    /// @param open_paths what needs no key; null: what the routes say
    Dispatcher(Router const& router, KeyStore const& keys, OpenPaths const* open_paths = nullptr) noexcept
        : router_(&router), keys_(&keys), open_paths_(open_paths)
    {}

    /// Below /api an unknown key gives 401 before anything about the path is said.
    Task<Response> operator()(Request request) const;
    /// The answer when the request is refused whatever its body says.
    std::optional<Response> refuse(Request const& head) const;
    /// Of the route; 0: the server's usual one.
    std::size_t body_limit(Request const& head) const;

private:
    struct Admission;
    /// Fills `admission`, or says why not.
    std::optional<Response> admit(Request const& request, Admission& admission) const;
    std::optional<Principal> authenticate(Request const& request, Query const& query) const;
    /// Who reads a path that the operator has opened; nothing when it is not.
    std::optional<Principal> visitor(Request const& request, Route const* route) const;

    Router const* router_;
    KeyStore const* keys_;
    OpenPaths const* open_paths_;
};

} // namespace wagate::http
