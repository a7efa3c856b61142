#pragma once
// Repeatable randomness for the tests of signal and pairing.
#include "protocol/crypto/crypto.hpp"

namespace wagate::signal::test {

/// SHA-256 in counter mode over a label.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::string_view label) : seed_(crypto::sha256(view(label))) {}

    void fill(std::span<std::uint8_t> target) override
    {
        for (auto& byte : target) {
            if (used_ == block_.size()) next_block();
            byte = block_[used_++];
        }
    }

private:
    void next_block()
    {
        block_ = crypto::sha256({seed_, big_endian(counter_++, 8)});
        used_ = 0;
    }

    crypto::Key32 seed_;
    crypto::Key32 block_{};
    std::size_t used_ = sizeof(crypto::Key32);
    std::uint64_t counter_ = 0;
};

} // namespace wagate::signal::test
