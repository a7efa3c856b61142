#include "api/waha/file_body.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

std::string taken(http::json::object& object, std::string_view name)
{
    auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    std::string text(value->get_string().data(), value->get_string().size());
    *value = nullptr;
    return text;
}

} // namespace

http::Shape file_shape()
{
    using http::Field;
    return {{
        Field::text("mimetype").size_between(0, 256),
        Field::text("filename").size_between(0, 1'024),
        Field::text("url").size_between(0, 8'192),
        Field::text("data"),
    }};
}

gateway::FileSource take_file(http::json::object& file, std::vector<std::string>& problems,
                              std::string const& name)
{
    gateway::FileSource source;
    source.mimetype = taken(file, "mimetype");
    source.file_name = taken(file, "filename");
    source.url = taken(file, "url");
    source.base64 = taken(file, "data");
    if (source.url.empty() == source.base64.empty())
        problems.push_back(name + " must have either a url or data in base64");
    auto const is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (!std::all_of(source.mimetype.begin(), source.mimetype.end(), is_plain))
        problems.push_back(name + ".mimetype must be a media type");
    return source;
}

} // namespace wagate::waha
