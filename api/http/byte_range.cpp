#include "api/http/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace wagate::http {
namespace {

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

ByteRange part(std::uint64_t first, std::uint64_t last, std::uint64_t size)
{
    ByteRange range;
    range.is_unsatisfiable = first >= size;
    range.is_part = !range.is_unsatisfiable;
    range.first = first;
    if (range.is_part) range.count = std::min(last, size - 1) - first + 1;
    return range;
}

} // namespace

ByteRange byte_range(std::string_view header, std::uint64_t size)
{
    ByteRange whole;
    whole.count = size;
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return whole;
    header.remove_prefix(unit.size());
    auto const dash = header.find('-');
    if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return whole;
    auto const first = number(header.substr(0, dash));
    auto const last = number(header.substr(dash + 1));
    bool const is_open = dash + 1 == header.size();
    if (dash == 0) {
        if (!last) return whole;
        if (*last == 0) return part(size, size, size);
        return part(size - std::min(*last, size), UINT64_MAX, size);
    }
    if (!first || (!last && !is_open) || (last && *last < *first)) return whole;
    return part(*first, last.value_or(UINT64_MAX), size);
}

} // namespace wagate::http
