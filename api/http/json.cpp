#include "api/http/json.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace wagate::http {

namespace {

constexpr std::size_t deepest = 64;
/// A value takes many times the bytes of its text.
constexpr std::size_t most_values = 100'000;

bool opens_value(char c) noexcept
{
    return c == ',' || c == '[' || c == '{';
}

/// At least as many as there are: commas in strings count too.
std::size_t values_in(std::string_view text) noexcept
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), opens_value));
}

/// The same without those in strings.
std::size_t values_outside_strings(std::string_view text) noexcept
{
    std::size_t count = 0;
    bool is_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (is_string && c == '\\')
            ++i;
        else if (c == '"')
            is_string = !is_string;
        else if (!is_string && opens_value(c))
            ++count;
    }
    return count;
}

} // namespace

std::optional<json::value> parse_json(std::string_view text)
{
    if (values_in(text) > most_values && values_outside_strings(text) > most_values) return std::nullopt;
    json::parse_options options;
    options.max_depth = deepest;
    json::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

Response json_response(unsigned status, json::value const& body)
{
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = stable_json(body);
    return response;
}

} // namespace wagate::http
