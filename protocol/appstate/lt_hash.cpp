#include "protocol/appstate/lt_hash.hpp"

#include "protocol/crypto/crypto.hpp"

namespace wagate::appstate {

std::optional<LtHash> LtHash::from_bytes(ByteView bytes)
{
    if (bytes.size() != size) return std::nullopt;
    LtHash hash;
    hash.lanes_ = to_array<size>(bytes);
    return hash;
}

void LtHash::mix(ByteView item, Sign sign)
{
    auto const expanded = crypto::hkdf_sha256(item, {}, "WhatsApp Patch Integrity", size);
    for (std::size_t i = 0; i < size; i += 2) {
        unsigned const own = lanes_[i] | static_cast<unsigned>(lanes_[i + 1]) << 8;
        unsigned const other = expanded[i] | static_cast<unsigned>(expanded[i + 1]) << 8;
        unsigned const lane = sign == Sign::plus ? own + other : own - other;
        lanes_[i] = static_cast<std::uint8_t>(lane);
        lanes_[i + 1] = static_cast<std::uint8_t>(lane >> 8);
    }
}

void LtHash::add(ByteView item)
{
    mix(item, Sign::plus);
}

void LtHash::subtract(ByteView item)
{
    mix(item, Sign::minus);
}

} // namespace wagate::appstate
