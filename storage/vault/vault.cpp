#include "storage/vault/vault.hpp"

#include "protocol/base/encoding.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>
#include <sodium.h>

#include <mutex>

namespace wagate::storage::vault {
namespace {

[[noreturn]] void refuse(VaultErrc error)
{
    throw boost::system::system_error(error);
}

ByteArray<32> keyed(LockedKey const& key, std::initializer_list<ByteView> parts)
{
    ByteArray<32> digest{};
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.reveal().data(), LockedKey::size, digest.size());
    for (auto const part : parts)
        crypto_generichash_update(&state, part.data(), part.size());
    crypto_generichash_final(&state, digest.data(), digest.size());
    sodium_memzero(&state, sizeof state);
    return digest;
}

std::shared_ptr<LockedKey const> derived(LockedKey const& root, std::string_view use)
{
    auto bytes = keyed(root, {view(use)});
    auto key = std::make_shared<LockedKey const>(bytes);
    sodium_memzero(bytes.data(), bytes.size());
    return key;
}

} // namespace

Vault::Vault(std::shared_ptr<MasterKey const> master) : master_(std::move(master))
{}

Bytes Vault::seal(RowName const& row, ByteView plain) const
{
    auto const keys = ring(row.tenant());
    if (!keys) refuse(VaultErrc::no_key);
    return seal_envelope(*keys->keys.at(keys->current), keys->current, row.bytes(), plain);
}

Bytes Vault::open(RowName const& row, ByteView sealed) const
{
    auto const version = version_of(sealed);
    if (!version) refuse(VaultErrc::tampered);
    auto const keys = ring(row.tenant());
    if (!keys) refuse(VaultErrc::no_key);
    auto const key = keys->keys.find(*version);
    if (key == keys->keys.end()) refuse(VaultErrc::no_key);
    auto plain = open_envelope(*key->second, row.bytes(), sealed);
    if (!plain) refuse(VaultErrc::tampered);
    return std::move(*plain);
}

std::string Vault::seal_text(RowName const& row, std::string_view plain) const
{
    return base64_encode(seal(row, view(plain)));
}

std::string Vault::open_text(RowName const& row, std::string_view sealed) const
{
    auto const bytes = base64_decode(sealed);
    if (!bytes) refuse(VaultErrc::tampered);
    return to_text(open(row, *bytes));
}

bool Vault::has_key(TenantNumber tenant) const
{
    return ring(tenant) != nullptr;
}

std::shared_ptr<KeyRing const> Vault::ring(TenantNumber tenant) const
{
    std::shared_lock const lock{mutex_};
    auto const found = rings_.find(tenant.value);
    return found == rings_.end() ? nullptr : found->second;
}

void Vault::set_ring(TenantNumber tenant, std::shared_ptr<KeyRing const> ring)
{
    std::unique_lock const lock{mutex_};
    if (ring)
        rings_.insert_or_assign(tenant.value, std::move(ring));
    else
        rings_.erase(tenant.value);
}

std::shared_ptr<MasterKey const> Vault::master() const
{
    std::shared_lock const lock{mutex_};
    return master_;
}

void Vault::set_master(std::shared_ptr<MasterKey const> master)
{
    std::unique_lock const lock{mutex_};
    master_ = std::move(master);
}

void Vault::set_root(LockedKey root)
{
    root_ = std::make_shared<LockedKey const>(std::move(root));
    pepper_ = derived(*root_, "wagate api key pepper");
    fingerprints_ = derived(*root_, "wagate record sums");
}

ByteArray<32> Vault::keyed_hash(ByteArray<32> const& hash) const
{
    return keyed(*pepper_, {hash});
}

ByteArray<32> Vault::fingerprint(RowName const& row, ByteView nonce) const
{
    return keyed(*fingerprints_, {row.bytes(), nonce});
}

} // namespace wagate::storage::vault
