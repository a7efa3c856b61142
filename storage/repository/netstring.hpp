#pragma once
// Netstrings: decimal length, ":", the bytes, ",". Unambiguous, and easy to make in any language.
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace wagate::storage {

inline void add_netstring(std::string& out, std::string_view text)
{
    out.append(std::to_string(text.size())).append(":").append(text).append(",");
}

/// Takes the first one off `text`. @return nothing when there is none
inline std::optional<std::string> take_netstring(std::string_view& text)
{
    auto const colon = text.find(':');
    std::size_t size = 0;
    if (colon == std::string_view::npos) return std::nullopt;
    auto const parsed = std::from_chars(text.data(), text.data() + colon, size);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + colon) return std::nullopt;
    auto const rest = text.substr(colon + 1);
    if (rest.size() <= size || rest[size] != ',') return std::nullopt;
    text = rest.substr(size + 1);
    return std::string(rest.substr(0, size));
}

} // namespace wagate::storage
