#pragma once
// JSON in and out of HTTP messages. Everything sent goes through stable_json.
#include "api/http/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace wagate::http {

namespace json = boost::json;

/// Parses one document; strict JSON, at most 64 levels and 100,000 values, valid UTF-8.
std::optional<json::value> parse_json(std::string_view text);

/// Exactly the bytes that JavaScript's `JSON.stringify(JSON.parse(text))` gives for them, so a consumer that
/// parses and prints a body again can still check its signature: array-index keys first and ascending, one
/// member per key, numbers and escapes as ECMAScript prints them. Broken UTF-8 becomes U+FFFD.
std::string stable_json(json::value const& value);

Response json_response(unsigned status, json::value const& body);

} // namespace wagate::http
