#include "gateway/webhooks/delivery_plan.hpp"

#include <algorithm>

namespace wagate::gateway::webhooks {

std::size_t PlannedEvent::part_from(std::uint32_t index) const
{
    std::size_t place = 0;
    while (place < parts.size() && parts[place].index < index)
        ++place;
    return place;
}

void DeliveryPlan::Lane::pop()
{
    ++first;
    if (first >= 64 && first * 2 >= sequences.size()) {
        sequences.erase(sequences.begin(), sequences.begin() + static_cast<std::ptrdiff_t>(first));
        first = 0;
    }
}

DeliveryPlan::DeliveryPlan(DeliveryRecord record, std::uint64_t end, WallTime now, PlanLimits limits)
    : limits_(limits),
      settled_(std::move(record.settled)),
      position_(settled_.floor()),
      end_(std::max(end, settled_.highest())),
      catch_up_until_(settled_.highest()),
      is_open_(record.is_open),
      probe_sequence_(record.probe),
      failing_since_(record.failing_since),
      last_attempt_(record.last_attempt),
      last_success_(record.last_success),
      disabled_at_(record.disabled_at),
      disabled_reason_(std::move(record.disabled_reason)),
      last_failure_(std::move(record.last_failure))
{
    for (auto& event : record.started) {
        // A clock that was set back must not stop deliveries for longer than any pause is.
        event.due = std::min(event.due, now + limits_.continuity);
        if (settled_.contains(event.sequence)) continue;
        catch_up_until_ = std::max(catch_up_until_, event.sequence);
        resumed_.emplace(event.sequence, event);
    }
    if (last_attempt_) last_attempt_ = std::min(*last_attempt_, now);
    end_ = std::max(end_, catch_up_until_);
}

// --- lanes and their places
// -----------------------------------------------------------------------------------

void DeliveryPlan::insert(Lane& lane)
{
    if (lane.is_taken || lane.is_held || lane.is_empty()) return;
    if (lane.attempts > 0)
        failing_.emplace(std::pair{lane.due, lane.head()}, &lane);
    else if (cached_.contains(lane.head()))
        ready_.emplace(lane.head(), &lane);
    else
        missing_.emplace(lane.head(), &lane);
}

void DeliveryPlan::remove(Lane& lane)
{
    if (lane.is_empty()) return;
    failing_.erase(std::pair{lane.due, lane.head()});
    ready_.erase(lane.head());
    missing_.erase(lane.head());
}

DeliveryPlan::Lane* DeliveryPlan::find(std::string const& name)
{
    auto const found = lanes_.find(name);
    return found == lanes_.end() ? nullptr : found->second.get();
}

void DeliveryPlan::erase_if_idle(Lane& lane)
{
    if (!lane.is_empty() || lane.is_taken || lane.is_held) return;
    if (probe_ == &lane) probe_ = nullptr;
    auto const name = lane.name;
    lanes_.erase(name);
}

/// Keeps what a restart has to know about a head.
void DeliveryPlan::note_start(Lane const& lane)
{
    if (lane.is_empty()) return;
    if (lane.attempts > 0 || lane.next_part > 0)
        started_[lane.head()] = &lane;
    else
        started_.erase(lane.head());
}

void DeliveryPlan::settle_head(Lane& lane)
{
    auto const sequence = lane.head();
    uncache(sequence);
    started_.erase(sequence);
    settled_.add(sequence);
    lane.pop();
    --waiting_;
    lane.attempts = 0;
    lane.next_part = 0;
    if (probe_ == &lane) probe_ = nullptr;
}

void DeliveryPlan::settle_anywhere(Lane& lane, std::uint64_t sequence)
{
    remove(lane);
    if (!lane.is_empty() && lane.head() == sequence) {
        settle_head(lane);
    } else {
        std::erase(lane.sequences, sequence);
        uncache(sequence);
        settled_.add(sequence);
        --waiting_;
    }
    insert(lane);
    erase_if_idle(lane);
}

// --- memory
// ---------------------------------------------------------------------------------------------------

bool DeliveryPlan::cache(Lane& lane, PlannedEvent event, bool is_single)
{
    bool const is_head = lane.head() == event.sequence;
    if (cached_.contains(event.sequence)) return true;
    if (!(is_head && is_single)) {
        // Nothing of these is sent soon; when it is, it is read again.
        if (is_open_ || lane.attempts > 0 || lane.is_held) return true;
        if (!is_head && lane.cached >= limits_.cached_per_lane) return true;
        if (is_full()) return false;
    }
    remove(lane);
    cached_bytes_ += event.bytes;
    ++lane.cached;
    auto const sequence = event.sequence;
    cached_.emplace(sequence, std::make_shared<PlannedEvent const>(std::move(event)));
    insert(lane);
    return true;
}

void DeliveryPlan::uncache(std::uint64_t sequence)
{
    auto const found = cached_.find(sequence);
    if (found == cached_.end()) return;
    cached_bytes_ -= found->second->bytes;
    if (auto* lane = find(found->second->lane)) --lane->cached;
    cached_.erase(found);
}

void DeliveryPlan::uncache_lane(Lane& lane)
{
    remove(lane);
    for (auto place = lane.first; lane.cached > 0 && place < lane.sequences.size(); ++place)
        uncache(lane.sequences[place]);
    insert(lane);
}

void DeliveryPlan::uncache_all()
{
    cached_.clear();
    cached_bytes_ = 0;
    for (auto const& [name, lane] : lanes_)
        lane->cached = 0;
    for (auto const& [head, lane] : ready_)
        missing_.emplace(head, lane);
    ready_.clear();
}

void DeliveryPlan::forget_cached()
{
    uncache_all();
}

bool DeliveryPlan::is_full() const noexcept
{
    return cached_.size() >= limits_.cached_events || cached_bytes_ >= limits_.cached_bytes;
}

/// Room for a page, so that little of it is read in vain.
bool DeliveryPlan::has_room() const noexcept
{
    return cached_.size() + limits_.page <= std::max(limits_.cached_events, limits_.page) &&
           cached_bytes_ < limits_.cached_bytes;
}

// --- what to do
// -----------------------------------------------------------------------------------------------

DeliveryPlan::Lane* DeliveryPlan::first_fresh() const
{
    if (ready_.empty() && missing_.empty()) return nullptr;
    if (missing_.empty()) return ready_.begin()->second;
    if (ready_.empty()) return missing_.begin()->second;
    return ready_.begin()->first < missing_.begin()->first ? ready_.begin()->second
                                                           : missing_.begin()->second;
}

WallTime DeliveryPlan::stray_time() const
{
    if (probe_ == nullptr) return next_probe_;
    return last_attempt_ ? *last_attempt_ + limits_.stray_pause : WallTime{};
}

DeliveryPlan::Lane* DeliveryPlan::candidate_while_open(WallTime now)
{
    // The probe of before a restart is known once the log has been read up to it.
    if (!taken_.empty() || !resumed_.empty()) return nullptr;
    if (probe_ == nullptr && !failing_.empty()) probe_ = failing_.begin()->second;
    if (probe_ != nullptr && !probe_->is_held && probe_->due <= now) return probe_;
    return now >= stray_time() ? first_fresh() : nullptr;
}

/// The lane that is next, whether or not its event is in memory.
DeliveryPlan::Lane* DeliveryPlan::candidate(WallTime now)
{
    if (!is_enabled() || taken_.size() >= limits_.in_flight) return nullptr;
    if (is_open_) return candidate_while_open(now);
    if (!failing_.empty() && failing_.begin()->first.first <= now &&
        cached_.contains(failing_.begin()->second->head()))
        return failing_.begin()->second;
    return ready_.empty() ? nullptr : ready_.begin()->second;
}

std::optional<DeliveryPlan::Attempt> DeliveryPlan::next_attempt(WallTime now)
{
    auto* const lane = candidate(now);
    if (lane == nullptr) return std::nullopt;
    auto const found = cached_.find(lane->head());
    if (found == cached_.end()) return std::nullopt;
    Attempt attempt;
    attempt.event = found->second;
    attempt.part = attempt.event->part_from(lane->next_part);
    attempt.number = lane->attempts + 1;
    if (is_open_ && probe_ == nullptr) probe_ = lane;
    attempt.counts = !is_open_ || probe_ == lane;
    remove(*lane);
    lane->is_taken = true;
    taken_.insert(lane->head());
    return attempt;
}

std::optional<DeliveryPlan::Read> DeliveryPlan::next_read(WallTime now)
{
    if (!is_enabled()) return std::nullopt;
    if (is_open_) {
        if (auto const* lane = candidate_while_open(now); lane != nullptr && !cached_.contains(lane->head()))
            return Read{lane->head() - 1, 1, false};
        if (resumed_.empty() && first_fresh() != nullptr) return std::nullopt;
    } else {
        if (!failing_.empty() && failing_.begin()->first.first <= now &&
            !cached_.contains(failing_.begin()->second->head()))
            return Read{failing_.begin()->second->head() - 1, 1, false};
        if (!has_room()) return std::nullopt;
        if (!missing_.empty()) return Read{missing_.begin()->first - 1, limits_.page, false};
    }
    if (!may_have_more_ && position_ >= end_) return std::nullopt;
    auto const after = settled_.skip(position_);
    if (after >= catch_up_until_ &&
        (waiting_ >= limits_.waiting || settled_.ranges().size() >= limits_.ranges ||
         started_.size() >= limits_.started))
        return std::nullopt;
    position_ = after;
    may_have_more_ = false;
    return Read{after, limits_.page, true};
}

std::optional<WallTime> DeliveryPlan::next_time() const
{
    if (!is_enabled()) return std::nullopt;
    if (!is_open_) {
        if (failing_.empty() || taken_.size() >= limits_.in_flight) return std::nullopt;
        return failing_.begin()->first.first;
    }
    if (!taken_.empty() || !resumed_.empty()) return std::nullopt;
    std::optional<WallTime> next;
    if (probe_ != nullptr && !probe_->is_held) next = probe_->due;
    if (first_fresh() != nullptr) next = next ? std::min(*next, stray_time()) : stray_time();
    return next;
}

// --- state
// ----------------------------------------------------------------------------------------------------

std::uint64_t DeliveryPlan::pending() const noexcept
{
    auto const done = settled_.floor() + settled_.count_beyond();
    return end_ > done ? end_ - done : 0;
}

DeliveryRecord DeliveryPlan::record() const
{
    DeliveryRecord record;
    record.settled = settled_;
    record.is_open = is_open_;
    record.probe = probe_ != nullptr && !probe_->is_empty() ? probe_->head() : probe_sequence_;
    record.failing_since = failing_since_;
    record.last_attempt = last_attempt_;
    record.last_success = last_success_;
    record.disabled_at = disabled_at_;
    record.disabled_reason = disabled_reason_;
    record.last_failure = last_failure_;
    for (auto const& [sequence, lane] : started_)
        record.started.push_back({sequence, lane->next_part, lane->attempts, lane->first_failure, lane->due});
    for (auto const& [sequence, event] : resumed_)
        record.started.push_back(event);
    std::sort(
        record.started.begin(), record.started.end(),
        [](StartedEvent const& left, StartedEvent const& right) { return left.sequence < right.sequence; });
    return record;
}

} // namespace wagate::gateway::webhooks
