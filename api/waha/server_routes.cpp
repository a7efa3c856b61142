#include "api/waha/server_routes.hpp"

#include "api/http/json.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Response;

json::object check_json(bool up)
{
    json::object out;
    out["status"] = up ? "up" : "down";
    return out;
}

Response health_response(gateway::Gateway::Health const& health)
{
    json::object info;
    json::object error;
    json::object details;
    auto const put = [&](std::string_view name, bool up) {
        (up ? info : error)[name] = check_json(up);
        details[name] = check_json(up);
    };
    put("storage", health.storage_ok);
    put("gateway", health.ok);
    bool const ok = health.ok && health.storage_ok;
    json::object body;
    body["status"] = ok ? "ok" : "error";
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
