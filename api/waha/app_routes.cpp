#include "api/waha/app_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/key_routes.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/apps/chatwoot.hpp"
#include "gateway/session/refused.hpp"

#include <algorithm>
#include <functional>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using gateway::App;
using gateway::GatewayErrc;
using gateway::Outcome;
using http::Access;
using http::Call;
using http::Response;

constexpr std::size_t most_apps = 32; ///< of a session

bool is_mcp(App const& app) noexcept
{
    return std::holds_alternative<gateway::McpApp>(app.work);
}

std::string key_id(App const& app)
{
    return "key_id_mcp_" + app.id;
}

Response app_rejection(gateway::Rejection const& rejection, std::string_view session)
{
    return rejection_response(rejection, session, Subject::action);
}

json::value const* member(json::value const& value, std::string_view name)
{
    auto const* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
}

std::string text_of(json::value const* value)
{
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    if (value->is_int64()) return std::to_string(value->get_int64());
    return {};
}

/// A message that an agent wrote for the customer; nothing for everything else that Chatwoot tells.
std::optional<gateway::AgentMessage> agent_message(json::value const& told)
{
    auto const* is_private = member(told, "private");
    auto const source = text_of(member(told, "source_id"));
    if (text_of(member(told, "event")) != "message_created" ||
        text_of(member(told, "message_type")) != "outgoing" ||
        (is_private != nullptr && is_private->is_bool() && is_private->get_bool()) ||
        source.starts_with(gateway::chatwoot_echo_mark))
        return std::nullopt;
    auto const* conversation = member(told, "conversation");
    auto const* inbox = conversation == nullptr ? nullptr : member(*conversation, "contact_inbox");
    gateway::AgentMessage message;
    if (inbox != nullptr) message.chat = text_of(member(*inbox, "source_id"));
    message.text = text_of(member(told, "content"));
    message.id = text_of(member(told, "id"));
    if (message.chat.empty() || message.text.empty() || message.id.empty()) return std::nullopt;
    return message;
}

} // namespace

http::Scopes key_scopes(App const& app)
{
    if (!is_mcp(app)) return {};
    if (auto const config = http::parse_json(app.config_json); config && config->is_object()) {
        if (auto const* actions = http::object_at(config->get_object(), "actions"))
            return scopes_in(*actions);
    }
    return http::Scopes::usual();
}

std::optional<std::vector<App>> AppDesk::apps_in(json::object const& body, SessionKey const& session,
                                                 std::vector<std::string>& problems) const
{
    auto const* given = http::list_at(body, "apps");
    if (given == nullptr) return std::nullopt;
    std::vector<App> apps;
    for (std::size_t i = 0; i < given->size(); ++i) {
        auto const prefix = "apps." + std::to_string(i) + ".";
        auto app = to_app((*given)[i].get_object(), session, unknown_, prefix, problems);
        if (!app) continue;
        auto const same = [&](App const& other) { return other.id == app->id; };
        if (std::any_of(apps.begin(), apps.end(), same)) problems.push_back(prefix + "id must be unique");
        apps.push_back(std::move(*app));
    }
    return apps;
}

Task<Outcome<void>> AppDesk::put(App app)
{
    if (apps_.apps_of(app.session).size() >= most_apps && !apps_.find(app.session.tenant, app.id))
        co_return gateway::refused(GatewayErrc::not_possible, "A session has at most 32 apps");
    auto putting = apps_.put(app);
    auto const done = co_await std::move(putting);
    if (!done) co_return done.error();
    if (is_mcp(app)) {
        auto making = key_of(app);
        auto const key = co_await std::move(making);
        if (!key) co_return gateway::refused(GatewayErrc::storage_failed, "the key could not be stored");
    }
    co_return Outcome<void>();
}

Task<Outcome<void>> AppDesk::erase(App app)
{
    if (is_mcp(app)) {
        auto erasing = keys_.erase_key(app.session.tenant, key_id(app));
        auto const erased = co_await std::move(erasing);
        if (!erased && erased.error() != http::KeyErrc::key_not_found)
            co_return gateway::refused(GatewayErrc::storage_failed, "the key could not be stored");
    }
    auto erasing = apps_.erase(app.session, app.id);
    co_return co_await std::move(erasing);
}

Task<Outcome<void>> AppDesk::replace(SessionKey session, std::vector<App> apps)
{
    for (auto& old : apps_.apps_of(session)) {
        auto const same = [&](App const& app) { return app.id == old.id; };
        if (std::any_of(apps.begin(), apps.end(), same)) continue;
        auto erasing = erase(std::move(old));
        auto const erased = co_await std::move(erasing);
        if (!erased) co_return erased.error();
    }
    for (auto& app : apps) {
        auto putting = put(std::move(app));
        auto const done = co_await std::move(putting);
        if (!done) co_return done.error();
    }
    co_return Outcome<void>();
}

Task<Result<http::KeyWithSecret>> AppDesk::key_of(App app)
{
    http::KeyRights rights;
    rights.session = app.session.name;
    rights.scopes = key_scopes(app);
    rights.is_active = app.enabled;
    auto deriving = keys_.derived_key(app.session.tenant, key_id(app), std::move(rights));
    co_return co_await std::move(deriving);
}

