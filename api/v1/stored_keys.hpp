#pragma once
// API keys kept in the store, and those of the operator's configuration, which are never stored.
#include "api/http/keys.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/store.hpp"

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace wagate::v1 {

/// Thread-safe. Answers find() from memory.
class StoredKeys final : public http::KeyStore {
public:
    /// The store and the pool must outlive it.
    StoredKeys(storage::Store& store, BlockingPool& pool) noexcept : store_(store), pool_(pool) {}

    /// Reads the stored keys. Blocks: once, at start-up.
    Result<void> load();
    /// A key from configuration; creates its tenant when needed. Blocks: at start-up.
    Result<void> add_configured(TenantId const& tenant, std::string_view key, bool is_admin);

    std::optional<http::Principal> find(http::KeyHash const& hash) const override;
    Task<Result<http::NewTenant>> create_tenant(TenantId name) override;
    std::vector<TenantId> tenants() const override;

private:
    struct Entry {
        http::KeyHash hash{};
        http::Principal principal;
    };

    Result<http::NewTenant> create_blocking(TenantId const& name);
    void remember(http::KeyHash const& hash, http::Principal principal);

    storage::Store& store_;
    BlockingPool& pool_;
    std::mutex creation_; ///< one creation at a time: the store does not tell a new tenant from an old one
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::uint64_t, std::vector<Entry>> by_prefix_; ///< first eight bytes of the hash
    std::vector<TenantId> tenants_;                                   ///< sorted
};

} // namespace wagate::v1
