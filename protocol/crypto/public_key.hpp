#pragma once
// Public keys of others' signatures: Ed25519, ECDSA on P-256 and RSA with PKCS #1 v1.5, both with SHA-256.
// What JSON Web Tokens are signed with (RFC 7518, RFC 8037).
#include "protocol/base/bytes.hpp"

#include <memory>
#include <optional>

namespace wagate::crypto {

enum class SignatureKind : std::uint8_t { ed25519, ecdsa_p256, rsa_pkcs1 };

/// Copies are cheap. Thread-safe.
class PublicKey {
public:
    // Nothing when the numbers are no key.
    static std::optional<PublicKey> ed25519(ByteView x32);
    static std::optional<PublicKey> ecdsa_p256(ByteView x32, ByteView y32);
    /// Of 2048 to 8192 bits; big-endian numbers.
    static std::optional<PublicKey> rsa_pkcs1(ByteView modulus, ByteView exponent);

    SignatureKind kind() const noexcept { return kind_; }
    /// @param signature of ECDSA: r and s, 32 bytes each. False for anything that is not exactly a signature.
    bool verify(ByteView message, ByteView signature) const;

private:
    PublicKey(SignatureKind kind, std::shared_ptr<void> key) : kind_(kind), key_(std::move(key)) {}

    SignatureKind kind_;
    std::shared_ptr<void> key_; ///< OpenSSL's
};

} // namespace wagate::crypto
