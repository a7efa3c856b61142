#pragma once
// API keys kept in the store, and those of the operator's configuration, which are never stored.
#include "api/http/jwt.hpp"
#include "api/http/keys.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/tenants/tenant_states.hpp"
#include "storage/store.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace wagate::v1 {

/// Thread-safe. Answers find() from memory.
class StoredKeys final : public http::KeyStore {
public:
    using Clock = std::function<WallTime()>;
    /// The store and the pool must outlive it. @param now the system's clock when empty
    StoredKeys(storage::Store& store, BlockingPool& pool, Clock now = {});

    /// Reads the stored keys. Blocks: once, at start-up.
    Result<void> load();
    /// A key from configuration; creates its tenant when needed. Blocks: at start-up.
    Result<void> add_configured(TenantId const& tenant, std::string_view key, bool is_admin);
    /// The same of a key that is known by its SHA-512 only; one of them.
    Result<void> add_configured_hash(TenantId const& tenant, ByteArray<64> const& hash, bool is_admin);
    /// How a key's hash is stored. Before load(); without it the hash is stored as it is.
    using Hasher = std::function<ByteArray<32>(ByteArray<32> const&)>;
    void set_hasher(Hasher hasher) { hasher_ = std::move(hasher); }
    /// As it is stored.
    http::KeyHash hash(std::string_view key) const;
    /// What secrets of derived keys are made of. At start-up; without it there are none.
    void set_derivation_secret(Bytes secret) { derivation_secret_ = std::move(secret); }

    /// Which tenants are suspended or on their way out; without it all are active. At start-up.
    void set_states(gateway::TenantStates const& states) { states_ = &states; }
    /// What tokens are checked with, from now on; null: there are none. Any thread.
    void set_verifier(std::shared_ptr<http::JwtVerifier const> verifier);
    /// Called when a key has been erased, on the pool; it may block. At start-up.
    void on_erased(std::function<void(TenantId const&, std::string const& id)> told)
    {
        on_erased_ = std::move(told);
    }
    /// The tenant and all its keys are unknown from now on. Any thread.
    void forget_tenant(TenantId const& tenant);
    /// Writes down when keys were used, since the last time. Blocks.
    Result<void> save_uses();

    std::optional<http::Principal> find(std::string_view key) const override;
    std::optional<http::Principal> find_token(std::string_view token) const override;
    bool holds(http::Principal const& principal) const override;
    http::TenantStanding standing(TenantId const& tenant) const override;
    Task<Result<http::NewTenant>> create_tenant(TenantId name) override;
    std::vector<TenantId> tenants() const override;
    std::vector<http::KeyFacts> keys(TenantId const& tenant) const override;
    Task<Result<http::KeyWithSecret>> create_key(TenantId tenant, http::KeyRights rights) override;
    Task<Result<http::KeyFacts>> change_key(TenantId tenant, std::string id, http::KeyRights rights) override;
    Task<Result<void>> erase_key(TenantId tenant, std::string id) override;
    Task<Result<http::KeyWithSecret>> rotate_key(TenantId tenant, std::string id,
                                                 Milliseconds overlap) override;
    Task<Result<http::KeyWithSecret>> derived_key(TenantId tenant, std::string id,
                                                  http::KeyRights rights) override;

private:
    using KeyName = std::pair<TenantId, std::string>;
    using UseTime = std::shared_ptr<std::atomic<std::int64_t>>; ///< Unix milliseconds, 0: never
    struct Entry {
        http::KeyHash hash{};
        http::Principal principal;
        bool is_active = true;
        std::optional<WallTime> expires;
        UseTime used;
    };
    struct Known {
        storage::ApiKeyRow row;
        UseTime used;
        std::int64_t saved = 0; ///< what storage has of `used`
    };
    struct ConfiguredHash {
        ByteArray<64> hash{};
        http::Principal principal;
    };

    // Block until durable.
    Result<http::NewTenant> create_tenant_now(TenantId const& name);
    Result<http::KeyWithSecret> create_now(TenantId const& tenant, http::KeyRights const& rights);
    Result<http::KeyFacts> change_now(TenantId const& tenant, std::string const& id,
                                      http::KeyRights const& rights);
    Result<void> erase_now(TenantId const& tenant, std::string const& id);
    Result<http::KeyWithSecret> rotate_now(TenantId const& tenant, std::string const& id,
                                           Milliseconds overlap);
    Result<http::KeyWithSecret> derive_now(TenantId const& tenant, std::string const& id,
                                           http::KeyRights const& rights);
    void set_secret(storage::ApiKeyRow& row, std::string const& key) const;
    std::string derived_secret(storage::ApiKeyRow const& row) const;

    std::optional<storage::ApiKeyRow> row_of(TenantId const& tenant, std::string const& id) const;
    void keep(storage::ApiKeyRow const& row);
    void drop(storage::ApiKeyRow const& row);
    void remember(Entry entry);
    void forget(http::KeyHash const& hash);
    void add_tenant(TenantId const& tenant);
    http::KeyFacts shown(storage::ApiKeyRow const& row) const;
    template <class T, class Work>
    Task<Result<T>> run(Work work);

    storage::Store& store_;
    BlockingPool& pool_;
    Clock now_;
    Bytes derivation_secret_;
    Hasher hasher_;
    std::function<void(TenantId const&, std::string const&)> on_erased_;
    std::optional<ConfiguredHash> configured_hash_;
    std::mutex changing_; ///< one change at a time: what is read before it is written stays true
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::uint64_t, std::vector<Entry>> by_prefix_; ///< first eight bytes of the hash
    std::map<KeyName, Known> rows_;
    std::shared_ptr<http::JwtVerifier const> verifier_;
    gateway::TenantStates const* states_ = nullptr;
    std::vector<TenantId> tenants_; ///< sorted
};

} // namespace wagate::v1
