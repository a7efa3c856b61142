#pragma once
// /api/v1/{session}/push: where WhatsApp pushes to while the session has no connection.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class PushRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    PushRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    PushRoutes(PushRoutes const&) = delete;
    PushRoutes& operator=(PushRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> show(http::Call call);
    Task<http::Response> set(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
