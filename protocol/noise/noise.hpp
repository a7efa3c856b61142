#pragma once
// Noise_XX_25519_AESGCM_SHA256 as WhatsApp uses it (protocol.md 1.3-1.7): handshake for both roles,
// certificate chain, transport cipher and frame codec. Pure: bytes in, bytes out.
#include "protocol/noise/certificates.hpp"
#include "protocol/noise/errors.hpp"
#include "protocol/noise/frames.hpp"
#include "protocol/noise/handshake.hpp"
#include "protocol/noise/symmetric_state.hpp"
#include "protocol/noise/transport.hpp"
