#pragma once
// The audit log through the API: reading, export as JSON lines, checking the chain.
#include "api/http/router.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/keeper.hpp"
#include "storage/store.hpp"

namespace wagate::v1 {

class AuditRoutes {
public:
    /// Both must outlive it; it must outlive the router's calls and their answers.
    AuditRoutes(storage::Store& store, BlockingPool& pool)
        : store_(store), log_(storage::keeper_of(store).audit()), pool_(pool)
    {}
    AuditRoutes(AuditRoutes const&) = delete;
    AuditRoutes& operator=(AuditRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    enum class Chain : std::uint8_t { own, of_tenant, of_operator };
    Task<http::Response> list(Chain chain, http::Call call);
    Task<http::Response> verify(Chain chain, http::Call call);
    /// Whose chain a call means. @return false: no such tenant
    Task<bool> find_chain(Chain chain, http::Call const& call, std::optional<TenantId>& tenant);

    storage::Store& store_;
    storage::AuditLog& log_;
    BlockingPool& pool_;
};

} // namespace wagate::v1
