#pragma once
// Who is online and who types, both ways (waha.md 4, Presence; typing from Chatting).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"
#include "protocol/model/account_events.hpp"

namespace wagate::waha {

class PresenceRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    PresenceRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    PresenceRoutes(PresenceRoutes const&) = delete;
    PresenceRoutes& operator=(PresenceRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> set(http::Call call);
    Task<http::Response> list(http::Call call);
    Task<http::Response> show(http::Call call);
    Task<http::Response> subscribe(http::Call call);
    Task<http::Response> type(PresenceState state, http::Call call);
    Task<http::Response> show_in(SessionKey session, Jid chat, PresenceState state);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
