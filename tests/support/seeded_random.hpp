#pragma once
// Randomness that a test can repeat: the same seed gives the same bytes on every machine. Never for keys.
#include "protocol/base/random.hpp"

namespace wagate::testing {

/// SplitMix64 as a RandomSource. Not thread-safe.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}

    void fill(std::span<std::uint8_t> target) override
    {
        for (std::size_t i = 0; i < target.size(); i += 8) {
            auto word = next();
            for (std::size_t j = i; j < std::min(i + 8, target.size()); ++j, word >>= 8)
                target[j] = static_cast<std::uint8_t>(word);
        }
    }

private:
    std::uint64_t next() noexcept
    {
        state_ += 0x9E3779B97F4A7C15u;
        auto mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
        return mixed ^ mixed >> 31;
    }

    std::uint64_t state_;
};

} // namespace wagate::testing
