#pragma once
// /api/v1/master-key and /api/v1/tenants/{tenant}/key, for administrators.
#include "api/http/router.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/key_desk.hpp"

namespace wagate::v1 {

class VaultRoutes {
public:
    /// @param keys null: there are none, all is answered 404. It and the pool must outlive it; it must
    /// outlive the router's calls.
    VaultRoutes(storage::KeyDesk* keys, BlockingPool& pool) noexcept : keys_(keys), pool_(pool) {}
    VaultRoutes(VaultRoutes const&) = delete;
    VaultRoutes& operator=(VaultRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> master_key(http::Call call);
    Task<http::Response> rotate_master_key(http::Call call);
    Task<http::Response> tenant_key(http::Call call);
    Task<http::Response> rotate_tenant_key(http::Call call);

    storage::KeyDesk* keys_;
    BlockingPool& pool_;
};

} // namespace wagate::v1
