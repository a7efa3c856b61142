#include "api/v1/key_routes.hpp"

#include "api/http/networks.hpp"
#include "api/http/problem.hpp"
#include "api/waha/key_answers.hpp"

#include <functional>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::KeyFacts;
using http::KeyRights;
using http::Response;
using http::Scopes;
using waha::key_rejection;

constexpr double longest_overlap = 30 * 86'400;
constexpr std::size_t most_sessions = 100;
constexpr std::size_t most_networks = 50;

bool is_session_name(json::value const& value)
{
    auto const& name = value.get_string();
    return !name.empty() && name.size() <= 64 && name.find('\n') == json::string::npos;
}

bool is_scope(json::value const& value)
{
    auto const& name = value.get_string();
    return http::scope_named(std::string_view(name.data(), name.size())).has_value();
}

bool is_network(json::value const& value)
{
    return http::Networks::parse({std::string(value.get_string())}).has_value();
}

/// Null takes a limit away again, which the shape cannot tell from a missing field: see has_null.
http::Shape const& key_shape()
{
    static http::Shape const shape{
        {Field::text("name").size_between(0, 256),
         Field::list("sessions", Field::text("").must(is_session_name, "must be the name of a session"))
             .size_between(1, most_sessions),
         Field::list("scopes",
                     Field::text("").must(is_scope, "must be one of read, send, control, setting, app, "
                                                    "delete, tenant")),
         Field::list("networks", Field::text("").must(is_network, "must be a network like 10.0.0.0/8"))
             .size_between(0, most_networks),
         Field::boolean("isActive"), Field::integer("expiresAt").between(1, waha::latest_expiry)}};
    return shape;
}

http::Shape const& rotate_shape()
{
    static http::Shape const shape{{Field::number("overlap_seconds").between(0, longest_overlap)}};
    return shape;
}

bool has_null(std::string_view body, std::string_view name)
{
    auto const parsed = http::parse_json(body);
    if (!parsed || !parsed->is_object()) return false;
    auto const* given = parsed->get_object().if_contains(name);
    return given != nullptr && given->is_null();
}

std::vector<std::string> texts_in(json::array const& list)
{
    std::vector<std::string> texts;
    for (auto const& one : list)
        texts.emplace_back(one.get_string());
    return texts;
}

/// What the body names replaces what there was.
void change_rights(KeyRights& rights, json::object const& body, std::string_view text)
{
    if (auto const name = http::text_at(body, "name")) rights.name = *name;
    if (auto const* sessions = http::list_at(body, "sessions")) {
        auto const names = texts_in(*sessions);
        rights.session = SessionName(names.front());
        rights.more_sessions.clear();
        for (std::size_t i = 1; i < names.size(); ++i)
            if (names[i] != names.front()) rights.more_sessions.emplace_back(names[i]);
    } else if (has_null(text, "sessions")) {
        rights.session.reset();
        rights.more_sessions.clear();
    }
    if (auto const* scopes = http::list_at(body, "scopes")) {
        rights.scopes = Scopes();
        for (auto const& name : texts_in(*scopes))
            rights.scopes = *rights.scopes | *http::scope_named(name);
    } else if (has_null(text, "scopes")) {
        rights.scopes.reset();
    }
    if (auto const* networks = http::list_at(body, "networks"))
        rights.networks = texts_in(*networks);
    else if (has_null(text, "networks"))
        rights.networks.clear();
    rights.is_active = http::flag_at(body, "isActive", rights.is_active);
    if (auto const expires = http::number_at(body, "expiresAt"))
        rights.expires = wall_from_milliseconds(static_cast<std::int64_t>(*expires));
    else if (has_null(text, "expiresAt"))
        rights.expires.reset();
}

/// What a key of sessions could never use is refused instead of ignored.
void check_rights(KeyRights const& rights, std::vector<std::string>& problems)
{
    if (rights.session && rights.scopes && rights.scopes->contains(http::Scope::tenant))
        problems.emplace_back("scopes must not contain tenant where sessions are named");
}

Scopes scopes_of(KeyRights const& rights)
{
    return rights.scopes.value_or(rights.session ? Scopes::usual() : Scopes::all());
}

