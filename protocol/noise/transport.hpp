#pragma once
// The cipher after the handshake (protocol.md 1.6).
#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/noise/errors.hpp"

namespace wagate::noise {

/// Seals and opens transport frames; independent counters from zero per direction. Counter order is wire
/// order.
class TransportCipher {
public:
    TransportCipher(ByteView write_key32, ByteView read_key32);
    /// Whole frame with length prefix.
    Result<Bytes> seal(ByteView plaintext);
    /// Takes a frame's payload. After a failure the connection is lost: the peer's counter is unknown.
    Result<Bytes> open(ByteView payload);

private:
    Secret<crypto::Key32> write_key_;
    Secret<crypto::Key32> read_key_;
    std::uint32_t write_counter_ = 0;
    std::uint32_t read_counter_ = 0;
};

} // namespace wagate::noise