Task<json::object> AppDesk::shown(App app, http::Principal caller)
{
    auto out = app_json(app);
    if (is_mcp(app) && caller.may(key_scopes(app))) {
        auto making = key_of(app);
        auto const key = co_await std::move(making);
        auto& config = out["config"].as_object();
        config["key_id"] = nullptr;
        config["key"] = nullptr;
        if (key) {
            config["key_id"] = key->facts.id;
            config["key"] = key->key;
        }
    }
    co_return out;
}

Task<json::array> AppDesk::shown(SessionKey session, http::Principal caller)
{
    json::array out;
    for (auto& app : apps_.apps_of(session)) {
        auto showing = shown(std::move(app), caller);
        out.push_back(co_await std::move(showing));
    }
    co_return out;
}

void AppRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/apps", &AppRoutes::list);
    add("POST", "/api/apps", &AppRoutes::create);
    add("GET", "/api/apps/{id}", &AppRoutes::show);
    add("PUT", "/api/apps/{id}", &AppRoutes::change);
    add("DELETE", "/api/apps/{id}", &AppRoutes::erase);
    // The id is the secret: Chatwoot sends no key.
    router.add("POST", "/webhooks/chatwoot/{session}/{id}", Access::open,
               std::bind_front(&AppRoutes::chatwoot, this));
}

std::optional<App> AppRoutes::app_of(Call const& call) const
{
    auto app = desk_.apps().find(call.principal.tenant, call.parameter("id"));
    if (!app || !call.principal.may_use(app->session.name)) return std::nullopt;
    return app;
}

Task<Response> AppRoutes::list(Call call)
{
    std::vector<std::string> problems;
    auto const name = http::QueryRules(call.query, problems).required_text("session");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, name);
    auto asking = gateway_.session_info(session);
    auto const info = co_await std::move(asking);
    if (!info) co_return app_rejection(info.error(), name);
    auto showing = desk_.shown(session, call.principal);
    co_return http::json_response(200, co_await std::move(showing));
}

Task<Response> AppRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, app_shape(), desk_.unknown(), problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, http::text_at(body, "session").value_or("default"));
    auto app = to_app(body, session, desk_.unknown(), "", problems);
    if (!app) co_return http::invalid_request(problems);
    if (!call.principal.may(key_scopes(*app))) co_return http::forbidden();
    if (desk_.apps().find(session.tenant, app->id))
        co_return http::problem(422, "App '" + app->id + "' already exists. Use PUT to update it.");
    auto putting = desk_.put(*app);
    auto const done = co_await std::move(putting);
    if (!done) co_return app_rejection(done.error(), session.name.value);
    auto showing = desk_.shown(*app, call.principal);
    co_return http::json_response(201, co_await std::move(showing));
}

Task<Response> AppRoutes::show(Call call)
{
    auto app = app_of(call);
    if (!app) co_return http::problem(404, "App not found");
    auto showing = desk_.shown(std::move(*app), call.principal);
    co_return http::json_response(200, co_await std::move(showing));
}

Task<Response> AppRoutes::change(Call call)
{
    auto const old = app_of(call);
    if (!old) co_return http::problem(404, "App not found");
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, app_shape(), desk_.unknown(), problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (http::text_at(body, "id") != old->id) problems.emplace_back("id must be the one of the path");
    if (http::text_at(body, "session").value_or(old->session.name.value) != old->session.name.value)
        problems.emplace_back("session cannot be changed");
    if (http::text_at(body, "app") != gateway::app_kind(*old)) problems.emplace_back("app cannot be changed");
    auto app = to_app(body, old->session, desk_.unknown(), "", problems);
    if (!problems.empty() || !app) co_return http::invalid_request(problems);
    if (!call.principal.may(key_scopes(*app))) co_return http::forbidden();
    auto putting = desk_.put(*app);
    auto const done = co_await std::move(putting);
    if (!done) co_return app_rejection(done.error(), old->session.name.value);
    auto showing = desk_.shown(*app, call.principal);
    co_return http::json_response(200, co_await std::move(showing));
}

Task<Response> AppRoutes::erase(Call call)
{
    auto app = app_of(call);
    if (!app) co_return http::problem(404, "App not found");
    auto const session = app->session.name.value;
    auto erasing = desk_.erase(std::move(*app));
    auto const erased = co_await std::move(erasing);
    if (!erased) co_return app_rejection(erased.error(), session);
    co_return Response{};
}

Task<Response> AppRoutes::chatwoot(Call call)
{
    std::optional<TenantId> tenant;
    if (auto const named = call.query.find("tenant")) tenant.emplace(std::string(*named));
    auto const app = desk_.apps().find_secret(tenant, call.parameter("session"), call.parameter("id"));
    if (!app || !app->enabled || !std::holds_alternative<gateway::ChatwootApp>(app->work))
        co_return http::problem(404, "App not found");
    auto const told = http::parse_json(call.request.body);
    if (!told || !told->is_object()) co_return http::invalid_request({"the body must be a JSON object"});
    if (auto message = agent_message(*told)) {
        auto const session = app->session.name.value;
        auto sending = desk_.apps().send(*app, std::move(*message));
        auto const sent = co_await std::move(sending);
        if (!sent) co_return app_rejection(sent.error(), session);
    }
    json::object out;
    out["success"] = true;
    co_return http::json_response(200, out);
}

} // namespace wagate::waha
