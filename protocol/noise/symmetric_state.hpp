#pragma once
// The hash and key schedule of the handshake (protocol.md 1.5).
#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/noise/errors.hpp"

#include <utility>

namespace wagate::noise {

/// 8 zero bytes, then the counter; the nonce of handshake and transport alike.
ByteArray<12> counter_nonce(std::uint32_t counter) noexcept;

/// h, ck, k, n of the Noise framework.
class SymmetricState {
public:
    SymmetricState(); ///< name as h and ck, then the prologue mixed in
    void mix_hash(ByteView data);
    void mix_key(ByteView shared_secret);
    Bytes encrypt(ByteView plaintext);
    /// @return decryption_failed; the state is then unchanged.
    Result<Bytes> decrypt(ByteView ciphertext);
    /// First: client to server, second: server to client.
    std::pair<crypto::Key32, crypto::Key32> split() const;
    crypto::Key32 const& hash() const noexcept { return hash_; }
    crypto::Key32 const& chaining_key() const noexcept { return chaining_key_.reveal(); }
    crypto::Key32 const& key() const noexcept { return key_.reveal(); }

private:
    crypto::Key32 hash_{};
    Secret<crypto::Key32> chaining_key_;
    Secret<crypto::Key32> key_;
    std::uint32_t counter_ = 0;
};

} // namespace wagate::noise
