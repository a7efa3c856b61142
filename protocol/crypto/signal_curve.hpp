#pragma once
// The three functions that are taken from libsignal's curve; nothing else of libsignal is used in this
// folder.
#include "protocol/crypto/crypto.hpp"

namespace wagate::crypto::detail {

/// XEdDSA with the given 64 random bytes. Precondition: a clamped key of 32 bytes.
Signature signal_sign(ByteView private_key, ByteView message, ByteArray<64> const& nonce);
/// Precondition: 32 and 64 bytes.
bool signal_verify(ByteView public_key, ByteView message, ByteView signature);
/// X25519 as libsignal's sessions compute it; for the self-test.
Key32 signal_agreement(ByteView private_key, ByteView public_key);

} // namespace wagate::crypto::detail
