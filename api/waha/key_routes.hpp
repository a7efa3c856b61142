#pragma once
// /api/keys: keys of the caller's tenant (waha.md 5).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class KeyRoutes {
public:
    /// Both must outlive it; it must outlive the router's calls.
    KeyRoutes(http::KeyStore& keys, gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : keys_(keys), gateway_(gateway), unknown_(unknown)
    {}
    KeyRoutes(KeyRoutes const&) = delete;
    KeyRoutes& operator=(KeyRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> list(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> change(http::Call call);
    Task<http::Response> erase(http::Call call);
    Task<http::Response> media(http::Call call);
    Task<http::Response> control(http::Call call);
    Task<http::Response> narrow(http::Call call, std::string prefix, http::Scopes scopes);

    http::KeyStore& keys_;
    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

/// Of a body, a config or a key; unknown members are the caller's matter.
http::Field actions_field();
http::Scopes scopes_in(boost::json::object const& actions);
boost::json::object actions_json(http::Scopes scopes);

} // namespace wagate::waha
