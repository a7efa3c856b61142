#include "gateway/webhooks/settled.hpp"

#include <algorithm>
#include <iterator>

namespace wagate::gateway::webhooks {

void SettledSequences::add(std::uint64_t first, std::uint64_t last)
{
    first = std::max(first, floor_ + 1);
    if (last < first) return;
    auto place = ranges_.upper_bound(first);
    if (place != ranges_.begin() && std::prev(place)->second + 1 >= first) --place;
    while (place != ranges_.end() && place->first <= last + 1) {
        first = std::min(first, place->first);
        last = std::max(last, place->second);
        count_beyond_ -= place->second - place->first + 1;
        place = ranges_.erase(place);
    }
    if (first == floor_ + 1) {
        floor_ = last;
        return;
    }
    ranges_.emplace(first, last);
    count_beyond_ += last - first + 1;
}

bool SettledSequences::contains(std::uint64_t sequence) const
{
    if (sequence <= floor_) return true;
    auto const place = ranges_.upper_bound(sequence);
    return place != ranges_.begin() && std::prev(place)->second >= sequence;
}

std::uint64_t SettledSequences::skip(std::uint64_t sequence) const
{
    if (sequence < floor_) return floor_;
    auto const place = ranges_.find(sequence + 1);
    if (place != ranges_.end()) return place->second;
    auto const inside = ranges_.upper_bound(sequence);
    if (inside == ranges_.begin()) return sequence;
    return std::max(sequence, std::prev(inside)->second);
}

} // namespace wagate::gateway::webhooks
