#include "gateway/webhooks/delivery_plan.hpp"

#include "gateway/webhooks/policy.hpp"

#include <algorithm>

namespace wagate::gateway::webhooks {
namespace {

constexpr unsigned status_gone = 410;

/// The place of the first part that is not behind; parts.size() when all are.
std::size_t part_from(PlannedEvent const& event, std::uint32_t index)
{
    std::size_t place = 0;
    while (place < event.parts.size() && event.parts[place].index < index)
        ++place;
    return place;
}

} // namespace

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
    attempt.part = part_from(*attempt.event, lane->next_part);
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

// --- reading
// --------------------------------------------------------------------------------------------------

void DeliveryPlan::loaded(Read const& read, std::vector<PlannedEvent> events, WallTime now)
{
    if (!events.empty()) known_end(events.back().sequence);
    if (events.size() >= read.limit && read.is_ahead) may_have_more_ = true;
    auto expected = read.after + 1;
    for (auto& event : events) {
        // The log has no gaps of its own: what is missing was removed by retention.
        if (event.sequence > expected) expire(expected, event.sequence - 1, now);
        expected = event.sequence + 1;
        if (!take(std::move(event), read.is_ahead, read.limit == 1)) {
            may_have_more_ = true;
            break;
        }
    }
}

void DeliveryPlan::not_loaded(Read const& read) noexcept
{
    if (read.is_ahead) may_have_more_ = true;
}

/// @return false when there is no room for it and what follows
bool DeliveryPlan::take(PlannedEvent event, bool is_ahead, bool is_single)
{
    auto const sequence = event.sequence;
    if (sequence > position_) {
        if (!is_ahead) return false; // the rest is for reading ahead
        return admit(std::move(event));
    }
    if (settled_.contains(sequence) || taken_.contains(sequence)) return true;
    auto* const lane = find(event.lane);
    if (lane == nullptr || lane->is_empty()) return true;
    auto const begin = lane->sequences.begin() + static_cast<std::ptrdiff_t>(lane->first);
    if (!std::binary_search(begin, lane->sequences.end(), sequence)) return true;
    auto const next_part = lane->head() == sequence ? lane->next_part : 0;
    if (part_from(event, next_part) == event.parts.size()) { // not subscribed any more
        settle_anywhere(*lane, sequence);
        return true;
    }
    return cache(*lane, std::move(event), is_single);
}

bool DeliveryPlan::admit(PlannedEvent event)
{
    auto const sequence = event.sequence;
    auto const resumed = resumed_.find(sequence);
    auto const next_part = resumed == resumed_.end() ? 0 : resumed->second.next_part;
    if (settled_.contains(sequence) || part_from(event, next_part) == event.parts.size()) {
        settled_.add(sequence);
        resumed_.erase(sequence);
        position_ = sequence;
        return true;
    }
    if (sequence > catch_up_until_ && waiting_ >= limits_.waiting) return false;
    auto& slot = lanes_[event.lane];
    if (!slot) {
        slot = std::make_unique<Lane>();
        slot->name = event.lane;
    }
    auto& lane = *slot;
    lane.sequences.push_back(sequence);
    ++waiting_;
    position_ = sequence;
    if (lane.head() == sequence) {
        resume(lane);
        insert(lane);
    }
    resumed_.erase(sequence);
    // Without room in memory it is known by its number, and read again in its turn.
    static_cast<void>(cache(lane, std::move(event), false));
    return is_open_ || !is_full();
}

void DeliveryPlan::resume(Lane& lane)
{
    auto const resumed = resumed_.find(lane.head());
    if (resumed == resumed_.end()) return;
    lane.next_part = resumed->second.next_part;
    lane.attempts = resumed->second.attempts;
    lane.first_failure = resumed->second.first_failure;
    lane.due = resumed->second.due;
    note_start(lane);
    if (is_open_ && lane.head() == probe_sequence_ && lane.attempts > 0) probe_ = &lane;
}

bool DeliveryPlan::is_gone(std::uint64_t sequence) const
{
    return !settled_.contains(sequence) && !cached_.contains(sequence) && !taken_.contains(sequence);
}

void DeliveryPlan::expire(std::uint64_t first, std::uint64_t last, WallTime now)
{
    for (auto at = first; at <= last; ++at) {
        if (settled_.contains(at)) {
            at = settled_.skip(at);
            continue;
        }
        if (!is_gone(at)) continue;
        auto end = at;
        // Beyond what was looked at, only whole ranges can be settled.
        if (at > position_) {
            auto const next = settled_.ranges().upper_bound(at);
            end = next == settled_.ranges().end() ? last : std::min(last, next->first - 1);
        } else {
            while (end < last && end < position_ && is_gone(end + 1))
                ++end;
            std::vector<std::pair<Lane*, std::uint64_t>> waiting;
            for (auto const& [name, lane] : lanes_)
                for (auto place = lane->first; place < lane->sequences.size(); ++place)
                    if (auto const sequence = lane->sequences[place]; sequence >= at && sequence <= end)
                        waiting.emplace_back(lane.get(), sequence);
            for (auto const& [lane, sequence] : waiting)
                settle_anywhere(*lane, sequence);
        }
        settled_.add(at, end);
        std::erase_if(resumed_, [&](auto const& entry) { return entry.first >= at && entry.first <= end; });
        storage::DeadLetter letter;
        letter.sequence = at;
        letter.time = now;
        letter.reason = "expired";
        letter.error = std::to_string(end - at + 1) + " events were removed before they could be delivered";
        dead_letters_.push_back(std::move(letter));
        at = end;
    }
    position_ = std::max(position_, last);
}

// --- results
// --------------------------------------------------------------------------------------------------

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
