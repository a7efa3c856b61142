#include "api/v1/stored_keys.hpp"

#include "api/http/networks.hpp"
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
    row.more_sessions = rights.more_sessions;
    row.networks = rights.networks;
    row.name = rights.name;
}

KeyRights rights_of(storage::ApiKeyRow const& row)
{
    KeyRights rights;
    rights.session = row.session;
    if (row.actions) rights.scopes = http::Scopes::of(*row.actions);
    rights.is_active = row.active;
    rights.expires = row.expires;
    rights.more_sessions = row.more_sessions;
    rights.networks = row.networks;
    rights.name = row.name;
    return rights;
}

http::Scopes scopes_of(storage::ApiKeyRow const& row)
{
    if (row.actions) return http::Scopes::of(*row.actions);
    return row.session ? http::Scopes::usual() : http::Scopes::all();
}

/// Says which key it is, so that one that was found somewhere can be revoked.
std::string new_secret(std::string const& id)
{
    crypto::SystemRandom random;
    return "wk_" + id + "_" + hex_encode(random.bytes(secret_bytes));
}

} // namespace

StoredKeys::StoredKeys(storage::Store& store, BlockingPool& pool, Clock now)
    : store_(store), pool_(pool), now_(now ? std::move(now) : Clock(system_time))
{}

http::KeyHash StoredKeys::hash(std::string_view key) const
{
    auto const plain = http::hash_key(key);
    return hasher_ ? hasher_(plain) : plain;
}

void StoredKeys::set_secret(storage::ApiKeyRow& row, std::string const& key) const
{
    row.hash = hash(key);
    row.hint = key.substr(key.size() - hint_characters);
}

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
    entry.hash = hash(key);
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
    auto const hashed = hash(key);
    {
        std::shared_lock const lock(mutex_);
        auto const found = by_prefix_.find(prefix_of(hashed));
        if (found != by_prefix_.end()) {
            for (auto const& entry : found->second) {
                if (!crypto::constant_time_equal(entry.hash, hashed)) continue;
                auto const now = now_();
                if (!entry.is_active || (entry.expires && *entry.expires <= now)) return std::nullopt;
                if (entry.used) entry.used->store(unix_milliseconds(now), std::memory_order_relaxed);
                return entry.principal;
            }
        }
    }
    if (configured_hash_ && crypto::constant_time_equal(configured_hash_->hash, crypto::sha512(view(key))))
        return configured_hash_->principal;
    return std::nullopt;
}

void StoredKeys::set_verifier(std::shared_ptr<http::JwtVerifier const> verifier)
{
    std::unique_lock const lock(mutex_);
    verifier_ = std::move(verifier);
}

std::optional<Principal> StoredKeys::find_token(std::string_view token) const
{
    std::shared_ptr<http::JwtVerifier const> verifier;
    {
        std::shared_lock const lock(mutex_);
        verifier = verifier_;
    }
    if (!verifier) return std::nullopt;
    auto principal = verifier->verify(token, now_());
    if (!principal || standing(principal->tenant) == http::TenantStanding::absent) return std::nullopt;
    return std::move(*principal);
}

http::TenantStanding StoredKeys::standing(TenantId const& tenant) const
{
    {
        std::shared_lock const lock(mutex_);
        if (!std::binary_search(tenants_.begin(), tenants_.end(), tenant))
            return http::TenantStanding::absent;
    }
    if (states_ == nullptr || states_->is_active(tenant)) return http::TenantStanding::active;
    return states_->of(tenant) == storage::TenantState::suspended ? http::TenantStanding::suspended
                                                                  : http::TenantStanding::absent;
}

bool StoredKeys::holds(Principal const& principal) const
{
    auto const stands = standing(principal.tenant);
    if (stands == http::TenantStanding::absent) return false;
    if (stands == http::TenantStanding::suspended && !principal.is_admin) return false;
    if (principal.expires && *principal.expires <= now_()) return false;
    if (principal.key_id.empty()) return true;
    std::shared_lock const lock(mutex_);
    auto const found = rows_.find({principal.home.value_or(principal.tenant), principal.key_id});
    if (found == rows_.end()) return false;
    auto const& row = found->second.row;
    return row.active && (!row.expires || *row.expires > now_()) && row.session == principal.session &&
           row.more_sessions == principal.more_sessions && scopes_of(row) == principal.scopes;
}

void StoredKeys::forget_tenant(TenantId const& tenant)
{
    std::lock_guard const alone(changing_);
    std::unique_lock const lock(mutex_);
    for (auto entries = by_prefix_.begin(); entries != by_prefix_.end();) {
        std::erase_if(entries->second, [&](auto const& entry) { return entry.principal.tenant == tenant; });
        entries = entries->second.empty() ? by_prefix_.erase(entries) : std::next(entries);
    }
    std::erase_if(rows_, [&](auto const& one) { return one.first.first == tenant; });
    std::erase(tenants_, tenant);
}

Result<void> StoredKeys::save_uses()
{
    std::vector<storage::KeyUse> uses;
    {
        std::unique_lock const lock(mutex_);
        for (auto& [name, known] : rows_) {
            auto const used = known.used->load(std::memory_order_relaxed);
            if (used == known.saved) continue;
            known.saved = used;
            uses.push_back({name.first, name.second, wall_from_milliseconds(used)});
        }
    }
    if (uses.empty()) return {};
    return store_.tenant_records().save_key_uses(uses);
}

