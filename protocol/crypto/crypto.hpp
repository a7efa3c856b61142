#pragma once
// Thin, allocation-light wrappers of OpenSSL 3, libsodium and libsignal's curve.
// Algorithms are fetched once per process and contexts reused per thread, where the last key schedule stays
// until the next call. Thread-safe; no result depends on an earlier call.
#include "protocol/base/bytes.hpp"
#include "protocol/base/random.hpp"
#include "protocol/base/result.hpp"

namespace wagate::crypto {

enum class CryptoErrc {
    bad_key_length = 1,
    authentication_failed, ///< a tag, MAC or signature does not match
    bad_padding,
    bad_length,
    weak_key, ///< an agreement gave the all-zero point
};

using Key32 = ByteArray<32>;
using Signature = ByteArray<64>;

// --- digests and MACs
ByteArray<16> md5(ByteView data);
ByteArray<20> sha1(ByteView data);
Key32 sha256(ByteView data);
Key32 sha256(std::initializer_list<ByteView> parts);
ByteArray<64> sha512(ByteView data);
Key32 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);
ByteArray<64> hmac_sha512(ByteView key, std::initializer_list<ByteView> parts);

// --- key derivation
/// RFC 5869 with SHA-256; an empty salt means 32 zero bytes.
Bytes hkdf_sha256(ByteView key_material, ByteView salt, std::string_view info, std::size_t length);
/// Blocks for tens of milliseconds at 131072 iterations: never call it on an event loop.
Bytes pbkdf2_sha256(ByteView password, ByteView salt, std::uint32_t iterations, std::size_t length);

// --- ciphers (32-byte keys). Encryption with a wrong key or nonce length throws: it is the caller's bug.
inline constexpr std::size_t gcm_tag_bytes = 16;
/// Ciphertext with the 16-byte tag appended.
Bytes aes256_gcm_seal(ByteView key, ByteView nonce12, ByteView plaintext, ByteView associated_data);
/// Writes ciphertext and tag to `target`, which is exactly 16 bytes longer than the plaintext.
void aes256_gcm_seal_into(std::span<std::uint8_t> target, ByteView key, ByteView nonce12, ByteView plaintext,
                          ByteView associated_data);
Result<Bytes> aes256_gcm_open(ByteView key, ByteView nonce12, ByteView sealed, ByteView associated_data);
Bytes aes256_cbc_encrypt(ByteView key, ByteView iv16, ByteView plaintext); ///< PKCS#7 padding
Result<Bytes> aes256_cbc_decrypt(ByteView key, ByteView iv16, ByteView ciphertext);
Bytes aes256_ctr(ByteView key, ByteView iv16, ByteView data); ///< encrypts and decrypts

// --- curve
struct KeyPair {
    Key32 public_key{};
    Key32 private_key{};
    bool operator==(KeyPair const&) const = default;
};
/// The 0x05 type byte followed by the key: the form that signatures cover and Signal messages carry.
ByteArray<33> typed_key(ByteView public_key32);
KeyPair generate_key_pair(RandomSource& random);
Key32 public_from_private(ByteView private_key32);
Result<Key32> x25519(ByteView private_key32, ByteView public_key32);
/// XEdDSA over exactly `message`.
Signature xeddsa_sign(ByteView private_key32, ByteView message, RandomSource& random);
bool xeddsa_verify(ByteView public_key32, ByteView message, ByteView signature);

// --- misc
bool constant_time_equal(ByteView left, ByteView right) noexcept;

/// libsodium's generator. Thread-safe.
class SystemRandom final : public RandomSource {
public:
    void fill(std::span<std::uint8_t> target) override;
};

/// Known-answer checks of every primitive, including the X25519 that libsignal uses. Call once in main.
/// @return the name of the first failing check, or empty.
std::string self_test();

boost::system::error_code make_error_code(CryptoErrc error);

} // namespace wagate::crypto

template <>
struct boost::system::is_error_code_enum<wagate::crypto::CryptoErrc> : std::true_type {};
