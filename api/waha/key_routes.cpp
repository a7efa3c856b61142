#include "api/waha/key_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/key_answers.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/base/time.hpp"

#include <functional>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::KeyRights;
using http::Response;
using http::Scope;
using http::Scopes;
using http::Shape;

Shape const& key_shape()
{
    static Shape const shape{{Field::boolean("isAdmin"), Field::text("session").size_between(1, 64),
                              Field::boolean("isActive"), actions_field(),
                              Field::integer("expiresAt").between(1, latest_expiry)}};
    return shape;
}

Shape const& narrow_shape()
{
    static Shape const shape{{Field::text("session").required().size_between(1, 64)}};
    return shape;
}

/// Problems are appended.
KeyRights rights_in(json::object const& body, std::vector<std::string>& problems)
{
    KeyRights rights;
    bool const is_admin = http::flag_at(body, "isAdmin", false);
    auto const session = http::text_at(body, "session");
    if (is_admin && session) problems.emplace_back("session must be null for an admin key");
    if (!is_admin && !session) problems.emplace_back("session should not be empty when isAdmin is false");
    if (!is_admin && session) rights.session = SessionName(*session);
    if (auto const* actions = http::object_at(body, "actions"); actions != nullptr && !is_admin)
        rights.scopes = scopes_in(*actions);
    rights.is_active = http::flag_at(body, "isActive", true);
    if (auto const expires = http::number_at(body, "expiresAt"))
        rights.expires = wall_from_milliseconds(static_cast<std::int64_t>(*expires));
    return rights;
}

/// @param key shown when it is known
json::object key_json(http::KeyFacts const& facts, std::string const* key = nullptr)
{
    auto const& rights = facts.rights;
    json::object out;
    out["id"] = facts.id;
    out["key"] = key != nullptr ? *key : "…" + facts.hint;
    out["isActive"] = rights.is_active;
    out["isAdmin"] = !rights.session.has_value();
    out["session"] = nullptr;
    if (rights.session) out["session"] = rights.session->value;
    out["actions"] = nullptr;
    if (rights.scopes) out["actions"] = actions_json(*rights.scopes);
    out["expiresAt"] = nullptr;
    if (rights.expires) out["expiresAt"] = unix_milliseconds(*rights.expires);
    out["createdAt"] = unix_milliseconds(facts.created);
    return out;
}

} // namespace

Field actions_field()
{
    Shape shape;
    for (auto const name : http::names_of(Scopes::of_session()))
        shape.fields.push_back(Field::boolean(std::string(name)));
    return Field::object("actions", std::move(shape));
}

/// What is not named is as usual: all but deleting the session.
Scopes scopes_in(json::object const& actions)
{
    Scopes scopes;
    for (auto const name : http::names_of(Scopes::of_session())) {
        auto const scope = *http::scope_named(name);
        if (http::flag_at(actions, name, Scopes::usual().contains(scope))) scopes = scopes | scope;
    }
    return scopes;
}

json::object actions_json(Scopes scopes)
{
    json::object out;
    for (auto const name : http::names_of(Scopes::of_session()))
        out[name] = scopes.contains(*http::scope_named(name));
    return out;
}

void KeyRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/keys", &KeyRoutes::list);
    add("POST", "/api/keys", &KeyRoutes::create);
    add("PUT", "/api/keys/{id}", &KeyRoutes::change);
    add("DELETE", "/api/keys/{id}", &KeyRoutes::erase);
    add("POST", "/api/keys/media", &KeyRoutes::media);
    add("POST", "/api/keys/control", &KeyRoutes::control);
}

Task<Response> KeyRoutes::list(Call call)
{
    json::array out;
    for (auto const& facts : keys_.keys(call.principal.tenant))
        out.push_back(key_json(facts));
    co_return http::json_response(200, out);
}

Task<Response> KeyRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, key_shape(), unknown_, problems);
    auto rights = problems.empty() ? rights_in(body, problems) : KeyRights{};
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto creating = keys_.create_key(call.principal.tenant, std::move(rights));
    auto const created = co_await std::move(creating);
    if (!created) co_return key_rejection(created.error());
    co_return http::json_response(201, key_json(created->facts, &created->key));
}

Task<Response> KeyRoutes::change(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, key_shape(), unknown_, problems);
    auto rights = problems.empty() ? rights_in(body, problems) : KeyRights{};
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const& id = call.parameter("id");
    // What this view of a key does not show stays as it is.
    for (auto& facts : keys_.keys(call.principal.tenant)) {
        if (facts.id != id) continue;
        rights.name = std::move(facts.rights.name);
        rights.networks = std::move(facts.rights.networks);
        if (rights.session == facts.rights.session)
            rights.more_sessions = std::move(facts.rights.more_sessions);
    }
    if (id == call.principal.key_id && (rights.session || !rights.is_active))
        co_return http::problem(422, "A key cannot take its own rights away");
    auto changing = keys_.change_key(call.principal.tenant, id, std::move(rights));
    auto const changed = co_await std::move(changing);
    if (!changed) co_return key_rejection(changed.error());
    co_return http::json_response(200, key_json(*changed));
}

Task<Response> KeyRoutes::erase(Call call)
{
    return erase_key(keys_, std::move(call));
}

Task<Response> KeyRoutes::media(Call call)
{
    return narrow(std::move(call), "key_id_media_", Scopes());
}

Task<Response> KeyRoutes::control(Call call)
{
    return narrow(std::move(call), "key_id_control_", Scope::control);
}

Task<Response> KeyRoutes::narrow(Call call, std::string prefix, Scopes scopes)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, narrow_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, *http::text_at(body, "session"));
    auto asking = gateway_.session_info(session);
    auto const info = co_await std::move(asking);
    if (!info) co_return rejection_response(info.error(), session.name.value, Subject::action);
    KeyRights rights;
    rights.session = session.name;
    rights.scopes = scopes;
    auto deriving = keys_.derived_key(session.tenant, prefix + session.name.value, std::move(rights));
    auto const key = co_await std::move(deriving);
    if (!key) co_return key_rejection(key.error());
    co_return http::json_response(201, key_json(key->facts, &key->key));
}

} // namespace wagate::waha
