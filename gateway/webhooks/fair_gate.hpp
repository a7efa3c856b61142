#pragma once
// A bound on the requests that one event loop has under way, shared fairly: tenants take turns, and so do the
// endpoints of each. Single thread; knows no coroutines.
#include "protocol/base/ids.hpp"

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

namespace wagate::gateway::webhooks {

/// A tenant may take another place only while it holds fewer than are free. So one tenant alone has half of
/// them at most, n tenants each at most one of n + 1 parts, and there is always a place for one that has
/// none, however long the requests of the others hang.
class FairGate {
    struct Asker;

public:
    explicit FairGate(std::size_t places) noexcept : free_(places) {}
    FairGate(FairGate const&) = delete;
    FairGate& operator=(FairGate const&) = delete;

    using Ticket = std::shared_ptr<Asker>;

    /// @param on_granted called once, inside this call or inside a later leave()
    Ticket ask(TenantId const& tenant, std::string const& endpoint, std::function<void()> on_granted);
    static bool is_granted(Ticket const& ticket) noexcept;
    /// Gives the place back, or stops waiting for one.
    void leave(Ticket const& ticket);

    std::size_t free() const noexcept { return free_; }

private:
    struct Endpoint {
        std::string name;
        std::deque<Ticket> waiting;
    };
    struct Tenant {
        std::size_t held = 0;
        std::list<Endpoint> turns; ///< those that wait; the first is next
    };

    bool may_take(Tenant const& tenant) const noexcept;
    void grant_waiting();

    std::size_t free_;
    std::unordered_map<TenantId, Tenant> tenants_; ///< that hold or wait
    std::list<TenantId> turns_;                    ///< tenants that wait; the first is next
};

} // namespace wagate::gateway::webhooks
