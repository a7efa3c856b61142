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
                              Field::list("apps", app_field("app")).size_between(0, 32), config_field()}};
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

Response session_rejection(gateway::Rejection const& rejection, SessionKey const& session)
{
    return rejection_response(rejection, session.name.value, Subject::session);
}

bool wants_apps(http::Query const& query)
{
    return std::any_of(query.begin(), query.end(), [](auto const& parameter) {
        auto const& [name, value] = parameter;
        return (name == "expand" || name == "expand[]") && value.find("apps") != std::string::npos;
    });
}

/// A key that may not manage apps, or would get one with more rights than its own.
bool may_make(http::Principal const& caller, std::optional<std::vector<gateway::App>> const& apps)
{
    if (!apps) return true;
    return caller.may(http::Scope::app) && std::all_of(apps->begin(), apps->end(), [&](auto const& app) {
               return caller.may(key_scopes(app));
           });
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

Task<json::object> SessionRoutes::shown(SessionInfo info, bool expanded, http::Principal caller)
{
    auto out = session_json(info);
    out["assignedWorker"] = worker_;
    if (expanded && caller.may(http::Scope::app)) { // they hold tokens of other services
        auto showing = apps_.shown(info.key, std::move(caller));
        out["apps"] = co_await std::move(showing);
    }
    co_return out;
}

Task<Response> SessionRoutes::answer(unsigned status, Outcome<SessionInfo> outcome, SessionKey session)
{
    if (!outcome) co_return session_rejection(outcome.error(), session);
    auto showing = shown(std::move(*outcome), false, {});
    co_return http::json_response(status, co_await std::move(showing));
}

Task<Response> SessionRoutes::answer_with_apps(unsigned status, SessionInfo info,
                                               std::optional<std::vector<gateway::App>> apps)
{
    auto const session = info.key;
    if (apps) {
        auto replacing = apps_.replace(session, std::move(*apps));
        auto const replaced = co_await std::move(replacing);
        if (!replaced) co_return session_rejection(replaced.error(), session);
    }
    auto showing = shown(std::move(info), false, {});
    co_return http::json_response(status, co_await std::move(showing));
}

Task<Response> SessionRoutes::list(Call call)
{
    std::vector<std::string> problems;
    bool const all = http::QueryRules(call.query, problems).flag("all").value_or(false);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const sessions = co_await gateway_.list_sessions(call.principal.tenant, all);
    json::array out;
    for (auto const& info : sessions) {
        if (!call.principal.may_use(info.key.name)) continue;
        auto showing = shown(info, wants_apps(call.query), call.principal);
        out.push_back(co_await std::move(showing));
    }
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
    auto apps = apps_.apps_in(body, session, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (!may_make(call.principal, apps)) co_return http::forbidden();
    auto config = config_in(body);
    auto creating = gateway_.create_session(session, std::move(config), start);
    auto outcome = co_await std::move(creating);
    if (!outcome) co_return session_rejection(outcome.error(), session);
    auto answering = answer_with_apps(201, std::move(*outcome), std::move(apps));
    co_return co_await std::move(answering);
}

Task<Response> SessionRoutes::show(Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await gateway_.session_info(session);
    if (!outcome) co_return session_rejection(outcome.error(), session);
    auto showing = shown(*outcome, wants_apps(call.query), call.principal);
    co_return http::json_response(200, co_await std::move(showing));
}

Task<Response> SessionRoutes::replace(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, session_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto apps = apps_.apps_in(body, session, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (!may_make(call.principal, apps)) co_return http::forbidden();
    auto config = config_in(body);
    if (hides_password(config)) {
        auto const before = co_await gateway_.session_info(session);
        if (before) take_password(config, before->config);
    }
    auto updating = gateway_.update_session(session, std::move(config));
    auto outcome = co_await std::move(updating);
    if (!outcome) co_return session_rejection(outcome.error(), session);
    auto answering = answer_with_apps(200, std::move(*outcome), std::move(apps));
    co_return co_await std::move(answering);
}

Task<Response> SessionRoutes::erase(Call call)
{
    auto const session = session_of(call);
    auto removing = apps_.replace(session, {});
    auto const removed = co_await std::move(removing);
    if (!removed && removed.error().code != gateway::GatewayErrc::not_found)
        co_return session_rejection(removed.error(), session);
    auto const outcome = co_await gateway_.delete_session(session);
    // Idempotent: what does not exist is deleted.
    if (outcome || outcome.error().code == gateway::GatewayErrc::session_not_found) co_return empty(200);
    co_return rejection_response(outcome.error(), session.name.value, Subject::session);
}

Task<Response> SessionRoutes::me(Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await gateway_.session_info(session);
    if (!outcome) co_return session_rejection(outcome.error(), session);
    co_return http::json_response(200, me_json(outcome->me));
}

Task<Response> SessionRoutes::act(Action action, Call call)
{
    auto const session = session_of(call);
    auto const outcome = co_await (gateway_.*action)(session);
    co_return co_await answer(201, outcome, session);
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
        co_return co_await answer(201, created, session);
    if (http::object_at(body, "config")) {
        if (hides_password(config)) {
            auto const before = co_await gateway_.session_info(session);
            if (before) take_password(config, before->config);
        }
        auto const updated = co_await gateway_.update_session(session, std::move(config));
        if (!updated) co_return co_await answer(201, updated, session);
    }
    auto const started = co_await gateway_.start_session(session);
    co_return co_await answer(201, started, session);
}

Task<Response> SessionRoutes::deprecated_stop(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, deprecated_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (http::flag_at(body, "logout", false)) {
        if (!call.principal.may(http::Scope::erase)) co_return http::forbidden();
        co_return co_await deprecated_logout(std::move(call));
    }
    auto const session = session_in(call, *http::text_at(body, "name"));
    auto const outcome = co_await gateway_.stop_session(session);
    if (!outcome) co_return session_rejection(outcome.error(), session);
    co_return empty(201);
}

Task<Response> SessionRoutes::deprecated_logout(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, deprecated_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, *http::text_at(body, "name"));
    auto removing = apps_.replace(session, {});
    auto const removed = co_await std::move(removing);
    if (!removed && removed.error().code != gateway::GatewayErrc::not_found)
        co_return session_rejection(removed.error(), session);
    auto const outcome = co_await gateway_.delete_session(session);
    if (outcome || outcome.error().code == gateway::GatewayErrc::session_not_found) co_return empty(201);
    co_return rejection_response(outcome.error(), session.name.value, Subject::session);
}

} // namespace wagate::waha
