#include "api/waha/session_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/session_config.hpp"
#include "api/waha/session_json.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>
#include <functional>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using gateway::Gateway;
using gateway::Outcome;
using gateway::SessionConfig;
using gateway::SessionInfo;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using http::Shape;

constexpr std::string_view no_apps = "are not supported by this server";

bool is_session_name(json::value const& value)
{
    auto const& name = value.get_string();
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_';
    });
}

Field name_field()
{
    return Field::text("name").size_between(1, 64).must(is_session_name,
                                                        "must consist of letters, digits, '-' and '_'");
}

Shape const& session_shape()
{
    static Shape const shape{{name_field(), Field::boolean("start"),
                              Field::refused("apps", std::string(no_apps)), config_field()}};
    return shape;
}

Shape const& deprecated_shape()
{
    static Shape const shape{{name_field().required(), Field::boolean("logout"), config_field()}};
    return shape;
}

SessionConfig config_in(json::object const& body)
{
    auto const* config = http::object_at(body, "config");
    if (config) return to_session_config(*config);
    return to_session_config(json::object());
}

std::string generated_name()
{
    crypto::SystemRandom random;
    return "session_" + hex_encode(random.bytes(16));
}

Response empty(unsigned status)
{
    Response response;
    response.status = status;
    return response;
}

Response session_response(unsigned status, Outcome<SessionInfo> const& outcome, SessionKey const& session)
{
    if (!outcome) return rejection_response(outcome.error(), session.name.value, Subject::session);
    return http::json_response(status, session_json(*outcome));
}

Apps apps_in(http::Query const& query)
{
    for (auto const& [name, value] : query) {
        if ((name == "expand" || name == "expand[]") && value.find("apps") != std::string::npos)
            return Apps::expanded;
    }
    return Apps::left_out;
}

} // namespace

void SessionRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    auto const add_action = [&](char const* path, Action action) {
        router.add("POST", path, Access::tenant, std::bind_front(&SessionRoutes::act, this, action));
    };
    add("GET", "/api/sessions", &SessionRoutes::list);
    add("POST", "/api/sessions", &SessionRoutes::create);
    add("GET", "/api/sessions/{session}", &SessionRoutes::show);
    add("PUT", "/api/sessions/{session}", &SessionRoutes::replace);
    add("DELETE", "/api/sessions/{session}", &SessionRoutes::erase);
    add("GET", "/api/sessions/{session}/me", &SessionRoutes::me);
    add_action("/api/sessions/{session}/start", &Gateway::start_session);
    add_action("/api/sessions/{session}/stop", &Gateway::stop_session);
    add_action("/api/sessions/{session}/restart", &Gateway::restart_session);
    add_action("/api/sessions/{session}/logout", &Gateway::logout_session);
    add("POST", "/api/sessions/start", &SessionRoutes::deprecated_start);
    add("POST", "/api/sessions/stop", &SessionRoutes::deprecated_stop);
    add("POST", "/api/sessions/logout", &SessionRoutes::deprecated_logout);
}

Task<Response> SessionRoutes::list(Call call)
{
    std::vector<std::string> problems;
    bool const all = http::QueryRules(call.query, problems).flag("all").value_or(false);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const sessions = co_await gateway_.list_sessions(call.principal.tenant, all);
    json::array out;
    for (auto const& info : sessions)
        out.emplace_back(session_json(info, apps_in(call.query)));
    co_return http::json_response(200, out);
}

Task<Response> SessionRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, session_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto name = http::text_at(body, "name");
    if (!name) name = generated_name();
    auto const session = session_in(call, *name);
    bool const start = http::flag_at(body, "start", true);
    auto config = config_in(body);
    auto const outcome = co_await gateway_.create_session(session, std::move(config), start);
    co_return session_response(201, outcome, session);
}

Task<Response> SessionRoutes::show(Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await gateway_.session_info(session);
    if (!outcome) co_return session_response(200, outcome, session);
    co_return http::json_response(200, session_json(*outcome, apps_in(call.query)));
}

Task<Response> SessionRoutes::replace(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, session_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto config = config_in(body);
    auto const outcome = co_await gateway_.update_session(session, std::move(config));
    co_return session_response(200, outcome, session);
}

Task<Response> SessionRoutes::erase(Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await gateway_.delete_session(session);
    // Idempotent: what does not exist is deleted.
    if (outcome || outcome.error().code == gateway::GatewayErrc::session_not_found) co_return empty(200);
    co_return rejection_response(outcome.error(), session.name.value, Subject::session);
}

Task<Response> SessionRoutes::me(Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await gateway_.session_info(session);
    if (!outcome) co_return session_response(200, outcome, session);
    co_return http::json_response(200, me_json(outcome->me));
}

Task<Response> SessionRoutes::act(Action action, Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await (gateway_.*action)(session);
    co_return session_response(201, outcome, session);
}

Task<Response> SessionRoutes::deprecated_start(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, deprecated_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, *http::text_at(body, "name"));
    auto config = config_in(body);
    auto const created = co_await gateway_.create_session(session, config, true);
    if (created || created.error().code != gateway::GatewayErrc::session_exists)
        co_return session_response(201, created, session);
    if (http::object_at(body, "config")) {
        auto const updated = co_await gateway_.update_session(session, std::move(config));
        if (!updated) co_return session_response(201, updated, session);
    }
    auto const started = co_await gateway_.start_session(session);
    co_return session_response(201, started, session);
}

Task<Response> SessionRoutes::deprecated_stop(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, deprecated_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (http::flag_at(body, "logout", false)) co_return co_await deprecated_logout(std::move(call));
    auto const session = session_in(call, *http::text_at(body, "name"));
    auto const outcome = co_await gateway_.stop_session(session);
    if (!outcome) co_return session_response(201, outcome, session);
    co_return empty(201);
}

Task<Response> SessionRoutes::deprecated_logout(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, deprecated_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, *http::text_at(body, "name"));
    auto const outcome = co_await gateway_.delete_session(session);
    if (outcome || outcome.error().code == gateway::GatewayErrc::session_not_found) co_return empty(201);
    co_return rejection_response(outcome.error(), session.name.value, Subject::session);
}

} // namespace wagate::waha
