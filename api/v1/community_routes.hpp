#pragma once
// /api/v1/{session}/communities: what WAHA's dialect has no operation for.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class CommunityRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    CommunityRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    CommunityRoutes(CommunityRoutes const&) = delete;
    CommunityRoutes& operator=(CommunityRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> create(http::Call call);
    Task<http::Response> subgroups(http::Call call);
    Task<http::Response> link(http::Call call, bool linked);
    Task<http::Response> members(http::Call call);
    Task<http::Response> remove_members(http::Call call);
    Task<http::Response> set_settings(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
