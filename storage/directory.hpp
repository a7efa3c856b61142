#pragma once
// Which numbers tenants and sessions are stored under. In memory, complete, read by every thread.
#include "protocol/base/ids.hpp"
#include "storage/repository/scope.hpp"

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

namespace wagate::storage {

/// Written only on the writer thread (and while opening).
class Directory {
public:
    std::optional<TenantNumber> tenant(TenantId const& id) const;
    std::optional<Scope> session(SessionKey const& key) const;

    void add(TenantId const& id, TenantNumber number);
    void add(SessionKey const& key, Scope const& scope);
    void remove(TenantId const& id);
    void remove(SessionKey const& key);

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<TenantId, TenantNumber> tenants_;
    std::unordered_map<SessionKey, Scope> sessions_;
};

} // namespace wagate::storage
