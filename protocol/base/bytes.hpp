#pragma once
// Byte containers and the few conversions that every folder needs.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wagate {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<std::uint8_t const>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

inline ByteView view(std::string_view text) noexcept
{
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

inline std::string_view text_view(ByteView bytes) noexcept
{
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

inline std::string to_text(ByteView bytes)
{
    return std::string{text_view(bytes)};
}

inline Bytes to_bytes(ByteView bytes)
{
    return Bytes(bytes.begin(), bytes.end());
}

inline Bytes to_bytes(std::string_view text)
{
    return to_bytes(view(text));
}

inline void append(Bytes& target, ByteView more)
{
    target.insert(target.end(), more.begin(), more.end());
}

inline Bytes concat(std::initializer_list<ByteView> parts)
{
    Bytes joined;
    std::size_t size = 0;
    for (auto part : parts)
        size += part.size();
    joined.reserve(size);
    for (auto part : parts)
        append(joined, part);
    return joined;
}

inline bool equal(ByteView left, ByteView right) noexcept
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

/// Copies exactly N bytes. Precondition: `bytes.size() == N`; the caller has checked it.
template <std::size_t N>
ByteArray<N> to_array(ByteView bytes)
{
    ByteArray<N> out{};
    std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
    return out;
}

/// Big-endian integer of `width` bytes (1..8), most significant byte first.
inline Bytes big_endian(std::uint64_t value, std::size_t width)
{
    Bytes out(width);
    for (std::size_t i = 0; i < width; ++i)
        out[width - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
    return out;
}

/// Reads up to eight big-endian bytes.
inline std::uint64_t read_big_endian(ByteView bytes) noexcept
{
    std::uint64_t value = 0;
    for (auto byte : bytes)
        value = value << 8 | byte;
    return value;
}

} // namespace wagate
