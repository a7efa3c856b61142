#pragma once
// Small helpers around Boost.JSON for the control API.
#include "tools/sandbox/net/http.hpp"

#include <boost/json.hpp>

#include <optional>

namespace wagate::sandbox {

namespace json = boost::json;

inline HttpResponse json_response(int status, json::value const& value)
{
    HttpResponse response;
    response.status = status;
    response.body = json::serialize(value);
    return response;
}

inline HttpResponse json_error(int status, std::string_view text)
{
    json::object body;
    body["error"] = text;
    return json_response(status, body);
}

/// An empty body counts as an empty object; nothing when it is no object.
inline std::optional<json::object> parse_object(std::string const& body)
{
    if (body.empty()) return json::object{};
    boost::system::error_code error;
    auto value = json::parse(body, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

inline std::optional<std::string> text_field(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string{value->as_string()};
}

inline std::optional<bool> flag_field(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    if (value == nullptr || !value->is_bool()) return std::nullopt;
    return value->as_bool();
}

/// A number from 0; nothing when missing or negative.
inline std::optional<std::uint32_t> number_field(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    if (value == nullptr) return std::nullopt;
    boost::system::error_code error;
    auto const number = value->to_number<std::uint32_t>(error);
    if (error) return std::nullopt;
    return number;
}

} // namespace wagate::sandbox
