#include "api/v1/vault_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/rejections.hpp"
#include "storage/store_errc.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Response;
using storage::StoreErrc;
using storage::VaultErrc;

Response rejection(ErrorCode const& error)
{
    if (error == StoreErrc::not_found) return http::problem(404, "No such tenant");
    if (error == VaultErrc::same_key) return http::problem(409, "The next master key is the one in use");
    if (error == VaultErrc::bad_master_key)
        return http::problem(
            409, "There is no next master key: WAGATE_MASTER_KEY_NEXT_FILE must name a file with it, as "
                 "the one in use does not come from a file of the server's own");
    return waha::storage_trouble(error);
}

Response no_keys()
{
    return http::problem(404, "This server has no keys");
}

/// On the pool. A read that fails throws there; here it is an error like others.
template <class T, class Work>
Task<Result<T>> run(BlockingPool& pool, Work work)
{
    auto guarded = [&work]() -> Result<T> {
        try {
            return work();
        } catch (boost::system::system_error const& failure) {
            return failure.code();
        }
    };
    co_return co_await run_blocking(pool, std::move(guarded));
}

json::object to_json(TenantId const& tenant, storage::TenantKeyState const& state)
{
    json::array versions;
    for (auto const& version : state.versions) {
        json::object entry;
        entry["version"] = version.number;
        entry["created"] = unix_milliseconds(version.created);
        entry["current"] = version.number == state.versions.back().number;
        versions.push_back(std::move(entry));
    }
    json::object out;
    out["tenant"] = tenant.value;
    out["versions"] = std::move(versions);
    out["rotating"] = state.versions.size() > 1;
    out["oldRecords"] = state.old_records;
    return out;
}

} // namespace

void VaultRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/v1/master-key", Access::admin, std::bind_front(&VaultRoutes::master_key, this));
    router.add("POST", "/api/v1/master-key/rotate", Access::admin,
               std::bind_front(&VaultRoutes::rotate_master_key, this));
    router.add("GET", "/api/v1/tenants/{tenant}/key", Access::admin,
               std::bind_front(&VaultRoutes::tenant_key, this));
    router.add("POST", "/api/v1/tenants/{tenant}/key/rotate", Access::admin,
               std::bind_front(&VaultRoutes::rotate_tenant_key, this));
}

Task<Response> VaultRoutes::master_key(Call)
{
    if (!keys_) co_return no_keys();
    json::object out;
    out["keyId"] = keys_->master_key_id();
    co_return http::json_response(200, out);
}

Task<Response> VaultRoutes::rotate_master_key(Call)
{
    if (!keys_) co_return no_keys();
    auto work = [this] { return keys_->rotate_master_key(); };
    auto const id = co_await run<std::string>(pool_, std::move(work));
    if (!id) co_return rejection(id.error());
    json::object out;
    out["keyId"] = *id;
    co_return http::json_response(200, out);
}

Task<Response> VaultRoutes::tenant_key(Call call)
{
    if (!keys_) co_return no_keys();
    TenantId const tenant{call.parameter("tenant")};
    auto work = [this, &tenant] { return keys_->tenant_key_state(tenant); };
    auto const state = co_await run<storage::TenantKeyState>(pool_, std::move(work));
    if (!state) co_return rejection(state.error());
    co_return http::json_response(200, to_json(tenant, *state));
}

Task<Response> VaultRoutes::rotate_tenant_key(Call call)
{
    if (!keys_) co_return no_keys();
    TenantId const tenant{call.parameter("tenant")};
    auto work = [this, &tenant]() -> Result<storage::TenantKeyState> {
        if (auto const rotated = keys_->rotate_tenant_key(tenant); !rotated) return rotated.error();
        return keys_->tenant_key_state(tenant);
    };
    auto const state = co_await run<storage::TenantKeyState>(pool_, std::move(work));
    if (!state) co_return rejection(state.error());
    co_return http::json_response(202, to_json(tenant, *state));
}

} // namespace wagate::v1
