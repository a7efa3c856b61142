#pragma once
// The wrapped keys in the database.
#include "protocol/base/time.hpp"
#include "storage/vault/vault.hpp"

namespace wagate::storage::vault::key_table {

/// Which master key the database is sealed with; nothing when it is with none (yet).
std::optional<std::string> master_id(sqlite::Database& database);

/// Makes what wraps nothing yet: the root, and a key for every tenant. Inside a transaction.
void create_all(sqlite::Database& database, Vault& vault);
/// Opens the root and all tenants' keys. A tenant whose keys do not open has none afterwards.
/// @return VaultErrc::sealed when the root does not open
Result<void> load(sqlite::Database& database, Vault& vault);

/// The first key of a new tenant. Inside a transaction; called again after a rollback.
void create(sqlite::Database& database, Vault& vault, TenantNumber tenant);
/// A next version, which is used from now on. Inside a transaction. @return what the tenant had before
std::shared_ptr<KeyRing const> add_version(sqlite::Database& database, Vault& vault, TenantNumber tenant);
/// Overwrites the versions before the newest in the database; in memory they stay for readers under way.
void erase_old_versions(sqlite::Database& database, TenantNumber tenant, std::uint32_t newest);
/// Overwrites all.
void erase(sqlite::Database& database, TenantNumber tenant);
/// Wraps everything with another master key and makes the vault use it. Inside a transaction. @return the one
/// before
std::shared_ptr<MasterKey const> rewrap(sqlite::Database& database, Vault& vault,
                                        std::shared_ptr<MasterKey const> master);

struct Version {
    std::uint32_t number = 0;
    WallTime created{};
};
std::vector<Version> versions(sqlite::Database& database, TenantNumber tenant); ///< ascending

/// A secret of the whole server; nothing when there is none of this name.
std::optional<Bytes> secret(sqlite::Database& database, std::string const& name);
void put_secret(sqlite::Database& database, std::string const& name, ByteView value);

} // namespace wagate::storage::vault::key_table
