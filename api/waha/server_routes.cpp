#include "api/waha/server_routes.hpp"

#include "api/http/json.hpp"
#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"

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

ServerRoutes::ServerRoutes(gateway::Gateway& gateway, Identity identity, WallTime started, ServerFacts facts,
                           http::UnknownFields unknown)
    : gateway_(gateway),
      identity_(std::move(identity)),
      started_(started),
      facts_(std::move(facts)),
      unknown_(unknown)
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
    router.add("GET", "/api/server/environment", Access::admin,
               std::bind_front(&ServerRoutes::environment_variables, this));
    router.add("POST", "/api/server/stop", Access::admin, std::bind_front(&ServerRoutes::stop, this));
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

Task<Response> ServerRoutes::environment_variables(Call call)
{
    std::vector<std::string> problems;
    bool const all = http::QueryRules(call.query, problems).flag("all").value_or(false);
    if (!problems.empty()) co_return http::invalid_request(problems);
    json::object body;
    for (auto const& variable : facts_.variables)
        if (all || variable.is_own) body[variable.name] = variable.value;
    co_return http::json_response(200, body);
}

Task<Response> ServerRoutes::stop(Call call)
{
    static http::Shape const shape{{http::Field::boolean("force")}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (!facts_.stop) co_return http::problem(501, "This server cannot be stopped by a request");
    facts_.stop(http::flag_at(body, "force", false));
    json::object out;
    out["stopping"] = true;
    co_return http::json_response(201, out);
}

} // namespace wagate::waha
