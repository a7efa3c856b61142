#pragma once
// The source of randomness, injected so that tests and simulations can be replayed from a seed.
#include "protocol/base/bytes.hpp"

namespace wagate {

class RandomSource {
public:
    virtual ~RandomSource() = default;
    virtual void fill(std::span<std::uint8_t> target) = 0;

    Bytes bytes(std::size_t count)
    {
        Bytes out(count);
        fill(out);
        return out;
    }

    template <std::size_t N>
    ByteArray<N> array()
    {
        ByteArray<N> out{};
        fill(out);
        return out;
    }

    /// Uniform in [0, bound). Precondition: bound > 0.
    std::uint64_t below(std::uint64_t bound)
    {
        std::uint64_t const limit = UINT64_MAX - UINT64_MAX % bound;
        for (;;) {
            auto const drawn = read_big_endian(array<8>());
            if (drawn < limit) return drawn % bound;
        }
    }
};

} // namespace wagate
