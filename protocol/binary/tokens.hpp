#pragma once
// The token dictionaries, version 3: 235 frequent words of one byte and 1,024 of two bytes (protocol.md 2.2).
#include <cstdint>
#include <optional>
#include <string_view>

namespace wagate::binary {

/// Tells the server which dictionaries we know; part of the connection header.
inline constexpr std::uint8_t dictionary_version = 3;

/// Where a word stands. `lead` is 0 for a single-byte token, else the tag of its dictionary (236..239).
struct TokenCode {
    std::uint8_t lead = 0;
    std::uint8_t index = 0;
    bool operator==(TokenCode const&) const = default;
};

/// The word of a single-byte token; nullopt for 0 and beyond the table.
std::optional<std::string_view> single_token(std::uint8_t index) noexcept;

/// The word at `index` of the dictionary with tag `lead`; nullopt when `lead` is no dictionary.
std::optional<std::string_view> double_token(std::uint8_t lead, std::uint8_t index) noexcept;

/// Finds a word. One hash and usually one comparison; no allocation.
std::optional<TokenCode> find_token(std::string_view word) noexcept;

} // namespace wagate::binary
