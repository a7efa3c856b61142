#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;

TEST_CASE("without a valid key nothing below /api is told, not even what exists", "[api][auth]")
{
    Api api;
    for (auto const* key : {"", "wrong", "acme-key "}) {
        for (auto const* path :
             {"/api/sessions", "/api/sessions/default", "/api/nothing", "/api/v1/tenants"}) {
            auto const response = api.call("GET", path, "", key);
            CHECK(response.status == 401);
            CHECK(response.body == R"({"message":"Unauthorized","statusCode":401})");
        }
    }
    CHECK(api.gateway.calls.empty());
}

TEST_CASE("a key in the URL is refused, and the answer says what to do", "[api][auth]")
{
    Api api;
    api.add_session("acme", "default");
    auto const refused = api.call("GET", "/api/sessions/default?x-api-key=acme-key", "", "");
    CHECK(refused.status == 401);
    CHECK(refused.body.find("WAGATE_KEYS_IN_URLS") != std::string::npos);
    CHECK(refused.body.find("acme-key") == std::string::npos);
}

TEST_CASE("where the operator allows it a key is taken from the query too", "[api][auth]")
{
    ApiOptions options;
    options.keys_in_urls = true;
    Api api(options);
    api.add_session("acme", "default");
    CHECK(api.call("GET", "/api/sessions/default").status == 200);
    CHECK(api.call("GET", "/api/sessions/default?x-api-key=acme-key", "", "").status == 200);
    CHECK(api.call("GET", "/api/sessions/default?x-api-key=acme-key", "", "wrong").status == 401);
}

TEST_CASE("a key acts on the sessions of its own tenant only", "[api][auth]")
{
    Api api;
    api.add_session("acme", "shop");
    CHECK(api.call("GET", "/api/sessions/shop", "", "other-key").status == 404);
    CHECK(api.call("GET", "/api/sessions/shop", "", "admin-key").status == 404);
    CHECK(api.call("GET", "/api/sessions?all=true", "", "other-key").body == "[]");
    CHECK(api.call("DELETE", "/api/sessions/shop", "", "other-key").status == 200);
    CHECK(api.call("POST", "/api/sendText", R"({"session":"shop","chatId":"1","text":"x"})", "other-key")
              .status == 422);
    CHECK(api.gateway.sessions.size() == 1);
    for (auto const& call : api.gateway.calls)
        CHECK(call.find("acme/") == std::string::npos);
}

namespace {

/// A ticket for streams, bought with the headers.
std::string ticket(Api& api, std::string key, std::string tenant)
{
    http::Request request;
    request.method = "POST";
    request.path = "/api/v1/ws-ticket";
    request.headers.add("X-Api-Key", std::move(key));
    if (!tenant.empty()) request.headers.add("X-Tenant", std::move(tenant));
    auto const made = api.send(std::move(request));
    REQUIRE(made.status == 201);
    return std::string(test::body_of(made).at("ticket").as_string());
}

unsigned stream(Api& api, std::string const& ticket, std::string const& session)
{
    return api.call("GET", "/api/v1/events/stream?session=" + session + "&ticket=" + ticket, "", "").status;
}

} // namespace

TEST_CASE("a ticket is for the tenant in whose place it was bought", "[api][auth]")
{
    Api api;
    api.add_session("acme", "shop");
    api.add_session("default", "own");
    CHECK(stream(api, ticket(api, "admin-key", "acme"), "shop") == 200);
    CHECK(stream(api, ticket(api, "admin-key", "acme"), "own") == 422);
    CHECK(stream(api, ticket(api, "admin-key", ""), "own") == 200);
    CHECK(stream(api, ticket(api, "acme-key", ""), "shop") == 200);
    CHECK(stream(api, ticket(api, "other-key", ""), "shop") == 422);
    auto const once = ticket(api, "admin-key", "acme");
    CHECK(stream(api, once, "shop") == 200);
    CHECK(stream(api, once, "shop") == 401);
}

TEST_CASE("the same session name belongs to each tenant separately", "[api][auth]")
{
    Api api;
    CHECK(api.call("POST", "/api/sessions", R"({"name":"default"})", "acme-key").status == 201);
    CHECK(api.call("POST", "/api/sessions", R"({"name":"default"})", "other-key").status == 201);
    CHECK(api.call("POST", "/api/sessions", R"({"name":"default"})", "acme-key").status == 422);
    CHECK(api.gateway.sessions.size() == 2);
}

TEST_CASE("an unknown path gives 404, a wrong method 405 with what is allowed", "[api][auth]")
{
    Api api;
    auto const missing = api.call("GET", "/api/nothing");
    CHECK(missing.status == 404);
    CHECK(missing.body == R"({"message":"Cannot GET /api/nothing","error":"Not Found","statusCode":404})");
    CHECK(api.call("GET", "/favicon.ico", "", "").status == 404);
    auto const wrong = api.call("PATCH", "/api/sessions");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.find("Allow") == "GET, POST");
}

TEST_CASE("administration needs an administrator's key", "[api][auth]")
{
    Api api;
    auto const refused = api.call("GET", "/api/v1/tenants", "", "acme-key");
    CHECK(refused.status == 403);
    CHECK(refused.body == R"({"message":"Forbidden resource","error":"Forbidden","statusCode":403})");
    CHECK(api.call("POST", "/api/v1/tenants", R"({"name":"new"})", "acme-key").status == 403);
    CHECK(api.call("GET", "/api/v1/tenants", "", "admin-key").status == 200);
}