json::value time_json(std::optional<WallTime> const& time)
{
    if (!time) return nullptr;
    return unix_milliseconds(*time);
}

/// @param key shown when it is known
json::object key_json(KeyFacts const& facts, std::string const* key = nullptr)
{
    auto const& rights = facts.rights;
    json::object out;
    out["id"] = facts.id;
    if (key != nullptr) out["key"] = *key;
    out["hint"] = facts.hint;
    out["name"] = rights.name;
    out["sessions"] = nullptr;
    if (rights.session) {
        json::array sessions;
        sessions.emplace_back(rights.session->value);
        for (auto const& session : rights.more_sessions)
            sessions.emplace_back(session.value);
        out["sessions"] = std::move(sessions);
    }
    json::array scopes;
    for (auto const name : http::names_of(scopes_of(rights)))
        scopes.emplace_back(name);
    out["scopes"] = std::move(scopes);
    json::array networks;
    for (auto const& network : rights.networks)
        networks.emplace_back(network);
    out["networks"] = std::move(networks);
    out["isActive"] = rights.is_active;
    out["expiresAt"] = time_json(rights.expires);
    out["createdAt"] = unix_milliseconds(facts.created);
    out["lastUsedAt"] = time_json(facts.last_used);
    out["previousKeyUntil"] = time_json(facts.previous_until);
    return out;
}

} // namespace

void KeyRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/v1/keys", &KeyRoutes::list);
    add("POST", "/api/v1/keys", &KeyRoutes::create);
    add("GET", "/api/v1/keys/{id}", &KeyRoutes::show);
    add("PATCH", "/api/v1/keys/{id}", &KeyRoutes::change);
    add("DELETE", "/api/v1/keys/{id}", &KeyRoutes::erase);
    add("POST", "/api/v1/keys/{id}/rotate", &KeyRoutes::rotate);
}

std::optional<KeyFacts> KeyRoutes::find(Call const& call) const
{
    auto const& id = call.parameter("id");
    for (auto& facts : keys_.keys(call.principal.tenant))
        if (facts.id == id) return std::move(facts);
    return std::nullopt;
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
    KeyRights rights;
    if (problems.empty()) change_rights(rights, body, call.request.body);
    check_rights(rights, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto creating = keys_.create_key(call.principal.tenant, std::move(rights));
    auto const created = co_await std::move(creating);
    if (!created) co_return key_rejection(created.error());
    co_return http::json_response(201, key_json(created->facts, &created->key));
}

Task<Response> KeyRoutes::show(Call call)
{
    auto const facts = find(call);
    if (!facts) co_return key_rejection(http::KeyErrc::key_not_found);
    co_return http::json_response(200, key_json(*facts));
}

Task<Response> KeyRoutes::change(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, key_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const before = find(call);
    if (!before) co_return key_rejection(http::KeyErrc::key_not_found);
    auto rights = before->rights;
    change_rights(rights, body, call.request.body);
    check_rights(rights, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    bool const loses =
        !rights.is_active || rights.session || !scopes_of(rights).contains(scopes_of(before->rights));
    if (before->id == call.principal.key_id && loses)
        co_return http::problem(422, "A key cannot take its own rights away");
    auto changing = keys_.change_key(call.principal.tenant, before->id, std::move(rights));
    auto const changed = co_await std::move(changing);
    if (!changed) co_return key_rejection(changed.error());
    co_return http::json_response(200, key_json(*changed));
}

Task<Response> KeyRoutes::erase(Call call)
{
    return waha::erase_key(keys_, std::move(call));
}

Task<Response> KeyRoutes::rotate(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, rotate_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const seconds = http::number_at(body, "overlap_seconds").value_or(0);
    Milliseconds const overlap{static_cast<std::int64_t>(seconds * 1000)};
    auto rotating = keys_.rotate_key(call.principal.tenant, call.parameter("id"), overlap);
    auto const rotated = co_await std::move(rotating);
    if (!rotated) co_return key_rejection(rotated.error());
    co_return http::json_response(200, key_json(rotated->facts, &rotated->key));
}

} // namespace wagate::v1
