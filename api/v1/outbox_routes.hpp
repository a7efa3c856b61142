#pragma once
// /api/v1/{session}/outbox: what became of a send.
#include "api/http/router.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class OutboxRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    explicit OutboxRoutes(gateway::Gateway& gateway) noexcept : gateway_(gateway) {}
    OutboxRoutes(OutboxRoutes const&) = delete;
    OutboxRoutes& operator=(OutboxRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> list(http::Call call);
    Task<http::Response> show(http::Call call);

    gateway::Gateway& gateway_;
};

} // namespace wagate::v1
