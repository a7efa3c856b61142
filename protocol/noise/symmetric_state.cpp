#include "protocol/noise/symmetric_state.hpp"

#include "protocol/noise/frames.hpp"

namespace wagate::noise {
namespace {

/// Exactly 32 bytes with its padding, hence used as it is instead of being hashed.
constexpr std::string_view protocol_name{"Noise_XX_25519_AESGCM_SHA256\0\0\0\0", 32};

/// HKDF to 64 bytes, as two keys.
std::pair<crypto::Key32, crypto::Key32> derive_pair(ByteView key_material, ByteView salt)
{
    auto okm = crypto::hkdf_sha256(key_material, salt, "", 64);
    std::pair const keys{to_array<32>(ByteView{okm}.first(32)), to_array<32>(ByteView{okm}.last(32))};
    wipe(okm);
    return keys;
}

} // namespace

ByteArray<12> counter_nonce(std::uint32_t counter) noexcept
{
    ByteArray<12> nonce{};
    for (std::size_t i = 0; i < 4; ++i)
        nonce[11 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
    return nonce;
}

SymmetricState::SymmetricState() : hash_(to_array<32>(view(protocol_name))), chaining_key_(hash_), key_(hash_)
{
    mix_hash(connection_header);
}

void SymmetricState::mix_hash(ByteView data)
{
    hash_ = crypto::sha256({hash_, data});
}

void SymmetricState::mix_key(ByteView shared_secret)
{
    auto const keys = derive_pair(shared_secret, chaining_key_.reveal());
    chaining_key_ = Secret{keys.first};
    key_ = Secret{keys.second};
    counter_ = 0;
}

Bytes SymmetricState::encrypt(ByteView plaintext)
{
    auto ciphertext = crypto::aes256_gcm_seal(key_.reveal(), counter_nonce(counter_++), plaintext, hash_);
    mix_hash(ciphertext);
    return ciphertext;
}

Result<Bytes> SymmetricState::decrypt(ByteView ciphertext)
{
    auto plaintext = crypto::aes256_gcm_open(key_.reveal(), counter_nonce(counter_), ciphertext, hash_);
    if (!plaintext) return NoiseErrc::decryption_failed;
    ++counter_;
    mix_hash(ciphertext);
    return plaintext;
}

std::pair<crypto::Key32, crypto::Key32> SymmetricState::split() const
{
    return derive_pair({}, chaining_key_.reveal());
}

} // namespace wagate::noise
