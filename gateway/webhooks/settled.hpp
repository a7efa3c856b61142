#pragma once
// Which events of a log an endpoint is done with: everything up to a floor, and ranges beyond it. Pure.
#include <cstddef>
#include <cstdint>
#include <map>

namespace wagate::gateway::webhooks {

class SettledSequences {
public:
    explicit SettledSequences(std::uint64_t floor = 0) noexcept : floor_(floor) {}

    /// Both inclusive. What touches the floor raises it.
    void add(std::uint64_t first, std::uint64_t last);
    void add(std::uint64_t sequence) { add(sequence, sequence); }
    bool contains(std::uint64_t sequence) const;
    /// The last of the settled sequences that follow `sequence` without a gap; `sequence` itself if none
    /// does.
    std::uint64_t skip(std::uint64_t sequence) const;
    std::uint64_t floor() const noexcept { return floor_; }
    /// The highest settled sequence.
    std::uint64_t highest() const noexcept { return ranges_.empty() ? floor_ : ranges_.rbegin()->second; }
    /// How many are settled beyond the floor.
    std::uint64_t count_beyond() const noexcept { return count_beyond_; }
    /// First to last, beyond the floor, neither overlapping nor touching.
    std::map<std::uint64_t, std::uint64_t> const& ranges() const noexcept { return ranges_; }

    bool operator==(SettledSequences const&) const = default;

private:
    std::uint64_t floor_;
    std::uint64_t count_beyond_ = 0;
    std::map<std::uint64_t, std::uint64_t> ranges_;
};

} // namespace wagate::gateway::webhooks
