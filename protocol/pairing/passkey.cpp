#include "protocol/pairing/passkey.hpp"

#include "protocol/base/secret.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/passkey.pb.h"

namespace wagate::pairing {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t iv_bytes = 12;
constexpr std::size_t code_bytes = 5;

Result<crypto::Key32> key_in(std::string const& text)
{
    if (text.size() != key_bytes) return PairingErrc::malformed;
    return to_array<key_bytes>(view(text));
}

std::string text_of(ByteView bytes)
{
    return std::string{text_view(bytes)};
}

} // namespace

Bytes make_prologue(PasskeyOpening const& opening, ByteView nonce32)
{
    proto::CompanionEphemeralIdentity identity;
    identity.set_publickey(text_of(opening.ephemeral));
    identity.set_devicetype(opening.device_type);
    identity.set_ref(opening.ref);
    auto const serialized = proto::encode(identity);
    proto::ProloguePayload prologue;
    prologue.set_companionephemeralidentity(text_of(serialized));
    prologue.mutable_commitment()->set_hash(text_of(crypto::sha256(concat({serialized, nonce32}))));
    return proto::encode(prologue);
}

Result<PasskeyOpening> parse_prologue(ByteView bytes)
{
    proto::ProloguePayload prologue;
    proto::CompanionEphemeralIdentity identity;
    if (!proto::decode(prologue, bytes) ||
        !proto::decode(identity, view(prologue.companionephemeralidentity())))
        return PairingErrc::malformed;
    PasskeyOpening opening;
    WAGATE_TRY(opening.ephemeral, key_in(identity.publickey()));
    opening.device_type = identity.devicetype();
    opening.ref = identity.ref();
    return opening;
}

bool keeps_commitment(ByteView bytes, ByteView nonce32)
{
    proto::ProloguePayload prologue;
    if (!proto::decode(prologue, bytes)) return false;
    auto const hash = crypto::sha256(concat({view(prologue.companionephemeralidentity()), nonce32}));
    return equal(hash, view(prologue.commitment().hash()));
}

crypto::Key32 handoff_key(ByteView adv_secret32)
{
    return to_array<key_bytes>(
        crypto::hkdf_sha256(adv_secret32, {}, "shortcake-passkey-handoff-v1", key_bytes));
}

crypto::Key32 handoff_proof(ByteView handoff_key32, ByteView prologue)
{
    return crypto::hmac_sha256(handoff_key32, {prologue});
}

Bytes make_primary_opening(PrimaryOpening const& opening)
{
    proto::PrimaryEphemeralIdentity identity;
    identity.set_publickey(text_of(opening.ephemeral));
    identity.set_nonce(text_of(opening.nonce));
    return proto::encode(identity);
}

Result<PrimaryOpening> parse_primary_opening(ByteView bytes)
{
    proto::PrimaryEphemeralIdentity identity;
    if (!proto::decode(identity, bytes)) return PairingErrc::malformed;
    PrimaryOpening opening;
    WAGATE_TRY(opening.ephemeral, key_in(identity.publickey()));
    WAGATE_TRY(opening.nonce, key_in(identity.nonce()));
    return opening;
}

std::string confirmation_code(ByteView companion_nonce32, PrimaryOpening const& primary)
{
    auto const digest = crypto::sha256(concat({companion_nonce32, primary.ephemeral}));
    ByteArray<code_bytes> bits{};
    for (std::size_t i = 0; i < code_bytes; ++i)
        bits[i] = static_cast<std::uint8_t>(primary.nonce[i] ^ digest[i]);
    return code_from_bytes(bits);
}

Result<crypto::Key32> passkey_sealing_key(crypto::KeyPair const& own, ByteView other32, int device_type,
                                          std::string_view ref)
{
    auto const shared = crypto::x25519(own.private_key, other32);
    if (!shared) return PairingErrc::malformed;
    auto const salt = "Companion Pairing " + std::to_string(device_type) + " with ref " + std::string{ref};
    return to_array<key_bytes>(
        crypto::hkdf_sha256(*shared, view(salt), "Pairing Information Encryption Key", key_bytes));
}

Bytes seal_pairing_keys(PairingKeys const& keys, ByteView sealing_key32, RandomSource& random)
{
    proto::PairingRequest request;
    request.set_companionpublickey(text_of(keys.noise));
    request.set_companionidentitykey(text_of(keys.identity));
    request.set_advsecret(text_of(keys.adv_secret));
    auto plain = proto::encode(request);
    auto const iv = random.array<iv_bytes>();
    proto::EncryptedPairingRequest sealed;
    sealed.set_encryptedpayload(text_of(crypto::aes256_gcm_seal(sealing_key32, iv, plain, {})));
    sealed.set_iv(text_of(iv));
    wipe(plain);
    return proto::encode(sealed);
}

Result<PairingKeys> open_pairing_keys(ByteView bytes, ByteView sealing_key32)
{
    proto::EncryptedPairingRequest sealed;
    if (!proto::decode(sealed, bytes) || sealed.iv().size() != iv_bytes) return PairingErrc::malformed;
    auto const plain =
        crypto::aes256_gcm_open(sealing_key32, view(sealed.iv()), view(sealed.encryptedpayload()), {});
    if (!plain) return PairingErrc::wrong_code;
    proto::PairingRequest request;
    if (!proto::decode(request, *plain)) return PairingErrc::malformed;
    PairingKeys keys;
    WAGATE_TRY(keys.noise, key_in(request.companionpublickey()));
    WAGATE_TRY(keys.identity, key_in(request.companionidentitykey()));
    WAGATE_TRY(keys.adv_secret, key_in(request.advsecret()));
    return keys;
}

} // namespace wagate::pairing
