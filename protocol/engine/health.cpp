#include "protocol/engine/health.hpp"

#include <algorithm>

namespace wagate::engine {

void HealthMonitor::on_ping(MonotonicTime now)
{
    if (!unanswered_since_) unanswered_since_ = now;
}

void HealthMonitor::on_round_trip(Instant now, Milliseconds took)
{
    known_.last_pong = now.wall;
    known_.round_trip = took;
    proven_ = now.monotonic;
    unanswered_since_.reset();
}

void HealthMonitor::on_link_lost()
{
    proven_.reset();
    unanswered_since_.reset();
}

bool HealthMonitor::is_proven(MonotonicTime now) const
{
    auto const until = doubtful_at();
    return until && now < *until;
}

std::optional<MonotonicTime> HealthMonitor::doubtful_at() const
{
    if (!proven_) return std::nullopt;
    auto const until = *proven_ + proof_lifetime;
    return unanswered_since_ ? std::min(until, *unanswered_since_ + answer_limit) : until;
}

} // namespace wagate::engine
