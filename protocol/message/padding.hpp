#pragma once
// Random trailing padding of message plaintext (protocol.md 5.6): hides the exact length.
#include "protocol/base/bytes.hpp"
#include "protocol/base/random.hpp"

#include <optional>

namespace wagate::message {

/// Appends 1..16 bytes, each holding the pad length.
Bytes pad(ByteView plaintext, RandomSource& random);
/// Removes it; nothing when the padding is malformed.
std::optional<ByteView> unpad(ByteView padded) noexcept;

} // namespace wagate::message
