#pragma once
// Declining calls (waha.md 4, Calls).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class CallRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    CallRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    CallRoutes(CallRoutes const&) = delete;
    CallRoutes& operator=(CallRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> reject(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
