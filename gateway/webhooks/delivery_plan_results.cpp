// What becomes of attempts: successes, failures, dead letters, and endpoints that are switched off and on.
#include "gateway/webhooks/delivery_plan.hpp"
#include "gateway/webhooks/policy.hpp"

#include <algorithm>

namespace wagate::gateway::webhooks {
namespace {

constexpr unsigned status_gone = 410;

} // namespace

DeliveryPlan::Lane& DeliveryPlan::untake(Attempt const& attempt)
{
    auto& lane = *lanes_.at(attempt.event->lane);
    lane.is_taken = false;
    taken_.erase(attempt.event->sequence);
    return lane;
}

void DeliveryPlan::abandon(Attempt const& attempt)
{
    insert(untake(attempt));
}

void DeliveryPlan::succeeded(Attempt const& attempt, WallTime now)
{
    auto& lane = untake(attempt);
    last_attempt_ = now;
    last_success_ = now;
    failing_since_.reset();
    failures_ = 0;
    is_several_ = false;
    failed_lane_.clear();
    is_open_ = false;
    probe_ = nullptr;
    probe_sequence_ = 0;
    lane.attempts = 0;
    if (attempt.part + 1 < attempt.event->parts.size()) {
        lane.next_part = attempt.event->parts[attempt.part].index + 1;
        note_start(lane);
    } else {
        settle_head(lane);
    }
    insert(lane);
    erase_if_idle(lane);
}

void DeliveryPlan::note_failure(Attempt const& attempt, Failure const& failure, WallTime now)
{
    DeliveryFailure noted;
    noted.time = now;
    noted.event_id = attempt.rendered().id;
    noted.attempt = attempt.number;
    noted.status = failure.status;
    noted.error = failure.error;
    last_failure_ = std::move(noted);
    if (!failing_since_ || (last_attempt_ && now - *last_attempt_ > limits_.continuity)) failing_since_ = now;
    last_attempt_ = now;
}

void DeliveryPlan::trip(Lane const& lane)
{
    if (failures_ == 0)
        failed_lane_ = lane.name;
    else if (failed_lane_ != lane.name)
        is_several_ = true;
    ++failures_;
    if (is_open_ || !is_several_ || failures_ < limits_.failures_to_open) return;
    is_open_ = true;
    uncache_all();
}

DeliveryPlan::Verdict DeliveryPlan::failed(Attempt const& attempt, Failure const& failure,
                                           WebhookConfig const& webhook, WallTime now, double jitter)
{
    auto& lane = untake(attempt);
    note_failure(attempt, failure, now);
    uncache_lane(lane);
    remove(lane);
    auto delay = retry_delay(webhook, attempt.number, jitter);
    if (failure.retry_after) delay = std::max(delay, *failure.retry_after);
    if (attempt.counts) {
        if (++lane.attempts == 1) lane.first_failure = now;
        lane.due = now + delay;
    }
    next_probe_ = now + std::min(delay, limits_.stray_pause);
    note_start(lane);
    bool const was_enabled = is_enabled();
    if (was_enabled && failure.status == status_gone)
        disable("gone", now);
    else if (was_enabled && now - *failing_since_ >= limits_.disable_after)
        disable("failing", now);
    if (!is_enabled()) {
        insert(lane);
        return was_enabled ? Verdict::disabled : Verdict::again;
    }
    trip(lane);
    bool const is_exhausted = attempt.counts && lane.attempts >= allowed_attempts(webhook);
    if (is_exhausted) give_up(lane, attempt, failure, now);
    insert(lane);
    return is_exhausted ? Verdict::exhausted : Verdict::again;
}

void DeliveryPlan::give_up(Lane& lane, Attempt const& attempt, Failure const& failure, WallTime now)
{
    storage::DeadLetter letter;
    letter.sequence = attempt.event->sequence;
    letter.event_id = attempt.rendered().id;
    letter.event_name = attempt.rendered().name;
    letter.time = now;
    letter.attempts = lane.attempts;
    letter.status = failure.status;
    letter.reason = "exhausted";
    letter.error = failure.error;
    letter.event = attempt.event->event;
    dead_letters_.push_back(std::move(letter));
    // The next probe is another event, so that one that the endpoint never accepts is not taken for all.
    if (probe_ == &lane) probe_ = nullptr;
    lane.is_held = true;
    if (attempt.part + 1 < attempt.event->parts.size()) {
        lane.attempts = 0;
        lane.next_part = attempt.event->parts[attempt.part].index + 1;
        note_start(lane);
    } else {
        settle_head(lane);
    }
}

void DeliveryPlan::release(std::string const& name)
{
    auto* const lane = find(name);
    if (lane == nullptr) return;
    lane->is_held = false;
    insert(*lane);
    erase_if_idle(*lane);
}

void DeliveryPlan::disable(std::string reason, WallTime now)
{
    disabled_reason_ = std::move(reason);
    disabled_at_ = now;
    uncache_all();
}

void DeliveryPlan::enable(WallTime now)
{
    disabled_reason_.clear();
    disabled_at_.reset();
    failing_since_.reset();
    failures_ = 0;
    is_several_ = false;
    is_open_ = false;
    probe_ = nullptr;
    probe_sequence_ = 0;
    for (auto& [sequence, event] : resumed_) {
        event.attempts = 0;
        event.due = now;
    }
    for (auto const& [name, lane] : lanes_) {
        remove(*lane);
        lane->attempts = 0;
        note_start(*lane);
        insert(*lane);
    }
}

} // namespace wagate::gateway::webhooks
