// Every operation of the document against every scope of a key that is limited to a session.
#include "api/route_rules.hpp"

#include "api/openapi_document.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using http::Scope;
using http::Scopes;
using test::Api;
using test::body_of;

namespace {

struct NamedScope {
    char const* name;
    Scope scope;
};
constexpr NamedScope scopes[] = {
    {"read", Scope::read},       {"send", Scope::send}, {"control", Scope::control},
    {"setting", Scope::setting}, {"app", Scope::app},   {"delete", Scope::erase},
};

struct Operation {
    std::string method;
    std::string path;
    std::string tag;
    bool is_open = false;

    std::string name() const { return method + " " + path; }
    bool in(std::initializer_list<char const*> names) const
    {
        return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return one == name(); });
    }
};

std::vector<Operation> documented()
{
    std::vector<Operation> found;
    auto const document = test::parsed(openapi_document());
    for (auto const& path : document.at("paths").as_object()) {
        for (auto const& method : path.value().as_object()) {
            Operation one;
            one.method = method.key();
            for (auto& c : one.method)
                c = static_cast<char>(std::toupper(c));
            one.path = path.key();
            one.tag = method.value().at("tags").as_array().at(0).as_string().c_str();
            one.is_open = method.value().at("security").as_array().empty();
            found.push_back(std::move(one));
        }
    }
    return found;
}

/// What WAHA says of each area (waha.md 5), said here once more, by the document's tags.
/// @return nothing: no key of a session
std::optional<Scopes> expected(Operation const& operation)
{
    auto const& tag = operation.tag;
    bool const reads = operation.method == "GET";
    if (operation.in({"POST /api/server/stop", "GET /api/server/environment"})) return std::nullopt;
    if (tag == "Api Keys" || tag == "Tenants") return std::nullopt;
    if (operation.in({"PUT /api/v1/sessions/{session}/limits"})) return std::nullopt;
    if (operation.path.starts_with("/api/v1/") && operation.path.find("{session}") == std::string::npos &&
        tag != "Events")
        return std::nullopt;
    if (operation.in({"GET /api/sessions", "GET /api/sessions/{session}", "GET /api/sessions/{session}/me",
                      "GET /api/server/version", "GET /api/server/status", "GET /api/version", "POST /mcp",
                      "GET /api/files/{session}/{file}"}))
        return Scopes();
    if (operation.in({"POST /api/sessions", "POST /api/sessions/start"}))
        return Scope::control | Scope::setting;
    if (operation.in({"DELETE /api/sessions/{session}", "POST /api/sessions/logout",
                      "DELETE /api/v1/{session}/contacts/{contactId}/data"}))
        return Scope::erase;
    if (operation.in({"PUT /api/sessions/{session}", "POST /api/v1/{session}/webhooks/{endpoint}/enable",
                      "PUT /api/v1/{session}/push"}))
        return Scope::setting;
    if (tag == "Sessions" || tag == "Pairing") return Scope::control;
    if (tag == "Apps") return Scope::app;
    if (operation.in({"GET /api/sendText"})) return Scope::send;
    if (operation.in({"POST /api/{session}/chats/overview", "POST /api/{session}/channels/search/by-text",
                      "POST /api/{session}/channels/search/by-view", "POST /api/{session}/groups/refresh",
                      "POST /api/{session}/presence/{chatId}/subscribe",
                      "POST /api/v1/{session}/contacts/info", "POST /api/v1/ws-ticket"}))
        return Scope::read;
    return reads ? Scopes(Scope::read) : Scopes(Scope::send);
}

/// A request to the operation in this session; what else it needs is made up.
http::Response call(Api& api, Operation const& operation, std::string const& session, std::string const& key)
{
    auto path = operation.path;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
        auto const close = path.find('}', open);
        bool const is_session = path.substr(open, close - open + 1) == "{session}";
        path.replace(open, close - open + 1, is_session ? session : "1");
    }
    std::string const body =
        operation.method == "GET" ? "" : R"({"session":")" + session + R"(","name":")" + session + R"("})";
    return api.call(operation.method, path + "?session=" + session, body, key);
}

/// What gets as far as the gateway gets no further: only who may go there is looked at.
void refuse_all(Api& api)
{
    gateway::Rejection rejection;
    rejection.code = gateway::GatewayErrc::session_not_found;
    api.gateway.rejection = rejection;
}

std::string key_with(Api& api, Scopes allowed)
{
    http::json::object actions;
    for (auto const& [name, scope] : scopes)
        actions[name] = allowed.contains(scope);
    http::json::object body;
    body["isAdmin"] = false;
    body["session"] = "own";
    body["isActive"] = true;
    body["actions"] = actions;
    auto const made = api.call("POST", "/api/keys", http::stable_json(body));
    REQUIRE(made.status == 201);
    return std::string(body_of(made).at("key").as_string());
}

} // namespace

