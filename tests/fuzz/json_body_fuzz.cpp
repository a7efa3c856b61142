// Bodies of requests: what parses is printed to something that parses to the same, and the rules for fields
// give an object or problems.
#include "api/http/json.hpp"
#include "api/http/shape.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/session_config.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace wagate;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

http::Shape const& shape()
{
    static http::Shape const made{{
        http::Field::text("session").size_between(1, 64),
        http::Field::text("chatId").required().size_between(1, 256),
        http::Field::object("file", waha::file_shape()),
        http::Field::list("mentions", http::Field::text("mention")).size_between(0, 8),
        http::Field::integer("limit").between(0, 100),
        http::Field::number("latitude"),
        http::Field::boolean("convert"),
        http::Field::text_map("metadata"),
        http::Field::any("config"),
    }};
    return made;
}

/// Boost.JSON 1.81 reads many digits as a double beside the nearest one, so printed fractions may move.
bool has_fractions(boost::json::value const& value)
{
    if (auto const* list = value.if_array()) return std::any_of(list->begin(), list->end(), has_fractions);
    if (auto const* object = value.if_object())
        return std::any_of(object->begin(), object->end(),
                           [](auto const& member) { return has_fractions(member.value()); });
    return value.is_double();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const value = http::parse_json(text);
    if (value) {
        auto const printed = http::stable_json(*value);
        auto const again = http::parse_json(printed);
        require(again.has_value());
        require(has_fractions(*value) || http::stable_json(*again) == printed);
    }
    for (auto const unknown : {http::UnknownFields::dropped, http::UnknownFields::refused}) {
        std::vector<std::string> problems;
        auto body = http::accept_body(text, shape(), unknown, problems);
        if (problems.empty()) require(http::text_at(body, "chatId").has_value());
        if (auto* file = body.if_contains("file"); file != nullptr && file->is_object() && problems.empty())
            waha::take_file(file->get_object(), problems);
    }
    static_cast<void>(waha::parse_session_config(text));
    return 0;
}
