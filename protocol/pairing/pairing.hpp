#pragma once
// Pairing a companion device (protocol.md 4): QR text, advanced device verification (ADV), phone-number code.
// Pure functions for both sides: the companion (gateway) and the phone (sandbox).
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/crypto.hpp"

#include <optional>

namespace wagate::pairing {

enum class PairingErrc {
    malformed = 1, ///< a protobuf or a field that does not parse: answered with error 500 "internal-error"
    hmac_mismatch, ///< answered with error 401 "hmac-mismatch"
    signature_mismatch, ///< answered with error 401 "signature-mismatch"
    wrong_code,         ///< phone-number code: the wrapped key does not open
};

// ---------------------------------------------------------------------------- QR

struct QrContent {
    std::string ref;
    crypto::Key32 noise_key{};
    crypto::Key32 identity_key{};
    crypto::Key32 adv_secret{};
    char client_type = '1'; ///< 4.2; '1' is Chrome
};
/// Current form: https://wa.me/settings/linked_devices#ref,noise,identity,adv,type
std::string qr_text(QrContent const& content);
/// The form used before 2026-05: ref,noise,identity,adv
std::string legacy_qr_text(QrContent const& content);
/// Accepts both forms.
std::optional<QrContent> parse_qr(std::string_view text);

// ---------------------------------------------------------------------------- ADV

enum class AccountType : std::uint8_t { e2ee = 0, hosted = 1 };

struct DeviceIdentityDetails {
    std::uint32_t raw_id = 0;
    std::uint64_t timestamp = 0; ///< unix seconds
    std::uint32_t key_index = 0;
    AccountType account_type = AccountType::e2ee;
    AccountType device_type = AccountType::e2ee;
};

/// ADVSignedDeviceIdentity in parts.
struct SignedDeviceIdentity {
    Bytes details;               ///< serialized ADVDeviceIdentity
    Bytes account_signature_key; ///< 32 bytes; may be omitted on the wire
    Bytes account_signature;     ///< 64 bytes
    Bytes device_signature;      ///< 64 bytes; empty before the companion has signed
};
Bytes serialize(SignedDeviceIdentity const& identity, bool with_account_key);
Result<SignedDeviceIdentity> parse_signed_identity(ByteView bytes);
Result<DeviceIdentityDetails> parse_details(ByteView bytes);

/// Phone side: signs the companion's identity key and wraps it with the HMAC of the QR's secret.
/// @return serialized ADVSignedDeviceIdentityHMAC
Bytes make_pairing_container(DeviceIdentityDetails const& details, crypto::KeyPair const& account_key,
                             ByteView companion_identity32, ByteView adv_secret32, RandomSource& random);

struct VerifiedPairing {
    SignedDeviceIdentity identity; ///< complete, device signature included
    std::uint32_t key_index = 0;
};
/// Companion side: the four steps of 4.2. Errors are those the reply stanza needs.
Result<VerifiedPairing> verify_pairing_container(ByteView container, crypto::KeyPair const& own_identity,
                                                 ByteView adv_secret32, RandomSource& random);

/// Verifies the companion identity of somebody else (4.5): account and device signature, hosted prefixes
/// included.
/// @param account_key identity of the contact's device 0; used when the identity omits its own (may be empty)
Result<void> verify_companion(SignedDeviceIdentity const& identity, ByteView companion_identity32,
                              ByteView account_key32);

// key index list (usync), phone side and reader
struct KeyIndexList {
    std::uint32_t raw_id = 0;
    std::uint64_t timestamp = 0;
    std::uint32_t current_index = 0;
    std::vector<std::uint32_t> valid_indexes;
};
Bytes make_signed_key_index_list(KeyIndexList const& list, crypto::KeyPair const& account_key,
                                 RandomSource& random);
Result<KeyIndexList> parse_signed_key_index_list(ByteView bytes);

// ---------------------------------------------------------------------------- phone-number code (4.3)

/// Eight characters of the alphabet 123456789ABCDEFGHJKLMNPQRSTVWXYZ.
std::string code_from_bytes(ByteArray<5> const& random);
std::string display_code(std::string_view code); ///< XXXX-XXXX

/// salt(32) || iv(16) || ciphertext(32). Costs a PBKDF2 (tens of milliseconds): not on an event loop.
Bytes wrap_ephemeral(std::string_view code, ByteView ephemeral_public32, RandomSource& random);
Result<crypto::Key32> unwrap_ephemeral(std::string_view code, ByteView wrapped80);

/// Companion side, after the phone's hello.
struct CompanionFinish {
    Bytes wrapped_key_bundle; ///< salt(32) || nonce(12) || sealed(96+16)
    crypto::Key32 adv_secret{};
};
Result<CompanionFinish> companion_finish(crypto::KeyPair const& ephemeral, crypto::KeyPair const& identity,
                                         ByteView primary_ephemeral32, ByteView primary_identity32,
                                         RandomSource& random);
/// Phone side: opens the bundle and derives the same secret.
Result<crypto::Key32> primary_finish(crypto::KeyPair const& primary_ephemeral,
                                     crypto::KeyPair const& primary_identity, ByteView companion_ephemeral32,
                                     ByteView companion_identity32, ByteView wrapped_key_bundle);

boost::system::error_code make_error_code(PairingErrc error);

} // namespace wagate::pairing

template <>
struct boost::system::is_error_code_enum<wagate::pairing::PairingErrc> : std::true_type {};
