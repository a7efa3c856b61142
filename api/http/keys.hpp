#pragma once
// API keys: who a request comes from, and what that key may do. Keys are known by their hashes only.
#include "gateway/runtime/task.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wagate::http {

/// What a key that is limited to a session may be allowed there (WAHA's SessionActions).
enum class Scope : std::uint8_t {
    read = 1,    ///< messages, chats, contacts, groups …
    send = 2,    ///< messages, and changing groups, labels, channels, contacts, the profile
    control = 4, ///< start, stop, restart, log out, pair
    setting = 8, ///< the session's configuration
    app = 16,    ///< its apps
    erase = 32,  ///< deleting the session
};

/// A set of them.
struct Scopes {
    std::uint8_t bits = 0;

    constexpr Scopes() = default;
    constexpr Scopes(Scope scope) : bits(static_cast<std::uint8_t>(scope)) {}
    static constexpr Scopes of(std::uint8_t bits)
    {
        Scopes scopes;
        scopes.bits = bits & 63;
        return scopes;
    }
    static constexpr Scopes all() { return of(63); }
    /// Of a session's key that names none: all but deleting the session.
    static constexpr Scopes usual() { return of(31); }

    constexpr bool contains(Scopes wanted) const noexcept { return (wanted.bits & ~bits) == 0; }
    friend constexpr Scopes operator|(Scopes left, Scopes right) noexcept
    {
        return of(left.bits | right.bits);
    }
    bool operator==(Scopes const&) const = default;
};
constexpr Scopes operator|(Scope left, Scope right) noexcept
{
    return Scopes(left) | Scopes(right);
}

/// Whom a valid key stands for. Every call to the gateway uses `tenant` and nothing else (S1).
struct Principal {
    TenantId tenant;
    bool is_admin = false; ///< the operator: may create and list tenants, and stop the server
    std::string key_id = {};
    std::optional<SessionName> session = {}; ///< the only one it may use; nothing: all of the tenant
    Scopes scopes = Scopes::all();           ///< within that session

    bool may(Scopes wanted) const noexcept { return !session || scopes.contains(wanted); }
    bool may_use(SessionName const& name) const noexcept { return !session || *session == name; }
};

using KeyHash = ByteArray<32>;
KeyHash hash_key(std::string_view key);

enum class KeyErrc {
    tenant_exists = 1,
    overloaded,
    key_not_found,
};
ErrorCode make_error_code(KeyErrc error);

struct NewTenant {
    TenantId tenant;
    std::string key; ///< shown once, never stored
};

/// What a stored key may do; the operator's are none of them.
struct KeyRights {
    std::optional<SessionName> session = {}; ///< nothing: the whole tenant
    std::optional<Scopes> scopes = {};       ///< nothing: the usual ones; without effect for a whole tenant
    bool is_active = true;
    std::optional<WallTime> expires = {};
};
struct KeyFacts {
    std::string id;
    KeyRights rights;
    WallTime created{};
    std::string hint; ///< the last characters of the key; empty: not known
};
struct KeyWithSecret {
    KeyFacts facts;
    std::string key;
};

class KeyStore {
public:
    virtual ~KeyStore() = default;
    /// Nothing for one that is unknown, rests or has ended. Any thread; no IO.
    virtual std::optional<Principal> find(std::string_view key) const = 0;
    /// Creates a tenant with its first key; durable when it returns a value.
    virtual Task<Result<NewTenant>> create_tenant(TenantId name) = 0;
    /// All tenants, by name.
    virtual std::vector<TenantId> tenants() const = 0;

    /// The stored keys of a tenant, by time of creation.
    virtual std::vector<KeyFacts> keys(TenantId const& tenant) const = 0;
    /// Each of them is durable when it returns a value, and in force at once.
    virtual Task<Result<KeyWithSecret>> create_key(TenantId tenant, KeyRights rights) = 0;
    virtual Task<Result<KeyFacts>> change_key(TenantId tenant, std::string id, KeyRights rights) = 0;
    virtual Task<Result<void>> erase_key(TenantId tenant, std::string id) = 0;
    /// The key of this id, made when there is none. Its secret is derived, so that it can be shown again: for
    /// narrow rights only. Rights other than these are set back to them.
    virtual Task<Result<KeyWithSecret>> derived_key(TenantId tenant, std::string id, KeyRights rights) = 0;
};

} // namespace wagate::http

template <>
struct boost::system::is_error_code_enum<wagate::http::KeyErrc> : std::true_type {};
