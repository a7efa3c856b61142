#pragma once
// Short forms for codec tests: frames written as hexadecimal text.
#include "protocol/base/encoding.hpp"
#include "protocol/binary/codec.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

namespace wagate::binary {

inline Bytes from_hex(std::string_view text)
{
    auto bytes = hex_decode(text);
    if (!bytes) throw std::invalid_argument{"the test holds bad hexadecimal text"};
    return std::move(*bytes);
}

inline Node decoded(std::string_view hex)
{
    auto node = decode(from_hex(hex));
    if (!node) throw std::invalid_argument{"the frame was refused: " + node.error().message()};
    return std::move(*node);
}

inline ErrorCode decode_error(std::string_view hex, DecodeLimits const& limits = {})
{
    auto const node = decode(from_hex(hex), limits);
    return node ? ErrorCode{} : node.error();
}

/// The bytes of one attribute value: what follows the key in `<a x=…/>`.
inline std::string value_hex(AttributeValue value)
{
    Node node{"a"};
    node.attributes.push_back({"x", std::move(value)});
    return hex_encode(encode(node)).substr(std::string_view{"00f803fc0161fc0178"}.size());
}

/// Decodes a frame whose only attribute value has these bytes.
inline AttributeValue value_from(std::string const& hex)
{
    return decoded("00f803fc0161fc0178" + hex).attributes.at(0).value;
}

inline ErrorCode value_error(std::string const& hex)
{
    return decode_error("00f803fc0161fc0178" + hex);
}

} // namespace wagate::binary
