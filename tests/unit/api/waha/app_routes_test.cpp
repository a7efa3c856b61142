#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

constexpr char const* calls =
    R"({"id":"c1","session":"shop","app":"calls","config":{"dm":{"reject":true,"message":"no"},"group":{"reject":false}}})";

std::string key_of_session(Api& api, std::string const& actions)
{
    auto const made =
        api.call("POST", "/api/keys",
                 R"({"isAdmin":false,"session":"shop","isActive":true,"actions":)" + actions + "}");
    return std::string(body_of(made).at("key").as_string());
}

} // namespace

TEST_CASE("an app is made, shown, changed and deleted", "[api][apps]")
{
    Api api;
    api.add_session("acme", "shop");
    CHECK(api.call("POST", "/api/apps", calls).status == 201);
    CHECK(api.call("POST", "/api/apps", calls).status == 422);
    auto const shown = body_of(api.call("GET", "/api/apps/c1"));
    CHECK(shown.at("enabled") == true);
    CHECK(shown.at("config").at("dm").at("message") == "no");
    CHECK(api.call("GET", "/api/apps/c1", "", "other-key").status == 404);
    CHECK(api.call("GET", "/api/apps?session=shop").body == "[" + http::stable_json(shown) + "]");
    CHECK(api.call("PUT", "/api/apps/c1", R"({"id":"c1","session":"shop","app":"mcp","config":{}})").status ==
          400);
    CHECK(api.call("DELETE", "/api/apps/c1").status == 200);
    CHECK(api.call("GET", "/api/apps/c1").status == 404);
}

TEST_CASE("nobody gets a key with more rights than their own through an app", "[api][apps]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const narrow = key_of_session(api, R"({"send":false,"control":false,"setting":false})");
    auto const app = [](std::string const& actions) {
        return R"({"id":"m1","session":"shop","app":"mcp","config":{"actions":)" + actions + "}}";
    };
    CHECK(api.call("POST", "/api/apps", app("{}"), narrow).status == 403);
    auto const own = app(R"({"send":false,"control":false,"setting":false})");
    auto const made = api.call("POST", "/api/apps", own, narrow);
    REQUIRE(made.status == 201);
    auto const key = std::string(body_of(made).at("config").at("key").as_string());
    CHECK(api.call("GET", "/api/sessions/shop", "", key).status == 200);
    CHECK(api.call("PUT", "/api/apps/m1", app("{}")).status == 200);
    CHECK_FALSE(
        body_of(api.call("GET", "/api/apps/m1", "", narrow)).at("config").as_object().contains("key"));
    CHECK(api.call("DELETE", "/api/apps/m1").status == 200);
    CHECK(api.call("GET", "/api/sessions/shop", "", key).status == 401);
}

TEST_CASE("a key that may not manage apps makes none with a session", "[api][apps]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const key = key_of_session(api, R"({"app":false})");
    auto const body = std::string(R"({"config":{},"apps":[)") + calls + "]}";
    CHECK(api.call("PUT", "/api/sessions/shop", body, key).status == 403);
    CHECK(api.apps.apps.empty());
    CHECK(api.call("PUT", "/api/sessions/shop", body).status == 200);
    CHECK(api.apps.apps.size() == 1);
    CHECK(api.call("DELETE", "/api/sessions/shop").status == 200);
    CHECK(api.apps.apps.empty());
}
