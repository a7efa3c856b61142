#pragma once
// /api/v1/tenants, for administrators.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"

namespace wagate::v1 {

class TenantRoutes {
public:
    /// The keys must outlive it; it must outlive the router's calls.
    TenantRoutes(http::KeyStore& keys, http::UnknownFields unknown) noexcept : keys_(keys), unknown_(unknown)
    {}
    TenantRoutes(TenantRoutes const&) = delete;
    TenantRoutes& operator=(TenantRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> create(http::Call call);
    Task<http::Response> list(http::Call call);

    http::KeyStore& keys_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