TEST_CASE("a key of a session may do exactly what its scopes say, on every route", "[api][keys]")
{
    Api api;
    std::vector<std::pair<Scopes, std::string>> keys;
    keys.emplace_back(Scopes(), key_with(api, Scopes()));
    for (auto const& [name, scope] : scopes)
        keys.emplace_back(scope, key_with(api, scope));
    keys.emplace_back(Scope::control | Scope::setting, key_with(api, Scope::control | Scope::setting));
    keys.emplace_back(Scopes::all(), key_with(api, Scopes::all()));
    refuse_all(api);
    std::size_t checked = 0;
    for (auto const& operation : documented()) {
        if (operation.is_open) continue;
        auto const needed = expected(operation);
        for (auto const& [allowed, key] : keys) {
            INFO(operation.name() << " with scopes " << static_cast<int>(allowed.bits));
            bool const may = needed && allowed.contains(*needed);
            CHECK((call(api, operation, "own", key).status != 403) == may);
            ++checked;
        }
    }
    CHECK(checked > 1'000);
}

TEST_CASE("a key of a session may not name another one, on any route", "[api][keys]")
{
    Api api;
    auto const key = key_with(api, Scopes::all());
    for (auto const& operation : documented()) {
        if (operation.is_open) continue;
        INFO(operation.name());
        api.add_session("acme", "foreign");
        auto const status = call(api, operation, "foreign", key).status;
        if (operation.in({"GET /api/sessions", "GET /api/server/version", "GET /api/server/status",
                          "GET /api/version", "POST /mcp", "GET /api/apps/{id}", "DELETE /api/apps/{id}"}))
            CHECK((status == 200 || status == 404 || status == 400));
        else if (operation.in({"GET /api/v1/events", "GET /api/v1/events/stream"}))
            CHECK(status == 400);
        else if (operation.in({"POST /api/v1/ws-ticket"}))
            CHECK(status == 201);
        else if (operation.in({"GET /ws"}))
            CHECK(status == 426);
        else
            CHECK(status == 403);
    }
    CHECK(api.gateway.sessions.contains({TenantId("acme"), SessionName("foreign")}));
}

TEST_CASE("a key of the whole tenant may do everything but what is the operator's", "[api][keys]")
{
    Api api;
    auto const made = api.call("POST", "/api/keys", R"({"isAdmin":true,"session":null,"isActive":true})");
    auto const key = std::string(body_of(made).at("key").as_string());
    refuse_all(api);
    for (auto const& operation : documented()) {
        if (operation.is_open || operation.method == "DELETE") continue;
        INFO(operation.name());
        bool const is_operators = operation.tag == "Tenants" ||
                                  operation.in({"POST /api/server/stop", "GET /api/server/environment"});
        CHECK((call(api, operation, "own", key).status == 403) == is_operators);
    }
}

TEST_CASE("a key of the whole tenant that is limited to scopes may do exactly that, on every route",
          "[api][keys]")
{
    Api api;
    auto const limited = [&](std::string const& names) {
        auto const made = api.call("POST", "/api/v1/keys", "{\"scopes\":[" + names + "]}");
        REQUIRE(made.status == 201);
        return std::string(body_of(made).at("key").as_string());
    };
    std::vector<std::pair<Scopes, std::string>> keys;
    keys.emplace_back(Scopes(), limited(""));
    for (auto const& [name, scope] : scopes)
        keys.emplace_back(scope, limited("\"" + std::string(name) + "\""));
    keys.emplace_back(Scope::tenant, limited("\"tenant\""));
    keys.emplace_back(Scope::control | Scope::setting, limited(R"("control","setting")"));
    refuse_all(api);
    for (auto const& operation : documented()) {
        if (operation.is_open) continue;
        bool const is_operators = operation.tag == "Tenants" ||
                                  operation.in({"POST /api/server/stop", "GET /api/server/environment"});
        // What no key of a session may use is the tenant's.
        auto const needed = expected(operation).value_or(Scope::tenant);
        for (auto const& [allowed, key] : keys) {
            INFO(operation.name() << " with scopes " << static_cast<int>(allowed.bits));
            bool const may = !is_operators && allowed.contains(needed);
            CHECK((call(api, operation, "own", key).status != 403) == may);
        }
    }
}

TEST_CASE("a session that is not named is the one called default", "[api][keys]")
{
    Api api;
    api.add_session("acme", "default");
    api.add_session("acme", "own");
    auto const own = key_with(api, Scopes::all());
    CHECK(api.call("POST", "/api/sendText", R"({"chatId":"1","text":"x"})", own).status == 403);
    CHECK(api.call("POST", "/api/sendText", R"({"session":null,"chatId":"1","text":"x"})", own).status ==
          403);
    CHECK(api.call("GET", "/api/contacts/all", "", own).status == 403);
    CHECK(api.call("GET", "/api/contacts/all?session=own&session=default", "", own).status == 403);
    CHECK(api.call("POST", "/api/sessions", "{}", own).status == 403);
    CHECK(api.call("POST", "/api/sendText", R"({"session":"own","chatId":"1","text":"x"})", own).status ==
          201);
    CHECK(api.call("POST", "/api/sendText", "no JSON", own).status == 400);
}
