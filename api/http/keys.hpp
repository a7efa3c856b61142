#pragma once
// API keys: who a request comes from. Keys are known by their SHA-256 only.
#include "gateway/runtime/task.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wagate::http {

/// Whom a valid key stands for. Every call to the gateway uses `tenant` and nothing else (S1).
struct Principal {
    TenantId tenant;
    bool is_admin = false; ///< may create and list tenants
};

using KeyHash = ByteArray<32>;
KeyHash hash_key(std::string_view key);

enum class KeyErrc {
    tenant_exists = 1,
    overloaded,
};
ErrorCode make_error_code(KeyErrc error);

struct NewTenant {
    TenantId tenant;
    std::string key; ///< shown once, never stored
};

class KeyStore {
public:
    virtual ~KeyStore() = default;
    /// Any thread; no IO.
    virtual std::optional<Principal> find(KeyHash const& hash) const = 0;
    /// Creates a tenant with its first key; durable when it returns a value.
    virtual Task<Result<NewTenant>> create_tenant(TenantId name) = 0;
    /// All tenants, by name.
    virtual std::vector<TenantId> tenants() const = 0;
};

} // namespace wagate::http

template <>
struct boost::system::is_error_code_enum<wagate::http::KeyErrc> : std::true_type {};
