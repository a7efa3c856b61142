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

TEST_CASE("a key is taken from the header or from the query", "[api][auth]")
{
    Api api;
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
