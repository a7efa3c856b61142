#include "protocol/base/encoding.hpp"

#include <array>

namespace wagate {
namespace {

constexpr std::string_view hex_lower = "0123456789abcdef";
constexpr std::string_view hex_upper = "0123456789ABCDEF";
constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t invalid = 0xFF;

std::string hex(ByteView bytes, std::string_view digits)
{
    std::string out(bytes.size() * 2, '\0');
    std::size_t at = 0;
    for (auto byte : bytes) {
        out[at++] = digits[byte >> 4];
        out[at++] = digits[byte & 15];
    }
    return out;
}

std::uint8_t hex_value(char digit) noexcept
{
    if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
    return invalid;
}

enum class Padding { with, without };

std::string base64(ByteView bytes, std::string_view alphabet, Padding padding)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    while (bytes.size() >= 3) {
        std::uint32_t const group = std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2];
        out += alphabet[group >> 18];
        out += alphabet[group >> 12 & 63];
        out += alphabet[group >> 6 & 63];
        out += alphabet[group & 63];
        bytes = bytes.subspan(3);
    }
    if (bytes.empty()) return out;
    std::uint32_t const group =
        std::uint32_t{bytes[0]} << 16 | (bytes.size() > 1 ? std::uint32_t{bytes[1]} << 8 : 0);
    out += alphabet[group >> 18];
    out += alphabet[group >> 12 & 63];
    if (bytes.size() > 1) out += alphabet[group >> 6 & 63];
    if (padding == Padding::with) out.append(3 - bytes.size(), '=');
    return out;
}

constexpr std::array<std::uint8_t, 256> base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(invalid);
    for (std::uint8_t i = 0; i < 64; ++i) {
        values[static_cast<std::uint8_t>(standard_alphabet[i])] = i;
        values[static_cast<std::uint8_t>(url_alphabet[i])] = i;
    }
    return values;
}();

/// Text without its padding; nothing when the padding does not fill up a group of four.
std::optional<std::string_view> strip_padding(std::string_view text)
{
    auto const padded_size = text.size();
    while (!text.empty() && text.back() == '=' && padded_size - text.size() < 2)
        text.remove_suffix(1);
    if (text.size() != padded_size && padded_size % 4 != 0) return std::nullopt;
    if (text.size() % 4 == 1) return std::nullopt;
    return text;
}

} // namespace

std::string hex_encode(ByteView bytes)
{
    return hex(bytes, hex_lower);
}

std::string hex_encode_upper(ByteView bytes)
{
    return hex(bytes, hex_upper);
}

std::optional<Bytes> hex_decode(std::string_view text)
{
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes out(text.size() / 2);
    for (std::size_t i = 0; i < out.size(); ++i) {
        auto const high = hex_value(text[2 * i]);
        auto const low = hex_value(text[2 * i + 1]);
        if (high == invalid || low == invalid) return std::nullopt;
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return out;
}

std::string base64_encode(ByteView bytes)
{
    return base64(bytes, standard_alphabet, Padding::with);
}

std::string base64_encode_unpadded(ByteView bytes)
{
    return base64(bytes, standard_alphabet, Padding::without);
}

std::string base64url_encode(ByteView bytes)
{
    return base64(bytes, url_alphabet, Padding::with);
}

std::optional<Bytes> base64_decode(std::string_view text)
{
    auto const digits = strip_padding(text);
    if (!digits) return std::nullopt;
    auto const value_at = [&](std::size_t i) -> std::uint32_t {
        return base64_values[static_cast<std::uint8_t>((*digits)[i])];
    };
    auto const whole = digits->size() / 4 * 4;
    Bytes out(digits->size() * 3 / 4);
    auto* to = out.data();
    // Files are decoded here: four digits at a time.
    for (std::size_t i = 0; i < whole; i += 4, to += 3) {
        auto const [a, b, c, d] = std::array{value_at(i), value_at(i + 1), value_at(i + 2), value_at(i + 3)};
        if ((a | b | c | d) > 63) return std::nullopt;
        auto const group = a << 18 | b << 12 | c << 6 | d;
        to[0] = static_cast<std::uint8_t>(group >> 16);
        to[1] = static_cast<std::uint8_t>(group >> 8);
        to[2] = static_cast<std::uint8_t>(group);
    }
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (auto i = whole; i < digits->size(); ++i) {
        auto const value = value_at(i);
        if (value == invalid) return std::nullopt;
        group = group << 6 | value;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        *to++ = static_cast<std::uint8_t>(group >> bits);
    }
    return out;
}

std::string percent_encode(std::string_view text, std::string_view kept)
{
    auto const is_plain = [kept](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~").find(c) != std::string_view::npos ||
               kept.find(c) != std::string_view::npos;
    };
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex_upper[byte >> 4];
        out += hex_upper[byte & 15];
    }
    return out;
}

} // namespace wagate
