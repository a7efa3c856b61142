#pragma once
// Authenticates a request, finds its endpoint and calls it.
#include "api/http/router.hpp"

namespace wagate::http {

/// Thread-safe: reads only. The router and the keys must outlive it and every answer under way.
class Dispatcher {
public:
    Dispatcher(Router const& router, KeyStore const& keys) noexcept : router_(&router), keys_(&keys) {}

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

    Router const* router_;
    KeyStore const* keys_;
};

} // namespace wagate::http
