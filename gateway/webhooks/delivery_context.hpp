#pragma once
// What deliveries need from their process.
#include "gateway/events/rendered_event.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/wakeup.hpp"
#include "gateway/transport/http_client.hpp"
#include "gateway/webhooks/fair_gate.hpp"
#include "protocol/base/random.hpp"

namespace wagate::gateway::webhooks {

/// Waits, or returns early when the wakeup is notified.
using Pause = std::function<Task<void>(Wakeup&, Duration)>;

/// Everything referred to outlives the dispatcher.
struct DeliveryContext {
    storage::Store& store;
    transport::HttpClient& client;
    BlockingPool& pool;   ///< for reading the log
    RandomSource& random; ///< thread-safe
    EventRenderer render;
    SessionInfoSource info;
    std::string user_agent;          ///< "wagate/<version>"
    std::function<WallTime()> now;   ///< empty: the system's clock
    Pause pause;                     ///< empty: the time passes
    std::size_t loop_requests = 256; ///< under way at the same time, per event loop
    /// Whether nothing of the tenant is delivered now, but kept; empty: no. Who ends that wakes the
    /// dispatcher.
    std::function<bool(TenantId const&)> is_paused = {};
};

/// A place at the gate, given back when it goes.
class GatePlace {
public:
    GatePlace(std::shared_ptr<FairGate> gate, FairGate::Ticket ticket) noexcept
        : gate_(std::move(gate)), ticket_(std::move(ticket))
    {}
    GatePlace(GatePlace&&) noexcept = default;
    GatePlace& operator=(GatePlace&&) = delete;
    ~GatePlace() { leave(); }

    void leave()
    {
        if (ticket_) gate_->leave(ticket_);
        ticket_.reset();
    }

private:
    std::shared_ptr<FairGate> gate_;
    FairGate::Ticket ticket_;
};

/// Waits for a place; on the gate's loop.
Task<GatePlace> enter(std::shared_ptr<FairGate> gate, Executor executor, TenantId tenant,
                      std::string endpoint);

} // namespace wagate::gateway::webhooks
