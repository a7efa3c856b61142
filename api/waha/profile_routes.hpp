#pragma once
// The account's own profile (waha.md 4, Profile).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ProfileRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ProfileRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    ProfileRoutes(ProfileRoutes const&) = delete;
    ProfileRoutes& operator=(ProfileRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> show(http::Call call);
    Task<http::Response> set_name(http::Call call);
    Task<http::Response> set_about(http::Call call);
    Task<http::Response> change(SessionKey session, gateway::Gateway::Question question);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
