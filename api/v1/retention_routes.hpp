#pragma once
// How long a tenant's data is kept, and deleting what is stored about one person.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"
#include "gateway/media/kept_media.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/keeper.hpp"

namespace wagate::v1 {

class RetentionRoutes {
public:
    /// All must outlive it; it must outlive the router's calls.
    RetentionRoutes(gateway::Gateway& gateway, gateway::KeptMedia& media, storage::Store& store,
                    BlockingPool& pool, http::UnknownFields unknown)
        : gateway_(gateway),
          media_(media),
          store_(store),
          keeper_(storage::keeper_of(store)),
          pool_(pool),
          unknown_(unknown)
    {}
    RetentionRoutes(RetentionRoutes const&) = delete;
    RetentionRoutes& operator=(RetentionRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> show_own(http::Call call);
    Task<http::Response> change_own(http::Call call);
    Task<http::Response> show_of(http::Call call);
    Task<http::Response> change_of(http::Call call);
    Task<http::Response> show(TenantId tenant);
    Task<http::Response> change(TenantId tenant, http::Call call, bool by_operator);
    Task<http::Response> erase_person(http::Call call);

    gateway::Gateway& gateway_;
    gateway::KeptMedia& media_;
    storage::Store& store_;
    storage::Keeper& keeper_;
    BlockingPool& pool_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
