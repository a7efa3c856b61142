#pragma once
// /api/sessions: life of sessions, and the three deprecated calls (waha.md 4, Sessions).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class SessionRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    SessionRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    SessionRoutes(SessionRoutes const&) = delete;
    SessionRoutes& operator=(SessionRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    using Action = Task<gateway::Outcome<gateway::SessionInfo>> (gateway::Gateway::*)(SessionKey);

    Task<http::Response> list(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> show(http::Call call);
    Task<http::Response> replace(http::Call call);
    Task<http::Response> erase(http::Call call);
    Task<http::Response> me(http::Call call);
    /// start, stop, restart, logout: 201 with the session.
    Task<http::Response> act(Action action, http::Call call);
    Task<http::Response> deprecated_start(http::Call call);
    Task<http::Response> deprecated_stop(http::Call call);
    Task<http::Response> deprecated_logout(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
