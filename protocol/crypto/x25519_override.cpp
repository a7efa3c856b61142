#include "protocol/crypto/x25519_override.hpp"

#include "protocol/crypto/sodium.hpp"

#include <cstring>

namespace {

thread_local std::uint64_t calls = 0;

} // namespace

/// Same contract as the function it replaces: always writes 32 bytes and returns 0; a weak point gives zeros.
extern "C" __attribute__((visibility("default"))) int
curve25519_donna(unsigned char* out, unsigned char const* secret, unsigned char const* base)
{
    static constexpr unsigned char base_point[32] = {9};
    wagate::crypto::detail::ensure_sodium();
    ++calls;
    // Making a public key from the base point has a faster way.
    auto const status = std::memcmp(base, base_point, sizeof base_point) == 0
                            ? crypto_scalarmult_curve25519_base(out, secret)
                            : crypto_scalarmult_curve25519(out, secret, base);
    if (status != 0) std::memset(out, 0, 32);
    return 0;
}

std::uint64_t wagate::crypto::detail::x25519_override_calls() noexcept
{
    return calls;
}
