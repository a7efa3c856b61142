#pragma once
// /api/v1/tenants, for administrators.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/tenants/tenants.hpp"

namespace wagate::v1 {

class TenantRoutes {
public:
    /// Both must outlive it; it must outlive the router's calls.
    TenantRoutes(http::KeyStore& keys, gateway::Tenants& tenants, http::UnknownFields unknown) noexcept
        : keys_(keys), tenants_(tenants), unknown_(unknown)
    {}
    TenantRoutes(TenantRoutes const&) = delete;
    TenantRoutes& operator=(TenantRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    using Answer = Result<storage::TenantRow>;

    Task<http::Response> create(http::Call call);
    Task<http::Response> list(http::Call call);
    Task<http::Response> show(http::Call call);
    Task<http::Response> change(http::Call call);
    Task<http::Response> suspend(http::Call call);
    Task<http::Response> resume(http::Call call);
    Task<http::Response> erase(http::Call call);
    /// With what it has.
    Task<http::Response> shown(unsigned status, Answer row);

    http::KeyStore& keys_;
    gateway::Tenants& tenants_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
