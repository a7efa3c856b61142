#pragma once
// /api/v1/{session}: privacy settings, blocked people, default expiration, business profiles.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class PrivacyRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    PrivacyRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    PrivacyRoutes(PrivacyRoutes const&) = delete;
    PrivacyRoutes& operator=(PrivacyRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> show(http::Call call);
    Task<http::Response> change(http::Call call);
    Task<http::Response> set_expiration(http::Call call);
    Task<http::Response> blocklist(http::Call call);
    Task<http::Response> business(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
