#pragma once
// Probes and facts about the server (waha.md 4, Observability).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/identity.hpp"
#include "api/waha/server_facts.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

/// /ping, /health, /livez and /readyz need no key, as probes have none; they name no tenant and no session.
class ServerRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ServerRoutes(gateway::Gateway& gateway, Identity identity, WallTime started, ServerFacts facts,
                 http::UnknownFields unknown);
    ServerRoutes(ServerRoutes const&) = delete;
    ServerRoutes& operator=(ServerRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> ping(http::Call call);
    Task<http::Response> health(http::Call call);
    Task<http::Response> live(http::Call call);
    Task<http::Response> ready(http::Call call);
    Task<http::Response> version(http::Call call);
    Task<http::Response> status(http::Call call);
    Task<http::Response> environment_variables(http::Call call);
    Task<http::Response> stop(http::Call call);

    gateway::Gateway& gateway_;
    Identity identity_;
    WallTime started_;
    ServerFacts facts_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
