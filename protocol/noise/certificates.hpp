#pragma once
// The server's certificate chain (protocol.md 1.7, 11.2): root key, intermediate, leaf.
#include "protocol/crypto/crypto.hpp"
#include "protocol/noise/errors.hpp"

namespace wagate::noise {

/// Public key that WhatsApp signs its certificate chain with (protocol.md 1.7).
extern crypto::Key32 const whatsapp_root_key;

struct Certificate {
    Bytes details;   ///< serialized, exactly what is signed
    Bytes signature; ///< 64 bytes
};
struct CertificateChain {
    Certificate leaf;
    Certificate intermediate;
};
struct CertificateFields {
    std::uint32_t serial = 0;
    std::uint32_t issuer_serial = 0;
    crypto::Key32 key{};
    std::uint64_t not_before = 0; ///< unix seconds
    std::uint64_t not_after = 0;
};

/// Signs `fields` with the issuer's private key.
Certificate issue_certificate(CertificateFields const& fields, ByteView issuer_private_key,
                              RandomSource& random);
Bytes serialize(CertificateChain const& chain);
/// All checks of protocol.md 1.7, those that the JavaScript library skips included. Validity bounds are
/// inclusive.
Result<void> verify_chain(ByteView serialized_chain, ByteView server_static_key, ByteView root_key,
                          std::int64_t now_unix_seconds);

} // namespace wagate::noise
