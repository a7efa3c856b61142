#pragma once
// Pairing with a passkey (protocol.md 4.4): the companion commits to an ephemeral key, the phone answers with
// its own, both compare a code, and the companion hands over its keys sealed. Pure functions for both sides.
#include "protocol/pairing/pairing.hpp"

namespace wagate::pairing {

/// What both sides know of the companion's first step.
struct PasskeyOpening {
    crypto::Key32 ephemeral{}; ///< the companion's public key
    int device_type = 1;       ///< DeviceProps.platformType
    std::string ref;           ///< the server's
};
/// ProloguePayload: the opening, and a commitment to it and the nonce.
Bytes make_prologue(PasskeyOpening const& opening, ByteView nonce32);
Result<PasskeyOpening> parse_prologue(ByteView prologue);
/// Phone side: whether the nonce is the one that was committed to.
bool keeps_commitment(ByteView prologue, ByteView nonce32);

/// From the secret of a QR or code that the phone has seen: a proof with it spares the user the comparison.
crypto::Key32 handoff_key(ByteView adv_secret32);
crypto::Key32 handoff_proof(ByteView handoff_key32, ByteView prologue);

struct PrimaryOpening {
    crypto::Key32 ephemeral{};
    ByteArray<32> nonce{};
};
Bytes make_primary_opening(PrimaryOpening const& opening);
Result<PrimaryOpening> parse_primary_opening(ByteView bytes);

/// Eight characters that both sides show; see display_code.
std::string confirmation_code(ByteView companion_nonce32, PrimaryOpening const& primary);
/// Between the own ephemeral key and the other side's, which comes from the wire.
Result<crypto::Key32> passkey_sealing_key(crypto::KeyPair const& own, ByteView other32, int device_type,
                                          std::string_view ref);

struct PairingKeys {
    crypto::Key32 noise{};
    crypto::Key32 identity{};
    crypto::Key32 adv_secret{};
};
Bytes seal_pairing_keys(PairingKeys const& keys, ByteView sealing_key32, RandomSource& random);
Result<PairingKeys> open_pairing_keys(ByteView sealed, ByteView sealing_key32);

} // namespace wagate::pairing
