#pragma once
// /api/v1/{session}: the account's own contact link, where links of others lead, links into calls.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class LinkRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    LinkRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    LinkRoutes(LinkRoutes const&) = delete;
    LinkRoutes& operator=(LinkRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> own(http::Call call);
    Task<http::Response> renew(http::Call call);
    Task<http::Response> contact(http::Call call);
    Task<http::Response> message(http::Call call);
    Task<http::Response> create_call(http::Call call);
    Task<http::Response> own_link(SessionKey session, bool revoke);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
