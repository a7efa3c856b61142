#include "api/http/json.hpp"

#include <boost/json/parse.hpp>

namespace wagate::http {

std::optional<json::value> parse_json(std::string_view text)
{
    json::error_code error;
    auto value = json::parse(text, error);
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
