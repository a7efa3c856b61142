#include "api/http/open_paths.hpp"

#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using http::OpenPaths;

TEST_CASE("open paths are WAHA's patterns, whole paths only", "[api][http]")
{
    auto const paths = OpenPaths::parse("ping,/health,api/files/(.*),api/.*/me");
    REQUIRE(paths);
    CHECK(paths->contain("/ping"));
    CHECK(paths->contain("/health/"));
    CHECK(paths->contain("/api/files/default/1.jpg"));
    CHECK(paths->contain("/api/sessions/default/me"));
    CHECK_FALSE(paths->contain("/api/files"));
    CHECK_FALSE(paths->contain("/pinger"));
    CHECK_FALSE(paths->contain("/api/sessions"));
    CHECK_FALSE(OpenPaths().contain("/ping"));
    for (auto const* pattern : {"api/(ping|health)", "api/.+", "a*", "[a]", "x$"})
        CHECK_FALSE(OpenPaths::parse(pattern));
}

TEST_CASE("without a key an open path is read in the tenant default, and nothing is changed", "[api][http]")
{
    test::Api api;
    api.add_session("default", "mine");
    auto const paths = OpenPaths::parse("api/sessions(.*),api/keys,api/server/environment");
    REQUIRE(paths);
    http::Dispatcher const dispatcher(api.routes.router(), api.keys, &*paths);
    auto const status = [&](std::string method, std::string path) {
        http::Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        return test::run(dispatcher(std::move(request))).status;
    };
    CHECK(status("GET", "/api/sessions/mine") == 200);
    CHECK(status("POST", "/api/sessions/mine/stop") == 401);
    CHECK(status("DELETE", "/api/sessions/mine") == 401);
    CHECK(status("GET", "/api/version") == 401);
    CHECK(status("GET", "/api/keys") == 401);
    CHECK(status("GET", "/api/server/environment") == 401);
}
