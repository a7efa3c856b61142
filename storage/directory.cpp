#include "storage/directory.hpp"

namespace wagate::storage {

std::optional<TenantNumber> Directory::tenant(TenantId const& id) const
{
    std::shared_lock const lock{mutex_};
    auto const found = tenants_.find(id);
    if (found == tenants_.end()) return std::nullopt;
    return found->second;
}

std::optional<Scope> Directory::session(SessionKey const& key) const
{
    std::shared_lock const lock{mutex_};
    auto const found = sessions_.find(key);
    if (found == sessions_.end()) return std::nullopt;
    return found->second;
}

void Directory::add(TenantId const& id, TenantNumber number)
{
    std::unique_lock const lock{mutex_};
    tenants_.insert_or_assign(id, number);
}

void Directory::add(SessionKey const& key, Scope const& scope)
{
    std::unique_lock const lock{mutex_};
    sessions_.insert_or_assign(key, scope);
}

void Directory::remove(TenantId const& id)
{
    std::unique_lock const lock{mutex_};
    tenants_.erase(id);
}

void Directory::remove(SessionKey const& key)
{
    std::unique_lock const lock{mutex_};
    sessions_.erase(key);
}

} // namespace wagate::storage
