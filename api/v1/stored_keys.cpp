#include "api/v1/stored_keys.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>

namespace wagate::v1 {
namespace {

using http::KeyErrc;
using http::KeyHash;
using http::NewTenant;
using http::Principal;

std::uint64_t prefix_of(KeyHash const& hash) noexcept
{
    return read_big_endian(ByteView(hash).first(8));
}

} // namespace

Result<void> StoredKeys::load()
{
    for (auto const& row : store_.api_keys()) {
        Principal principal;
        principal.tenant = row.tenant;
        principal.is_admin = row.is_admin;
        remember(row.hash, std::move(principal));
    }
    auto known = store_.tenants();
    std::sort(known.begin(), known.end());
    std::unique_lock const lock(mutex_);
    tenants_ = std::move(known);
    return {};
}

Result<void> StoredKeys::add_configured(TenantId const& tenant, std::string_view key, bool is_admin)
{
    WAGATE_CHECK_OK(store_.ensure_tenant(tenant));
    Principal principal;
    principal.tenant = tenant;
    principal.is_admin = is_admin;
    remember(http::hash_key(key), std::move(principal));
    return {};
}

std::optional<Principal> StoredKeys::find(KeyHash const& hash) const
{
    std::shared_lock const lock(mutex_);
    auto const found = by_prefix_.find(prefix_of(hash));
    if (found == by_prefix_.end()) return std::nullopt;
    for (auto const& entry : found->second) {
        if (crypto::constant_time_equal(entry.hash, hash)) return entry.principal;
    }
    return std::nullopt;
}

Task<Result<NewTenant>> StoredKeys::create_tenant(TenantId name)
{
    auto work = [this, &name] { return create_blocking(name); };
    auto outcome = co_await run_blocking(pool_, std::move(work));
    if (!outcome && outcome.error() == RuntimeErrc::overloaded) co_return KeyErrc::overloaded;
    co_return outcome;
}

std::vector<TenantId> StoredKeys::tenants() const
{
    std::shared_lock const lock(mutex_);
    return tenants_;
}

Result<NewTenant> StoredKeys::create_blocking(TenantId const& name)
{
    std::lock_guard const alone(creation_);
    {
        std::shared_lock const lock(mutex_);
        if (std::binary_search(tenants_.begin(), tenants_.end(), name)) return KeyErrc::tenant_exists;
    }
    crypto::SystemRandom random;
    NewTenant created;
    created.tenant = name;
    created.key = "wgk_" + hex_encode(random.bytes(32));
    storage::ApiKeyRow row;
    row.id = "key_" + hex_encode(random.bytes(12));
    row.tenant = name;
    row.hash = http::hash_key(created.key);
    row.created = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    WAGATE_CHECK_OK(store_.ensure_tenant(name));
    WAGATE_CHECK_OK(store_.insert_api_key(row));
    Principal principal;
    principal.tenant = name;
    remember(row.hash, std::move(principal));
    return created;
}

void StoredKeys::remember(KeyHash const& hash, Principal principal)
{
    std::unique_lock const lock(mutex_);
    auto const place = std::lower_bound(tenants_.begin(), tenants_.end(), principal.tenant);
    if (place == tenants_.end() || *place != principal.tenant) tenants_.insert(place, principal.tenant);
    auto& entries = by_prefix_[prefix_of(hash)];
    auto const known =
        std::find_if(entries.begin(), entries.end(), [&](auto const& entry) { return entry.hash == hash; });
    if (known != entries.end())
        known->principal = std::move(principal);
    else
        entries.push_back(Entry{hash, std::move(principal)});
}

} // namespace wagate::v1
