#include "api/http/router.hpp"

#include <catch2/catch.hpp>

using namespace wagate::http;

namespace {

Router example()
{
    Router router;
    router.add("GET", "/api/sessions", Access::tenant, {});
    router.add("GET", "/api/sessions/{session}", Access::tenant, {});
    router.add("DELETE", "/api/sessions/{session}", Access::tenant, {});
    router.add("POST", "/api/sessions/start", Access::tenant, {});
    router.add("GET", "/api/{session}/auth/qr", Access::tenant, {});
    router.add("GET", "/api/{session}/chats/{chatId}/messages", Access::tenant, {});
    return router;
}

} // namespace

TEST_CASE("a template gives its decoded parameters", "[api][router]")
{
    auto const router = example();
    auto const match = router.match("GET", "/api/my%20session/chats/123%40c.us/messages");
    REQUIRE(match.route);
    CHECK(match.parameters == std::vector<std::pair<std::string, std::string>>{{"session", "my session"},
                                                                               {"chatId", "123@c.us"}});
}

TEST_CASE("an encoded slash stays inside its segment", "[api][router]")
{
    auto const match = example().match("GET", "/api/sessions/a%2Fb");
    REQUIRE(match.route);
    CHECK(match.parameters.front().second == "a/b");
}

TEST_CASE("a literal segment wins over a parameter", "[api][router]")
{
    auto const router = example();
    CHECK(router.match("POST", "/api/sessions/start").route->path == "/api/sessions/start");
    CHECK(router.match("GET", "/api/sessions/start").route->path == "/api/sessions/{session}");
}

TEST_CASE("a path without the method tells which methods it has", "[api][router]")
{
    auto const match = example().match("PATCH", "/api/sessions/start");
    CHECK_FALSE(match.route);
    CHECK(match.allowed == std::vector<std::string>{"DELETE", "GET", "POST"});
}

TEST_CASE("HEAD finds GET, and one trailing slash is ignored", "[api][router]")
{
    auto const router = example();
    CHECK(router.match("HEAD", "/api/sessions").route);
    CHECK(router.match("GET", "/api/sessions/").route->path == "/api/sessions");
}

TEST_CASE("paths of no template match nothing", "[api][router]")
{
    auto const router = example();
    for (auto const* path :
         {"/", "/api", "/api//auth/qr", "/api/sessions/%zz", "/api/sessions/a/b/c/d/e", "*", ""}) {
        INFO(path);
        CHECK_FALSE(router.match("GET", path).route);
        CHECK(router.match("GET", path).allowed.empty());
    }
}

TEST_CASE("adding a route twice is a mistake of the program", "[api][router]")
{
    auto router = example();
    CHECK_THROWS_AS(router.add("GET", "/api/sessions", Access::tenant, {}), std::logic_error);
}
