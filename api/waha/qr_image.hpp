#pragma once
// A QR code as a PNG picture.
#include "protocol/base/bytes.hpp"

#include <optional>

namespace wagate::waha {

/// Black on white with the quiet zone that readers need. Takes about a millisecond for a pairing code.
/// @return nothing when the text is empty or too long for a QR code (2,953 bytes).
std::optional<Bytes> qr_png(std::string_view text);

} // namespace wagate::waha
