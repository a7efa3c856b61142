#pragma once
// What outlives a restart about the deliveries to one endpoint, and its bytes.
#include "gateway/gateway.hpp"
#include "gateway/webhooks/settled.hpp"

namespace wagate::gateway::webhooks {

/// An event that has been tried in vain, or of which only the first of several requests has arrived.
struct StartedEvent {
    std::uint64_t sequence = 0;
    std::uint32_t next_part = 0; ///< index of the rendered event that is next
    int attempts = 0;            ///< of that one
    WallTime first_failure{};
    WallTime due{}; ///< of the next attempt
    bool operator==(StartedEvent const&) const = default;
};

struct DeliveryRecord {
    SettledSequences settled;
    std::vector<StartedEvent> started; ///< ascending
    bool is_open = false;              ///< the breaker: the endpoint as a whole is thought to be down
    std::uint64_t probe = 0;           ///< the event it is probed with, 0 for none
    std::optional<WallTime> failing_since;
    std::optional<WallTime> last_attempt;
    std::optional<WallTime> last_success;
    std::optional<WallTime> disabled_at;
    std::string disabled_reason;                 ///< gone, failing
    std::optional<DeliveryFailure> last_failure; ///< without the endpoint's name
};

storage::DeliveryState encode(DeliveryRecord const& record);
/// Without details: a record that knows the sequence only. Nothing when the details are not ours.
std::optional<DeliveryRecord> decode(storage::DeliveryState const& state);

} // namespace wagate::gateway::webhooks
