// What becomes of events that were read, and of those that retention has removed.
#include "gateway/webhooks/delivery_plan.hpp"

#include <algorithm>

namespace wagate::gateway::webhooks {

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
    if (event.part_from(next_part) == event.parts.size()) { // not subscribed any more
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
    if (settled_.contains(sequence) || event.part_from(next_part) == event.parts.size()) {
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

} // namespace wagate::gateway::webhooks
