#pragma once
// Hexadecimal, base64 and percent-encoded text. Decoders are total: any input gives a value or nothing.
#include "protocol/base/bytes.hpp"

#include <optional>
#include <string>

namespace wagate {

std::string hex_encode(ByteView bytes);                    ///< lower case
std::string hex_encode_upper(ByteView bytes);              ///< upper case
std::optional<Bytes> hex_decode(std::string_view text);    ///< either case; even length
std::string base64_encode(ByteView bytes);                 ///< standard alphabet with padding
std::string base64_encode_unpadded(ByteView bytes);        ///< standard alphabet without padding
std::string base64url_encode(ByteView bytes);              ///< URL alphabet with padding
std::optional<Bytes> base64_decode(std::string_view text); ///< both alphabets, padding optional
/// RFC 3986: all but letters, digits, `-._~` and what is in `kept` becomes %XX.
std::string percent_encode(std::string_view text, std::string_view kept = {});

} // namespace wagate
