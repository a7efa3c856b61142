#include "protocol/message/padding.hpp"

namespace wagate::message {

Bytes pad(ByteView plaintext, RandomSource& random)
{
    auto const length = static_cast<std::uint8_t>((random.array<1>()[0] & 0x0F) + 1);
    Bytes padded = to_bytes(plaintext);
    padded.insert(padded.end(), length, length);
    return padded;
}

std::optional<ByteView> unpad(ByteView padded) noexcept
{
    if (padded.empty()) return std::nullopt;
    std::size_t const length = padded.back();
    if (length == 0 || length > padded.size()) return std::nullopt;
    for (auto byte : padded.last(length))
        if (byte != length) return std::nullopt;
    return padded.first(padded.size() - length);
}

} // namespace wagate::message
