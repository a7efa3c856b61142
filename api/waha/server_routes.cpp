#include "api/waha/server_routes.hpp"

#include "api/http/json.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Response;

json::object check_json(bool up, std::string_view message)
{
    json::object out;
    out["status"] = up ? "up" : "down";
    if (!message.empty()) out["message"] = message;
    return out;
}

bool is_ready(gateway::Gateway::Health const& health) noexcept
{
    return health.ok && health.storage_ok && !health.storage_full && !health.draining;
}

Response health_response(gateway::Gateway::Health const& health)
{
    json::object info;
    json::object error;
    json::object details;
    auto const put = [&](std::string_view name, bool up, std::string_view message) {
        (up ? info : error)[name] = check_json(up, message);
        details[name] = check_json(up, message);
    };
    bool const is_full = health.storage_ok && health.storage_full;
    put("storage", health.storage_ok && !is_full, is_full ? "the disk is full" : "");
    put("gateway", health.ok, "");
    bool const ok = is_ready(health);
    json::object body;
    body["status"] = ok ? "ok" : "error";
    if (health.draining) body["status"] = "shutting_down";
    body["info"] = std::move(info);
    body["error"] = std::move(error);
    body["details"] = std::move(details);
    return http::json_response(ok ? 200 : 503, body);
}

WallTime now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

} // namespace

ServerRoutes::ServerRoutes(gateway::Gateway& gateway, Identity identity, WallTime started)
    : gateway_(gateway), identity_(std::move(identity)), started_(started)
{}

void ServerRoutes::add_to(http::Router& router)
{
    router.add("GET", "/ping", Access::open, std::bind_front(&ServerRoutes::ping, this));
    router.add("GET", "/health", Access::open, std::bind_front(&ServerRoutes::health, this));
    router.add("GET", "/livez", Access::open, std::bind_front(&ServerRoutes::live, this));
    router.add("GET", "/readyz", Access::open, std::bind_front(&ServerRoutes::ready, this));
    router.add("GET", "/api/server/version", Access::tenant, std::bind_front(&ServerRoutes::version, this));
    router.add("GET", "/api/version", Access::tenant, std::bind_front(&ServerRoutes::version, this));
    router.add("GET", "/api/server/status", Access::tenant, std::bind_front(&ServerRoutes::status, this));
}

Task<Response> ServerRoutes::ping(Call)
{
    json::object body;
    body["message"] = "pong";
    co_return http::json_response(200, body);
}

Task<Response> ServerRoutes::health(Call)
{
    auto const health = co_await gateway_.health();
    co_return health_response(health);
}

/// That this is answered is the answer.
Task<Response> ServerRoutes::live(Call)
{
    json::object body;
    body["status"] = "ok";
    co_return http::json_response(200, body);
}

Task<Response> ServerRoutes::ready(Call)
{
    auto const health = co_await gateway_.health();
    bool const ok = is_ready(health);
    json::object body;
    body["status"] = ok ? "ok" : "unavailable";
    co_return http::json_response(ok ? 200 : 503, body);
}

Task<Response> ServerRoutes::version(Call)
{
    co_return http::json_response(200, environment(identity_));
}

Task<Response> ServerRoutes::status(Call)
{
    json::object worker;
    worker["id"] = identity_.worker;
    json::object body;
    body["startTimestamp"] = unix_milliseconds(started_);
    body["uptime"] = (now() - started_).count();
    body["worker"] = std::move(worker);
    co_return http::json_response(200, body);
}

} // namespace wagate::waha