template <class T, class Work>
Task<Result<T>> StoredKeys::run(Work work)
{
    auto outcome = co_await run_blocking(pool_, std::move(work));
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

Task<Result<KeyWithSecret>> StoredKeys::rotate_key(TenantId tenant, std::string id, Milliseconds overlap)
{
    auto work = [this, &tenant, &id, overlap] { return rotate_now(tenant, id, overlap); };
    co_return co_await run<KeyWithSecret>(std::move(work));
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
        for (auto one = rows_.lower_bound({tenant, std::string()}); one != rows_.end(); ++one) {
            if (one->first.first != tenant) break;
            if (!one->second.row.is_admin) found.push_back(shown(one->second.row));
        }
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
    if (states_ != nullptr && !states_->is_active(name)) return KeyErrc::tenant_exists; // not gone yet
    crypto::SystemRandom random;
    NewTenant created;
    created.tenant = name;
    storage::ApiKeyRow row;
    row.id = "key_id_" + hex_encode(random.bytes(13));
    created.key = new_secret(row.id);
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
    storage::ApiKeyRow row;
    row.id = "key_id_" + hex_encode(random.bytes(13));
    auto const key = new_secret(row.id);
    row.tenant = tenant;
    row.created = now_();
    set_rights(row, rights);
    set_secret(row, key);
    WAGATE_CHECK_OK(store_.insert_api_key(row));
    keep(row);
    return KeyWithSecret{shown(row), key};
}

Result<KeyWithSecret> StoredKeys::rotate_now(TenantId const& tenant, std::string const& id,
                                             Milliseconds overlap)
{
    std::lock_guard const alone(changing_);
    auto row = row_of(tenant, id);
    if (!row) return KeyErrc::key_not_found;
    auto const before = *row;
    auto const key = new_secret(id);
    set_secret(*row, key);
    row->previous_hash.reset();
    row->previous_until.reset();
    if (overlap > Milliseconds::zero()) {
        row->previous_hash = before.hash;
        row->previous_until = now_() + overlap;
    }
    WAGATE_CHECK_OK(store_.update_api_key(*row));
    forget(before.hash);
    if (before.previous_hash) forget(*before.previous_hash);
    keep(*row);
    return KeyWithSecret{shown(*row), key};
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
    return shown(*row);
}

Result<void> StoredKeys::erase_now(TenantId const& tenant, std::string const& id)
{
    std::lock_guard const alone(changing_);
    auto const row = row_of(tenant, id);
    if (!row) return KeyErrc::key_not_found;
    WAGATE_CHECK_OK(store_.erase_api_key(tenant, id));
    drop(*row);
    if (on_erased_) on_erased_(tenant, id);
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
    return KeyWithSecret{shown(row), key};
}

/// Nothing for the operator's.
std::optional<storage::ApiKeyRow> StoredKeys::row_of(TenantId const& tenant, std::string const& id) const
{
    std::shared_lock const lock(mutex_);
    auto const found = rows_.find({tenant, id});
    if (found == rows_.end() || found->second.row.is_admin) return std::nullopt;
    auto row = found->second.row;
    if (auto const used = found->second.used->load(std::memory_order_relaxed); used != 0)
        row.last_used = wall_from_milliseconds(used);
    return row;
}

/// With the time of its last use as it is known here; the lock is held, or nobody else knows the row.
KeyFacts StoredKeys::shown(storage::ApiKeyRow const& row) const
{
    KeyFacts facts{row.id, rights_of(row), row.created, row.hint};
    facts.last_used = row.last_used;
    auto const known = rows_.find({row.tenant, row.id});
    if (known != rows_.end())
        if (auto const used = known->second.used->load(std::memory_order_relaxed); used != 0)
            facts.last_used = wall_from_milliseconds(used);
    if (row.previous_until && *row.previous_until > now_()) facts.previous_until = row.previous_until;
    return facts;
}

void StoredKeys::keep(storage::ApiKeyRow const& row)
{
    Entry entry;
    entry.hash = row.hash;
    entry.principal = Principal{row.tenant, row.is_admin, row.id, row.session};
    entry.principal.scopes = scopes_of(row);
    entry.principal.more_sessions = row.more_sessions;
    if (!row.networks.empty()) {
        // What cannot be read any more lets nobody in.
        auto networks = http::Networks::parse(row.networks);
        entry.principal.networks =
            std::make_shared<http::Networks const>(networks ? std::move(*networks) : http::Networks());
    }
    entry.is_active = row.active;
    entry.expires = row.expires;
    {
        std::unique_lock const lock(mutex_);
        auto& known = rows_[{row.tenant, row.id}];
        if (!known.used) {
            known.saved = row.last_used ? unix_milliseconds(*row.last_used) : 0;
            known.used = std::make_shared<std::atomic<std::int64_t>>(known.saved);
        }
        known.row = row;
        entry.used = known.used;
    }
    if (row.previous_hash && row.previous_until) {
        auto previous = entry;
        previous.hash = *row.previous_hash;
        previous.expires = row.expires ? std::min(*row.expires, *row.previous_until) : *row.previous_until;
        remember(std::move(previous));
    }
    remember(std::move(entry));
}

void StoredKeys::drop(storage::ApiKeyRow const& row)
{
    forget(row.hash);
    if (row.previous_hash) forget(*row.previous_hash);
    std::unique_lock const lock(mutex_);
    rows_.erase({row.tenant, row.id});
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
