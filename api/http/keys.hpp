#pragma once
// API keys: who a request comes from, and what that key may do. Keys are known by their hashes only.
#include "gateway/runtime/task.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wagate::http {

class Networks;

/// What a key may be allowed (WAHA's SessionActions, and one of our own).
enum class Scope : std::uint8_t {
    read = 1,    ///< messages, chats, contacts, groups …
    send = 2,    ///< messages, and changing groups, labels, channels, contacts, the profile
    control = 4, ///< start, stop, restart, log out, pair
    setting = 8, ///< the session's configuration
    app = 16,    ///< its apps
    erase = 32,  ///< deleting the session
    tenant = 64, ///< what belongs to no session: keys, dead letters; only for keys of the whole tenant
};

/// A set of them.
struct Scopes {
    std::uint8_t bits = 0;

    constexpr Scopes() = default;
    constexpr Scopes(Scope scope) : bits(static_cast<std::uint8_t>(scope)) {}
    static constexpr Scopes of(std::uint8_t bits)
    {
        Scopes scopes;
        scopes.bits = bits & 127;
        return scopes;
    }
    static constexpr Scopes all() { return of(127); }
    /// Of a key that is limited to sessions.
    static constexpr Scopes of_session() { return of(63); }
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

/// By the names that the API gives them: read, send, control, setting, app, delete, tenant.
std::optional<Scope> scope_named(std::string_view name);
std::vector<std::string_view> names_of(Scopes scopes);

/// Whom a valid key stands for. Every call to the gateway uses `tenant` and nothing else (S1).
struct Principal {
    TenantId tenant;
    bool is_admin = false; ///< the operator: may create and list tenants, and stop the server
    std::string key_id = {};
    std::optional<SessionName> session = {}; ///< it may use, with `more_sessions`; nothing: all of the tenant
    Scopes scopes = Scopes::all();           ///< within those
    std::vector<SessionName> more_sessions = {};
    std::shared_ptr<Networks const> networks = {}; ///< it may come from; null: any
    std::optional<WallTime> expires = {};          ///< of a token; stored keys are looked up again
    std::optional<TenantId> home = {};             ///< of an administrator's key that acts for another tenant

    bool may(Scopes wanted) const noexcept { return scopes.contains(wanted); }
    bool may_use(SessionName const& name) const noexcept
    {
        return !session || *session == name ||
               std::find(more_sessions.begin(), more_sessions.end(), name) != more_sessions.end();
    }
    /// Those it is limited to; nothing: all of the tenant.
    std::optional<std::vector<SessionName>> sessions() const
    {
        if (!session) return std::nullopt;
        auto names = more_sessions;
        names.insert(names.begin(), *session);
        return names;
    }
};

/// How a tenant stands.
enum class TenantStanding : std::uint8_t { absent, active, suspended };

using KeyHash = ByteArray<32>;
KeyHash hash_key(std::string_view key);

enum class KeyErrc {
    tenant_exists = 1,
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
    std::optional<Scopes> scopes = {};       ///< nothing: the usual ones, all for a whole tenant
    bool is_active = true;
    std::optional<WallTime> expires = {};
    std::vector<SessionName> more_sessions = {}; ///< beside `session`
    std::vector<std::string> networks = {};      ///< CIDR; empty: from anywhere
    std::string name = {};                       ///< for people
};
struct KeyFacts {
    std::string id;
    KeyRights rights;
    WallTime created{};
    std::string hint; ///< the last characters of the key; empty: not known
    std::optional<WallTime> last_used = {};
    std::optional<WallTime> previous_until = {}; ///< the secret before the last rotation holds until then
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
    /// Whom a JSON Web Token stands for; nothing for one that does not hold, and without a key set.
    virtual std::optional<Principal> find_token(std::string_view token) const = 0;
    /// Whether what was found once still holds: for streams that outlive their request.
    virtual bool holds(Principal const& principal) const = 0;
    virtual TenantStanding standing(TenantId const& tenant) const = 0;
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
    /// Gives the key a new secret at once; the old one goes on for `overlap`.
    virtual Task<Result<KeyWithSecret>> rotate_key(TenantId tenant, std::string id, Milliseconds overlap) = 0;
    /// The key of this id, made when there is none. Its secret is derived, so that it can be shown again: for
    /// narrow rights only. Rights other than these are set back to them.
    virtual Task<Result<KeyWithSecret>> derived_key(TenantId tenant, std::string id, KeyRights rights) = 0;
};

} // namespace wagate::http

template <>
struct boost::system::is_error_code_enum<wagate::http::KeyErrc> : std::true_type {};
