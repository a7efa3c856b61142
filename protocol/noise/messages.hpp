#pragma once
// Shared by both handshake roles; not for other folders.
#include "protocol/base/secret.hpp"
#include "protocol/noise/errors.hpp"
#include "protocol/noise/symmetric_state.hpp"
#include "protocol/proto/handshake.pb.h"

namespace wagate::noise {

/// Precondition: at most max_frame_bytes, which the frame layer ensures.
inline Result<proto::HandshakeMessage> parse_message(ByteView bytes)
{
    proto::HandshakeMessage message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return NoiseErrc::malformed_message;
    return message;
}

/// Mixes X25519(private_key, public_key) into the key; fails on a low-order point.
inline Result<void> mix_agreement(SymmetricState& state, ByteView private_key, ByteView public_key)
{
    WAGATE_TRY(auto shared, crypto::x25519(private_key, public_key));
    state.mix_key(shared);
    wipe(shared);
    return {};
}

} // namespace wagate::noise
