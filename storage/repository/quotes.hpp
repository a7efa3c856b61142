#pragma once
// Quotes inside the serialized content of a message.
#include "protocol/base/bytes.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace wagate::storage::quotes {

/// The content without what it quotes of an author that `is_author(address)` knows; nothing when it quotes
/// none. Works on protobuf's wire format, so that whatever else is in the content stays byte for byte: a part
/// with an address in field 2 and a message in field 3 is what the protocol calls context (protocol.md 6).
std::optional<Bytes> without(ByteView content,
                             std::function<bool(std::string_view address)> const& is_author);

} // namespace wagate::storage::quotes
