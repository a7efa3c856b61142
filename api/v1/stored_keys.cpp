#include "api/v1/stored_keys.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>

namespace wagate::v1 {
namespace {

using http::KeyErrc;
using http::KeyFacts;
using http::KeyHash;
using http::KeyRights;
using http::KeyWithSecret;
using http::NewTenant;
using http::Principal;

constexpr std::size_t secret_bytes = 20;
constexpr std::size_t hint_characters = 4;

std::uint64_t prefix_of(KeyHash const& hash) noexcept
{
    return read_big_endian(ByteView(hash).first(8));
}

WallTime system_time()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

void set_rights(storage::ApiKeyRow& row, KeyRights const& rights)
{
    row.session = rights.session;
    row.actions.reset();
    if (rights.scopes) row.actions = rights.scopes->bits;
    row.active = rights.is_active;
    row.expires = rights.expires;
}

KeyRights rights_of(storage::ApiKeyRow const& row)
{
    KeyRights rights;
    rights.session = row.session;
    if (row.actions) rights.scopes = http::Scopes::of(*row.actions);
    rights.is_active = row.active;
    rights.expires = row.expires;
    return rights;
}

KeyFacts facts_of(storage::ApiKeyRow const& row)
{
    return {row.id, rights_of(row), row.created, row.hint};
}

void set_secret(storage::ApiKeyRow& row, std::string const& key)
{
    row.hash = http::hash_key(key);
    row.hint = key.substr(key.size() - hint_characters);
}

} // namespace

StoredKeys::StoredKeys(storage::Store& store, BlockingPool& pool, Clock now)
    : store_(store), pool_(pool), now_(now ? std::move(now) : Clock(system_time))
{}

Result<void> StoredKeys::load()
{
    for (auto const& row : store_.api_keys())
        keep(row);
    for (auto const& tenant : store_.tenants())
        add_tenant(tenant);
    return {};
}

Result<void> StoredKeys::add_configured(TenantId const& tenant, std::string_view key, bool is_admin)
{
    WAGATE_CHECK_OK(store_.ensure_tenant(tenant));
    add_tenant(tenant);
    Entry entry;
    entry.hash = http::hash_key(key);
    entry.principal = Principal{tenant, is_admin};
    remember(std::move(entry));
    return {};
}

Result<void> StoredKeys::add_configured_hash(TenantId const& tenant, ByteArray<64> const& hash, bool is_admin)
{
    WAGATE_CHECK_OK(store_.ensure_tenant(tenant));
    add_tenant(tenant);
    configured_hash_ = ConfiguredHash{hash, Principal{tenant, is_admin}};
    return {};
}

std::optional<Principal> StoredKeys::find(std::string_view key) const
{
    auto const hash = http::hash_key(key);
    {
        std::shared_lock const lock(mutex_);
        auto const found = by_prefix_.find(prefix_of(hash));
        if (found != by_prefix_.end()) {
            for (auto const& entry : found->second) {
                if (!crypto::constant_time_equal(entry.hash, hash)) continue;
                if (!entry.is_active || (entry.expires && *entry.expires <= now_())) return std::nullopt;
                return entry.principal;
            }
        }
    }
    if (configured_hash_ && crypto::constant_time_equal(configured_hash_->hash, crypto::sha512(view(key))))
        return configured_hash_->principal;
    return std::nullopt;
}

template <class T, class Work>
Task<Result<T>> StoredKeys::run(Work work)
{
    auto outcome = co_await run_blocking(pool_, std::move(work));
    if (!outcome && outcome.error() == RuntimeErrc::overloaded) co_return KeyErrc::overloaded;
    if (!outcome && outcome.error() == storage::StoreErrc::not_found) co_return KeyErrc::key_not_found;
    co_return outcome;
}

Task<Result<NewTenant>> StoredKeys::create_tenant(TenantId name)
{
    auto work = [this, &name] { return create_tenant_now(name); };
    co_return co_await run<NewTenant>(std::move(work));
}

Task<Result<KeyWithSecret>> StoredKeys::create_key(TenantId tenant, KeyRights rights)
{
    auto work = [this, &tenant, &rights] { return create_now(tenant, rights); };
    co_return co_await run<KeyWithSecret>(std::move(work));
}

Task<Result<KeyFacts>> StoredKeys::change_key(TenantId tenant, std::string id, KeyRights rights)
{
    auto work = [this, &tenant, &id, &rights] { return change_now(tenant, id, rights); };
    co_return co_await run<KeyFacts>(std::move(work));
}

Task<Result<void>> StoredKeys::erase_key(TenantId tenant, std::string id)
{
    auto work = [this, &tenant, &id] { return erase_now(tenant, id); };
    co_return co_await run<void>(std::move(work));
}

Task<Result<KeyWithSecret>> StoredKeys::derived_key(TenantId tenant, std::string id, KeyRights rights)
{
    auto work = [this, &tenant, &id, &rights] { return derive_now(tenant, id, rights); };
    co_return co_await run<KeyWithSecret>(std::move(work));
}

std::vector<TenantId> StoredKeys::tenants() const
{
    std::shared_lock const lock(mutex_);
    return tenants_;
}

std::vector<KeyFacts> StoredKeys::keys(TenantId const& tenant) const
{
    std::vector<KeyFacts> found;
    {
        std::shared_lock const lock(mutex_);
        for (auto const& row : rows_)
            if (row.tenant == tenant && !row.is_admin) found.push_back(facts_of(row));
    }
    std::sort(found.begin(), found.end(), [](auto const& left, auto const& right) {
        return std::tie(left.created, left.id) < std::tie(right.created, right.id);
    });
    return found;
}

Result<NewTenant> StoredKeys::create_tenant_now(TenantId const& name)
{
    std::lock_guard const alone(changing_);
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
    row.created = now_();
    set_secret(row, created.key);
    WAGATE_CHECK_OK(store_.ensure_tenant(name));
    WAGATE_CHECK_OK(store_.insert_api_key(row));
    add_tenant(name);
    keep(row);
    return created;
}

Result<KeyWithSecret> StoredKeys::create_now(TenantId const& tenant, KeyRights const& rights)
{
    std::lock_guard const alone(changing_);
    crypto::SystemRandom random;
    auto const key = "key_" + hex_encode(random.bytes(secret_bytes));
    storage::ApiKeyRow row;
    row.id = "key_id_" + hex_encode(random.bytes(13));
    row.tenant = tenant;
    row.created = now_();
    set_rights(row, rights);
    set_secret(row, key);
    WAGATE_CHECK_OK(store_.insert_api_key(row));
    keep(row);
    return KeyWithSecret{facts_of(row), key};
}

Result<KeyFacts> StoredKeys::change_now(TenantId const& tenant, std::string const& id,
                                        KeyRights const& rights)
{
    std::lock_guard const alone(changing_);
    auto row = row_of(tenant, id);
    if (!row) return KeyErrc::key_not_found;
    set_rights(*row, rights);
    WAGATE_CHECK_OK(store_.update_api_key(*row));
    keep(*row);
    return facts_of(*row);
}

Result<void> StoredKeys::erase_now(TenantId const& tenant, std::string const& id)
{
    std::lock_guard const alone(changing_);
    auto const row = row_of(tenant, id);
    if (!row) return KeyErrc::key_not_found;
    WAGATE_CHECK_OK(store_.erase_api_key(tenant, id));
    drop(*row);
    return {};
}

std::string StoredKeys::derived_secret(storage::ApiKeyRow const& row) const
{
    // With the time: a key that was deleted and made again is another one.
    auto const said =
        row.tenant.value + '\n' + row.id + '\n' + std::to_string(unix_milliseconds(row.created));
    auto const mac = crypto::hmac_sha256(derivation_secret_, {view(said)});
    return "key_" + hex_encode(ByteView(mac).first(secret_bytes));
}

Result<KeyWithSecret> StoredKeys::derive_now(TenantId const& tenant, std::string const& id,
                                             KeyRights const& rights)
{
    std::lock_guard const alone(changing_);
    if (derivation_secret_.empty()) return KeyErrc::key_not_found;
    auto const known = row_of(tenant, id);
    storage::ApiKeyRow row;
    if (known) row = *known;
    row.id = id;
    row.tenant = tenant;
    if (!known) row.created = now_();
    auto const key = derived_secret(row);
    set_rights(row, rights);
    set_secret(row, key);
    if (!known) WAGATE_CHECK_OK(store_.insert_api_key(row));
    bool const is_same = known && known->hash == row.hash && rights_of(*known).scopes == rights.scopes &&
                         known->session == row.session && known->active == row.active &&
                         known->expires == row.expires;
    if (known && !is_same) WAGATE_CHECK_OK(store_.update_api_key(row));
    keep(row);
    if (known && known->hash != row.hash) forget(known->hash);
    return KeyWithSecret{facts_of(row), key};
}

/// Nothing for the operator's.
std::optional<storage::ApiKeyRow> StoredKeys::row_of(TenantId const& tenant, std::string const& id) const
{
    std::shared_lock const lock(mutex_);
    for (auto const& row : rows_)
        if (row.tenant == tenant && row.id == id && !row.is_admin) return row;
    return std::nullopt;
}

void StoredKeys::keep(storage::ApiKeyRow const& row)
{
    Entry entry;
    entry.hash = row.hash;
    entry.principal = Principal{row.tenant, row.is_admin, row.id, row.session};
    if (row.session)
        entry.principal.scopes = row.actions ? http::Scopes::of(*row.actions) : http::Scopes::usual();
    entry.is_active = row.active;
    entry.expires = row.expires;
    remember(std::move(entry));
    std::unique_lock const lock(mutex_);
    auto const same = [&](auto const& other) { return other.tenant == row.tenant && other.id == row.id; };
    auto const known = std::find_if(rows_.begin(), rows_.end(), same);
    if (known != rows_.end())
        *known = row;
    else
        rows_.push_back(row);
}

void StoredKeys::drop(storage::ApiKeyRow const& row)
{
    forget(row.hash);
    std::unique_lock const lock(mutex_);
    std::erase_if(rows_, [&](auto const& other) { return other.tenant == row.tenant && other.id == row.id; });
}

void StoredKeys::remember(Entry entry)
{
    std::unique_lock const lock(mutex_);
    auto& entries = by_prefix_[prefix_of(entry.hash)];
    auto const known = std::find_if(entries.begin(), entries.end(),
                                    [&](auto const& other) { return other.hash == entry.hash; });
    if (known != entries.end())
        *known = std::move(entry);
    else
        entries.push_back(std::move(entry));
}

void StoredKeys::forget(KeyHash const& hash)
{
    std::unique_lock const lock(mutex_);
    auto const found = by_prefix_.find(prefix_of(hash));
    if (found == by_prefix_.end()) return;
    std::erase_if(found->second, [&](auto const& entry) { return entry.hash == hash; });
    if (found->second.empty()) by_prefix_.erase(found);
}

void StoredKeys::add_tenant(TenantId const& tenant)
{
    std::unique_lock const lock(mutex_);
    auto const place = std::lower_bound(tenants_.begin(), tenants_.end(), tenant);
    if (place == tenants_.end() || *place != tenant) tenants_.insert(place, tenant);
}

} // namespace wagate::v1
