#pragma once
// /api/v1/{session}/groups: what WAHA's dialect has no operation for.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class GroupRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    GroupRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    GroupRoutes(GroupRoutes const&) = delete;
    GroupRoutes& operator=(GroupRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> set_settings(http::Call call);
    Task<http::Response> set_label(http::Call call);
    Task<http::Response> requests(http::Call call);
    Task<http::Response> answer_requests(http::Call call, bool approve);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
