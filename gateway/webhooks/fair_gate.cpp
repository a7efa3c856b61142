#include "gateway/webhooks/fair_gate.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace wagate::gateway::webhooks {

struct FairGate::Asker {
    TenantId tenant;
    std::string endpoint;
    std::function<void()> on_granted;
    bool is_granted = false;
};

FairGate::Ticket FairGate::ask(TenantId const& tenant, std::string const& endpoint,
                               std::function<void()> on_granted)
{
    auto ticket = std::make_shared<Asker>();
    ticket->tenant = tenant;
    ticket->endpoint = endpoint;
    ticket->on_granted = std::move(on_granted);
    auto& owner = tenants_[tenant];
    if (owner.turns.empty()) turns_.push_back(tenant);
    auto place = std::find_if(owner.turns.begin(), owner.turns.end(),
                              [&](Endpoint const& each) { return each.name == endpoint; });
    if (place == owner.turns.end()) {
        owner.turns.emplace_back();
        place = std::prev(owner.turns.end());
        place->name = endpoint;
    }
    place->waiting.push_back(ticket);
    grant_waiting();
    return ticket;
}

bool FairGate::is_granted(Ticket const& ticket) noexcept
{
    return ticket->is_granted;
}

void FairGate::leave(Ticket const& ticket)
{
    auto const found = tenants_.find(ticket->tenant);
    if (found == tenants_.end()) return;
    auto& owner = found->second;
    if (ticket->is_granted) {
        --owner.held;
        ++free_;
    } else {
        auto const place = std::find_if(owner.turns.begin(), owner.turns.end(),
                                        [&](Endpoint const& each) { return each.name == ticket->endpoint; });
        if (place != owner.turns.end()) {
            std::erase(place->waiting, ticket);
            if (place->waiting.empty()) owner.turns.erase(place);
        }
        if (owner.turns.empty()) turns_.remove(ticket->tenant);
    }
    if (owner.held == 0 && owner.turns.empty()) tenants_.erase(found);
    grant_waiting();
}

bool FairGate::may_take(Tenant const& tenant) const noexcept
{
    return free_ > 0 && (tenant.held < free_ || tenant.held == 0);
}

void FairGate::grant_waiting()
{
    std::vector<Ticket> granted;
    // Nothing that is passed over can be granted by a later grant: those only take places.
    for (auto turn = turns_.begin(); turn != turns_.end();) {
        auto& owner = tenants_.at(*turn);
        if (!may_take(owner)) {
            ++turn;
            continue;
        }
        auto& endpoint = owner.turns.front();
        granted.push_back(std::move(endpoint.waiting.front()));
        granted.back()->is_granted = true;
        endpoint.waiting.pop_front();
        ++owner.held;
        --free_;
        if (endpoint.waiting.empty())
            owner.turns.pop_front();
        else
            owner.turns.splice(owner.turns.end(), owner.turns, owner.turns.begin());
        auto const served = turn++;
        bool const was_last = turn == turns_.end();
        if (owner.turns.empty())
            turns_.erase(served);
        else
            turns_.splice(turns_.end(), turns_, served);
        if (was_last) turn = turns_.begin();
    }
    for (auto const& ticket : granted)
        if (auto const call = std::move(ticket->on_granted)) call();
}

} // namespace wagate::gateway::webhooks
