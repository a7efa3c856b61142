#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/sodium.hpp"

namespace wagate::crypto {

void SystemRandom::fill(std::span<std::uint8_t> target)
{
    detail::ensure_sodium();
    if (!target.empty()) randombytes_buf(target.data(), target.size());
}

bool constant_time_equal(ByteView left, ByteView right) noexcept
{
    if (left.size() != right.size()) return false;
    return left.empty() || sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace wagate::crypto
