#pragma once
// /api/sessions: life of sessions, and the three deprecated calls (waha.md 4, Sessions).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/app_routes.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class SessionRoutes {
public:
    /// Both must outlive it; it must outlive the router's calls. @param worker shown as the sessions' own
    SessionRoutes(gateway::Gateway& gateway, AppDesk& apps, http::UnknownFields unknown, std::string worker)
        : gateway_(gateway), apps_(apps), unknown_(unknown), worker_(std::move(worker))
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

    /// @param expanded with its apps
    Task<boost::json::object> shown(gateway::SessionInfo info, bool expanded, http::Principal caller);
    Task<http::Response> answer(unsigned status, gateway::Outcome<gateway::SessionInfo> outcome,
                                SessionKey session);
    /// Of a body with `apps`, once the session is there.
    Task<http::Response> answer_with_apps(unsigned status, gateway::SessionInfo info,
                                          std::optional<std::vector<gateway::App>> apps);

    gateway::Gateway& gateway_;
    AppDesk& apps_;
    http::UnknownFields unknown_;
    std::string worker_;
};

} // namespace wagate::waha
