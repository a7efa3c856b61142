#pragma once
// What operators may ask of webhook deliveries. From any event loop; nothing of another tenant is visible
// (S1).
#include "gateway/gateway.hpp"

namespace wagate::gateway::webhooks {

struct EndpointStatus {
    std::string id;
    std::string url;
    bool enabled = true;
    std::string disabled_reason; ///< gone, failing; empty while enabled
    std::optional<WallTime> disabled_at;
    std::uint64_t pending_events = 0;
    std::optional<WallTime> last_success;
    std::optional<DeliveryFailure> last_failure;
};

/// How dead letters are sent again.
struct Replay {
    storage::DeadLetterQuery which;
    double per_second = 10; ///< 0.1 to 1,000
};

class WebhookAdmin {
public:
    virtual ~WebhookAdmin() = default;

    virtual Task<Outcome<std::vector<EndpointStatus>>> endpoints(SessionKey session) = 0;
    /// Goes on where it stopped. Says so in the event log. endpoint_not_found.
    virtual Task<Outcome<void>> enable(SessionKey session, std::string endpoint) = 0;
    virtual Task<Outcome<std::vector<storage::DeadLetter>>> dead_letters(TenantId tenant,
                                                                         storage::DeadLetterQuery query) = 0;
    /// Sends in the background, oldest first, with the ids of the first time and `webhook-replay: 1`; one
    /// that is delivered is a dead letter no more, one that fails stays. Those without an event, or whose
    /// endpoint is gone, are left alone. A letter that is being replayed is not taken twice.
    /// @return how many were taken
    virtual Task<Outcome<std::size_t>> replay(TenantId tenant, Replay replay) = 0;
    /// @return how many were deleted
    virtual Task<Outcome<std::size_t>> purge(TenantId tenant, storage::DeadLetterQuery query) = 0;
};

} // namespace wagate::gateway::webhooks
