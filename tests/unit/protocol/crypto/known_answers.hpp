#pragma once
// What the known-answer tests of crypto and noise share.
#include "protocol/base/encoding.hpp"
#include "protocol/base/random.hpp"

#include <random>
#include <stdexcept>
#include <string_view>

namespace wagate::test {

/// Spaces between groups are allowed.
inline Bytes from_hex(std::string_view text)
{
    std::string digits;
    for (auto c : text) {
        if (c != ' ') digits += c;
    }
    auto bytes = hex_decode(digits);
    if (!bytes) throw std::invalid_argument{"no hex in a test"};
    return *bytes;
}

/// `K` of protocol.md 14: bytes 00 01 … 1f.
inline ByteArray<32> counting_key()
{
    ByteArray<32> key{};
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<std::uint8_t>(i);
    return key;
}

/// Same seed, same bytes.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> target) override
    {
        for (auto& byte : target)
            byte = static_cast<std::uint8_t>(engine_() >> 32);
        drawn_bytes_ += target.size();
    }
    std::size_t drawn_bytes() const noexcept { return drawn_bytes_; }

private:
    std::mt19937_64 engine_;
    std::size_t drawn_bytes_ = 0;
};

} // namespace wagate::test
