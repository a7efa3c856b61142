#pragma once
// The bytes that start a value on the wire (protocol.md 2.2). Values below list_8 that are not named are
// tokens.
#include <cstddef>
#include <cstdint>

namespace wagate::binary::tag {

inline constexpr std::uint8_t list_empty = 0;
inline constexpr std::uint8_t stream_end = 2; ///< the token `xmlstreamend`
inline constexpr std::uint8_t dictionary_0 = 236;
inline constexpr std::uint8_t dictionary_3 = 239;
inline constexpr std::uint8_t interop_jid = 245;
inline constexpr std::uint8_t messenger_jid = 246;
inline constexpr std::uint8_t device_jid = 247;
inline constexpr std::uint8_t list_8 = 248;
inline constexpr std::uint8_t list_16 = 249;
inline constexpr std::uint8_t jid_pair = 250;
inline constexpr std::uint8_t hex_8 = 251;
inline constexpr std::uint8_t binary_8 = 252;
inline constexpr std::uint8_t binary_20 = 253;
inline constexpr std::uint8_t binary_32 = 254;
inline constexpr std::uint8_t nibble_8 = 255;

/// Longest text that senders pack, in characters; receivers accept this many packed bytes.
inline constexpr std::size_t packed_max = 127;

/// Flag in byte 0 of a frame: the rest is zlib data (protocol.md 2.1).
inline constexpr std::uint8_t flag_compressed = 0x02;

} // namespace wagate::binary::tag
