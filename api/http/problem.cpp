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

namespace {

/// In seconds; 0: the limit has no window.
unsigned window_of(gateway::Limit limit)
{
    switch (limit) {
    case gateway::Limit::requests_per_second: return 1;
    case gateway::Limit::messages_per_minute:
    case gateway::Limit::request_bytes_per_minute: return 60;
    case gateway::Limit::new_chats_per_day: return 86'400;
    default: return 0;
    }
}

} // namespace

Response limit_exceeded(gateway::LimitHit const& hit)
{
    auto const seconds =
        std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(hit.retry_after).count());
    std::string const name(gateway::limit_name(hit.limit));
    std::string const scope(gateway::scope_name(hit.scope));
    json::object body;
    body["message"] = "The " + scope + "'s limit " + name + " is reached";
    body["error"] = reason_phrase(429);
    body["statusCode"] = 429;
    body["limit"] = name;
    body["scope"] = scope;
    body["max"] = hit.most;
    auto response = json_response(429, body);
    response.headers.add("Retry-After", std::to_string(seconds));
    auto policy = '"' + name + "\";q=" + std::to_string(hit.most);
    if (auto const window = window_of(hit.limit)) policy += ";w=" + std::to_string(window);
    response.headers.add("RateLimit-Policy", std::move(policy));
    response.headers.add("RateLimit", '"' + name + "\";r=0;t=" + std::to_string(seconds));
    return response;
}

} // namespace wagate::http
