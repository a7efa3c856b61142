// Linking with a phone number: an eight-character code protects the exchange of ephemeral keys
// (protocol.md 4.3).
#include "protocol/base/secret.hpp"
#include "protocol/pairing/pairing.hpp"

namespace wagate::pairing {
namespace {

constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTVWXYZ";
constexpr std::uint32_t pbkdf2_iterations = 131'072;
constexpr std::size_t salt_bytes = 32;
constexpr std::size_t iv_bytes = 16;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t key_bytes = 32;
constexpr std::size_t sealed_bytes = 3 * key_bytes + 16;

/// Agreement with a key from the wire, which may be of any length or a point that gives nothing away.
Result<crypto::Key32> agree(crypto::KeyPair const& own, ByteView other)
{
    auto shared = crypto::x25519(own.private_key, other);
    if (!shared) return PairingErrc::malformed;
    return shared;
}

Bytes code_key(std::string_view code, ByteView salt)
{
    return crypto::pbkdf2_sha256(view(code), salt, pbkdf2_iterations, key_bytes);
}

Bytes bundle_key(ByteView shared_ephemeral, ByteView salt)
{
    return crypto::hkdf_sha256(shared_ephemeral, salt, "link_code_pairing_key_bundle_encryption_key",
                               key_bytes);
}

crypto::Key32 derive_adv_secret(ByteView shared_ephemeral, ByteView shared_identity, ByteView random)
{
    auto joined = concat({shared_ephemeral, shared_identity, random});
    auto const secret = to_array<32>(crypto::hkdf_sha256(joined, {}, "adv_secret", key_bytes));
    wipe(joined);
    return secret;
}

} // namespace

std::string code_from_bytes(ByteArray<5> const& random)
{
    auto const bits = read_big_endian(random);
    std::string code;
    for (int shift = 35; shift >= 0; shift -= 5)
        code += alphabet[bits >> shift & 31];
    return code;
}

std::string display_code(std::string_view code)
{
    auto const half = code.size() / 2;
    return std::string{code.substr(0, half)} + '-' + std::string{code.substr(half)};
}

Bytes wrap_ephemeral(std::string_view code, ByteView ephemeral_public32, RandomSource& random)
{
    auto const salt = random.array<salt_bytes>();
    auto const iv = random.array<iv_bytes>();
    return concat({salt, iv, crypto::aes256_ctr(code_key(code, salt), iv, ephemeral_public32)});
}

Result<crypto::Key32> unwrap_ephemeral(std::string_view code, ByteView wrapped80)
{
    if (wrapped80.size() != salt_bytes + iv_bytes + key_bytes) return PairingErrc::malformed;
    auto const key = code_key(code, wrapped80.first(salt_bytes));
    return to_array<32>(
        crypto::aes256_ctr(key, wrapped80.subspan(salt_bytes, iv_bytes), wrapped80.last(key_bytes)));
}

Result<CompanionFinish> companion_finish(crypto::KeyPair const& ephemeral, crypto::KeyPair const& identity,
                                         ByteView primary_ephemeral32, ByteView primary_identity32,
                                         RandomSource& random)
{
    WAGATE_TRY(auto const shared_ephemeral, agree(ephemeral, primary_ephemeral32));
    WAGATE_TRY(auto const shared_identity, agree(identity, primary_identity32));
    auto const salt = random.array<salt_bytes>();
    auto const nonce = random.array<nonce_bytes>();
    auto const contribution = random.array<key_bytes>();

    auto const bundle = concat({identity.public_key, primary_identity32, contribution});
    auto const sealed = crypto::aes256_gcm_seal(bundle_key(shared_ephemeral, salt), nonce, bundle, {});
    return CompanionFinish{concat({salt, nonce, sealed}),
                           derive_adv_secret(shared_ephemeral, shared_identity, contribution)};
}

Result<crypto::Key32> primary_finish(crypto::KeyPair const& primary_ephemeral,
                                     crypto::KeyPair const& primary_identity, ByteView companion_ephemeral32,
                                     ByteView companion_identity32, ByteView wrapped_key_bundle)
{
    if (wrapped_key_bundle.size() != salt_bytes + nonce_bytes + sealed_bytes) return PairingErrc::malformed;
    WAGATE_TRY(auto const shared_ephemeral, agree(primary_ephemeral, companion_ephemeral32));
    WAGATE_TRY(auto const shared_identity, agree(primary_identity, companion_identity32));

    auto const key = bundle_key(shared_ephemeral, wrapped_key_bundle.first(salt_bytes));
    auto const opened = crypto::aes256_gcm_open(key, wrapped_key_bundle.subspan(salt_bytes, nonce_bytes),
                                                wrapped_key_bundle.last(sealed_bytes), {});
    if (!opened) return PairingErrc::wrong_code;
    ByteView const bundle{*opened};
    // The sealed copies tie the keys of the stanzas to the code.
    if (!equal(bundle.first(key_bytes), companion_identity32) ||
        !equal(bundle.subspan(key_bytes, key_bytes), primary_identity.public_key))
        return PairingErrc::malformed;
    return derive_adv_secret(shared_ephemeral, shared_identity, bundle.last(key_bytes));
}

} // namespace wagate::pairing
