#include "gateway/webhooks/delivery_context.hpp"

namespace wagate::gateway::webhooks {

Task<GatePlace> enter(std::shared_ptr<FairGate> gate, Executor executor, TenantId tenant,
                      std::string endpoint)
{
    Wakeup granted{executor};
    auto wake = [&granted] { granted.notify(); };
    auto ticket = gate->ask(tenant, endpoint, wake);
    GatePlace place(gate, ticket); // leaves also when the wait is cancelled
    while (!FairGate::is_granted(ticket))
        co_await granted.wait();
    co_return std::move(place);
}

} // namespace wagate::gateway::webhooks
