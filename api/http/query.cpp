#include "api/http/query.hpp"

#include <algorithm>

namespace wagate::http {
namespace {

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decode_parameter(std::string_view text)
{
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    auto decoded = percent_decode(spaced);
    return decoded ? std::move(*decoded) : spaced;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            int const high = hex_digit(text[i + 1]);
            int const low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        out.push_back(c);
    }
    return out;
}

Query::Query(std::string_view text)
{
    while (!text.empty()) {
        auto const end = text.find('&');
        auto const pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pair.empty()) continue;
        auto const equals = pair.find('=');
        auto const value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        parameters_.emplace_back(decode_parameter(pair.substr(0, equals)), decode_parameter(value));
    }
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept
{
    for (auto const& [key, value] : parameters_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

} // namespace wagate::http
