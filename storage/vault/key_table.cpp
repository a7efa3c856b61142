#include "storage/vault/key_table.hpp"

#include "protocol/base/secret.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/store_errc.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

#include <chrono>

namespace wagate::storage::vault::key_table {
namespace {

constexpr TenantNumber nobody{0};

RowName root_row()
{
    return {Table::root, nobody};
}

RowName key_row(TenantNumber tenant, std::uint32_t version)
{
    return {Table::tenant_key, tenant, version};
}

RowName secret_row(std::string const& name)
{
    return {Table::secret, nobody, name};
}

Bytes wrap(MasterKey const& master, RowName const& row, LockedKey const& key)
{
    return seal_envelope(master.key(), 0, row.bytes(), key.reveal());
}

std::shared_ptr<LockedKey const> unwrap(MasterKey const& master, RowName const& row, ByteView wrapped)
{
    auto plain = open_envelope(master.key(), row.bytes(), wrapped);
    if (!plain || plain->size() != LockedKey::size) return nullptr;
    auto key = std::make_shared<LockedKey const>(std::span<std::uint8_t const, LockedKey::size>{*plain});
    wipe_value(*plain);
    return key;
}

std::int64_t now()
{
    return unix_milliseconds(std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()));
}

/// Every version that there is.
struct Wrapped {
    TenantNumber tenant;
    std::uint32_t version = 0;
    Bytes bytes;
};
std::vector<Wrapped> all_wrapped(sqlite::Database& database)
{
    std::vector<Wrapped> found;
    auto rows =
        database.query("SELECT tenant, version, wrapped FROM tenant_key ORDER BY tenant, version", {});
    while (rows.next())
        found.push_back({TenantNumber{rows.integer(0)}, static_cast<std::uint32_t>(rows.integer(1)),
                         to_bytes(rows.blob(2))});
    return found;
}

void insert(sqlite::Database& database, Vault& vault, TenantNumber tenant, std::uint32_t version)
{
    auto key = std::make_shared<LockedKey const>(LockedKey::random());
    database.run(
        "INSERT OR REPLACE INTO tenant_key (tenant, version, wrapped, created) VALUES (?1, ?2, ?3, ?4)",
        {tenant.value, version, wrap(*vault.master(), key_row(tenant, version), *key), now()});
    auto ring = std::make_shared<KeyRing>();
    if (auto const old = vault.ring(tenant); old && version > 1) ring->keys = old->keys;
    ring->current = version;
    ring->keys[version] = std::move(key);
    vault.set_ring(tenant, std::move(ring));
}

} // namespace

std::optional<std::string> master_id(sqlite::Database& database)
{
    auto tables = database.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'vault'", {});
    if (!tables.next()) return std::nullopt;
    auto rows = database.query("SELECT master_id FROM vault", {});
    if (!rows.next()) return std::nullopt;
    return rows.text(0);
}

void create_all(sqlite::Database& database, Vault& vault)
{
    auto root = LockedKey::random();
    auto const master = vault.master();
    database.run("INSERT INTO vault (only, master_id, root) VALUES (1, ?1, ?2)",
                 {master->id(), wrap(*master, root_row(), root)});
    vault.set_root(std::move(root));
    std::vector<TenantNumber> tenants;
    {
        auto rows = database.query("SELECT tenant FROM tenant", {});
        while (rows.next())
            tenants.push_back(TenantNumber{rows.integer(0)});
    }
    for (auto const tenant : tenants)
        create(database, vault, tenant);
}

Result<void> load(sqlite::Database& database, Vault& vault)
{
    auto const master = vault.master();
    {
        auto rows = database.query("SELECT root FROM vault", {});
        if (!rows.next()) return StoreErrc::damaged;
        auto const root = unwrap(*master, root_row(), rows.blob(0));
        if (!root) return VaultErrc::sealed;
        vault.set_root(LockedKey{std::span<std::uint8_t const, LockedKey::size>{root->reveal()}});
    }
    std::map<std::int64_t, std::shared_ptr<KeyRing>> rings;
    for (auto const& wrapped : all_wrapped(database)) {
        auto key = unwrap(*master, key_row(wrapped.tenant, wrapped.version), wrapped.bytes);
        if (!key) continue;
        auto& ring = rings[wrapped.tenant.value];
        if (!ring) ring = std::make_shared<KeyRing>();
        ring->current = wrapped.version; // ascending
        ring->keys.emplace(wrapped.version, std::move(key));
    }
    for (auto& [tenant, ring] : rings)
        vault.set_ring(TenantNumber{tenant}, std::move(ring));
    return {};
}

void create(sqlite::Database& database, Vault& vault, TenantNumber tenant)
{
    insert(database, vault, tenant, 1);
}

std::shared_ptr<KeyRing const> add_version(sqlite::Database& database, Vault& vault, TenantNumber tenant)
{
    auto before = vault.ring(tenant);
    if (!before) throw boost::system::system_error(VaultErrc::no_key);
    insert(database, vault, tenant, before->current + 1);
    return before;
}

void erase_old_versions(sqlite::Database& database, TenantNumber tenant, std::uint32_t newest)
{
    database.run("DELETE FROM tenant_key WHERE tenant = ?1 AND version < ?2", {tenant.value, newest});
}

void erase(sqlite::Database& database, TenantNumber tenant)
{
    database.run("DELETE FROM tenant_key WHERE tenant = ?1", {tenant.value});
}

std::shared_ptr<MasterKey const> rewrap(sqlite::Database& database, Vault& vault,
                                        std::shared_ptr<MasterKey const> master)
{
    auto before = vault.master();
    for (auto const& wrapped : all_wrapped(database)) {
        auto const row = key_row(wrapped.tenant, wrapped.version);
        auto const key = unwrap(*before, row, wrapped.bytes);
        if (!key) continue; // broken before, and no better afterwards
        database.run("UPDATE tenant_key SET wrapped = ?3 WHERE tenant = ?1 AND version = ?2",
                     {wrapped.tenant.value, wrapped.version, wrap(*master, row, *key)});
    }
    database.run("UPDATE vault SET master_id = ?1, root = ?2",
                 {master->id(), wrap(*master, root_row(), vault.root())});
    vault.set_master(std::move(master));
    return before;
}

std::vector<Version> versions(sqlite::Database& database, TenantNumber tenant)
{
    std::vector<Version> found;
    auto rows = database.query("SELECT version, created FROM tenant_key WHERE tenant = ?1 ORDER BY version",
                               {tenant.value});
    while (rows.next())
        found.push_back(
            {static_cast<std::uint32_t>(rows.integer(0)), wall_from_milliseconds(rows.integer(1))});
    return found;
}

std::optional<Bytes> secret(sqlite::Database& database, std::string const& name)
{
    auto rows = database.query("SELECT value FROM vault_secret WHERE name = ?1", {name});
    if (!rows.next()) return std::nullopt;
    auto plain = open_envelope(database.vault().root(), secret_row(name).bytes(), rows.blob(0));
    if (!plain) throw boost::system::system_error(VaultErrc::tampered);
    return plain;
}

void put_secret(sqlite::Database& database, std::string const& name, ByteView value)
{
    database.run("INSERT OR REPLACE INTO vault_secret (name, value) VALUES (?1, ?2)",
                 {name, seal_envelope(database.vault().root(), 0, secret_row(name).bytes(), value)});
}

} // namespace wagate::storage::vault::key_table
