#pragma once
// What can be done with the keys that a store is sealed with. All of it blocks: never on an event loop.
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/secret.hpp"
#include "protocol/base/time.hpp"

#include <string>
#include <vector>

namespace wagate::storage {

struct TenantKeyState {
    struct Version {
        std::uint32_t number = 0;
        WallTime created{};
    };
    std::vector<Version> versions; ///< ascending; the last one is used for everything new
    std::uint64_t old_records = 0; ///< still sealed with an older one; being sealed anew
};

/// Something stored that is not what was written.
struct Damage {
    SessionKey session; ///< without a name: of the tenant
    std::string what;   ///< the table, no content
    ErrorCode error;
};

class KeyDesk {
public:
    virtual ~KeyDesk() = default;

    /// An API key's SHA-256 as it is to be stored: keyed, so that the database alone does not tell which key
    /// it is of. The same for good; never blocks.
    virtual ByteArray<32> keyed_hash(ByteArray<32> const& hash) const = 0;

    /// Tells keys apart without telling anything of them.
    virtual std::string master_key_id() const = 0;
    /// Wraps all keys with the next master key: that of KeySource::next_file, or a new one in place of
    /// KeySource::file. Killed at any point, a key that is there opens the database.
    /// @return its id; VaultErrc::bad_master_key: there is none to take; same_key
    virtual Result<std::string> rotate_master_key() = 0;

    /// What is written from now on is sealed with a new key. What is there is sealed anew in the background,
    /// in small steps that share the commits of everybody; then the old key is overwritten. not_found.
    virtual Result<void> rotate_tenant_key(TenantId const& tenant) = 0;
    virtual Result<TenantKeyState> tenant_key_state(TenantId const& tenant) = 0; ///< not_found
    /// Overwrites the keys of a tenant, in the log too: nothing sealed with them is ever opened again. Units
    /// of its sessions are refused from then on (not_found). Unknown tenants are fine.
    virtual Result<void> destroy_tenant_key(TenantId const& tenant) = 0;

    /// A secret of the whole server, sealed in the database. Made when it is not there: of `adopted` when
    /// that is not empty, else of `size` random bytes.
    virtual Result<Secret<Bytes>> server_secret(std::string const& name, std::size_t size, Bytes adopted) = 0;

    /// Opens everything that is sealed and compares sessions' keys with what was written last. Takes its
    /// time.
    virtual std::vector<Damage> verify() = 0;
};

} // namespace wagate::storage
