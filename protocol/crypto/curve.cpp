#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/signal_curve.hpp"
#include "protocol/crypto/sodium.hpp"

#include <stdexcept>

namespace wagate::crypto {
namespace {

void require_key(ByteView key)
{
    if (key.size() != 32) throw std::invalid_argument{"a curve key has 32 bytes"};
}

/// The scalar that X25519 computes with (RFC 7748, 5).
void clamp(Key32& private_key)
{
    private_key[0] &= 248;
    private_key[31] &= 127;
    private_key[31] |= 64;
}

} // namespace

ByteArray<33> typed_key(ByteView public_key32)
{
    require_key(public_key32);
    ByteArray<33> out{0x05};
    std::copy(public_key32.begin(), public_key32.end(), out.begin() + 1);
    return out;
}

KeyPair generate_key_pair(RandomSource& random)
{
    KeyPair pair;
    random.fill(pair.private_key);
    // Clamped at birth, as libsignal does, so that the stored key is the scalar in use.
    clamp(pair.private_key);
    pair.public_key = public_from_private(pair.private_key);
    return pair;
}

Key32 public_from_private(ByteView private_key32)
{
    require_key(private_key32);
    detail::ensure_sodium();
    Key32 out{};
    crypto_scalarmult_curve25519_base(out.data(), private_key32.data());
    return out;
}

Result<Key32> x25519(ByteView private_key32, ByteView public_key32)
{
    if (private_key32.size() != 32 || public_key32.size() != 32) return CryptoErrc::bad_key_length;
    detail::ensure_sodium();
    Key32 out{};
    if (crypto_scalarmult_curve25519(out.data(), private_key32.data(), public_key32.data()) != 0)
        return CryptoErrc::weak_key;
    return out;
}

Signature xeddsa_sign(ByteView private_key32, ByteView message, RandomSource& random)
{
    require_key(private_key32);
    auto const nonce = random.array<64>();
    // libsignal signs with the scalar as it stands; unclamped it would not belong to the public key.
    auto scalar = to_array<32>(private_key32);
    clamp(scalar);
    auto const signature = detail::signal_sign(scalar, message, nonce);
    wipe(scalar);
    return signature;
}

bool xeddsa_verify(ByteView public_key32, ByteView message, ByteView signature)
{
    if (public_key32.size() != 32 || signature.size() != 64) return false;
    return detail::signal_verify(public_key32, message, signature);
}

} // namespace wagate::crypto
