#pragma once
// The keys of one store, in locked memory, and what is sealed and opened with them. Every tenant has keys of
// its own, numbered; what is written is sealed with its newest. They lie in the database wrapped by the
// master key, which lies elsewhere.
#include "storage/vault/envelope.hpp"
#include "storage/vault/master_key.hpp"
#include "storage/vault/row_name.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

namespace wagate::storage::vault {

/// The keys of a tenant, by version.
struct KeyRing {
    std::uint32_t current = 0;
    std::map<std::uint32_t, std::shared_ptr<LockedKey const>> keys;
};

/// Any thread.
class Vault {
public:
    explicit Vault(std::shared_ptr<MasterKey const> master);

    /// With the newest key of the row's tenant. Throws system_error(VaultErrc::no_key) when it has none.
    Bytes seal(RowName const& row, ByteView plain) const;
    /// Throws system_error(VaultErrc::tampered) when it is not what was sealed for this row, no_key when its
    /// key is not there.
    Bytes open(RowName const& row, ByteView sealed) const;
    /// The same for columns that hold text: in base64.
    std::string seal_text(RowName const& row, std::string_view plain) const;
    std::string open_text(RowName const& row, std::string_view sealed) const;

    bool has_key(TenantNumber tenant) const;
    std::shared_ptr<KeyRing const> ring(TenantNumber tenant) const;          ///< null: none
    void set_ring(TenantNumber tenant, std::shared_ptr<KeyRing const> ring); ///< null: forgets it

    std::shared_ptr<MasterKey const> master() const;
    void set_master(std::shared_ptr<MasterKey const> master);

    /// What is not a tenant's hangs on it. Wrapped by the master key like theirs, so that it outlives that
    /// one.
    void set_root(LockedKey root);
    LockedKey const& root() const { return *root_; }
    /// Of an API key's SHA-256: without the root nobody can tell which key a stored hash belongs to.
    ByteArray<32> keyed_hash(ByteArray<32> const& hash) const;
    /// Authenticates a version of a row for the sums of records.
    ByteArray<32> fingerprint(RowName const& row, ByteView nonce) const;

private:
    mutable std::shared_mutex mutex_;
    std::shared_ptr<MasterKey const> master_;
    std::unordered_map<std::int64_t, std::shared_ptr<KeyRing const>> rings_;
    std::shared_ptr<LockedKey const> root_;
    std::shared_ptr<LockedKey const> pepper_;
    std::shared_ptr<LockedKey const> fingerprints_;
};

} // namespace wagate::storage::vault
