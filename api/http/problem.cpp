#include "api/http/problem.hpp"

namespace wagate::http {

Response problem(unsigned status, std::string_view message)
{
    json::object body;
    body["message"] = message;
    body["error"] = reason_phrase(status);
    body["statusCode"] = status;
    return json_response(status, body);
}

Response invalid_request(std::vector<std::string> const& problems)
{
    json::array messages;
    for (auto const& text : problems)
        messages.emplace_back(text);
    json::object body;
    body["statusCode"] = 400;
    body["message"] = std::move(messages);
    body["error"] = "Bad Request";
    return json_response(400, body);
}

Response unauthorized()
{
    json::object body;
    body["message"] = "Unauthorized";
    body["statusCode"] = 401;
    return json_response(401, body);
}

Response forbidden()
{
    return problem(403, "Forbidden resource");
}

Response try_again_later(unsigned status, std::string_view message, unsigned retry_after_seconds)
{
    auto response = problem(status, message);
    response.headers.add("Retry-After", std::to_string(retry_after_seconds));
    return response;
}

} // namespace wagate::http
