#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

TEST_CASE("probes need no key", "[api][server-routes]")
{
    Api api;
    CHECK(api.call("GET", "/ping", "", "").body == R"({"message":"pong"})");
    auto const health = api.call("GET", "/health", "", "");
    CHECK(health.status == 200);
    CHECK(health.body ==
          R"({"status":"ok","info":{"storage":{"status":"up"},"gateway":{"status":"up"}},"error":{},)"
          R"("details":{"storage":{"status":"up"},"gateway":{"status":"up"}}})");
}

TEST_CASE("health is 503 when a part is down and names it", "[api][server-routes]")
{
    Api api;
    api.add_session("acme", "secret-name");
    api.gateway.answer_health.storage_ok = false;
    auto const health = api.call("GET", "/health", "", "");
    CHECK(health.status == 503);
    CHECK(health.body ==
          R"({"status":"error","info":{"gateway":{"status":"up"}},"error":{"storage":{"status":"down"}},)"
          R"("details":{"storage":{"status":"down"},"gateway":{"status":"up"}}})");
    api.gateway.answer_health.storage_ok = true;
    api.gateway.answer_health.ok = false;
    CHECK(api.call("GET", "/health", "", "").status == 503);
}

TEST_CASE("a full disk and an end that was asked for are told by health and readiness",
          "[api][server-routes]")
{
    Api api;
    auto const probe = [&](char const* path) { return api.call("GET", path, "", ""); };
    CHECK(probe("/readyz").status == 200);
    CHECK(probe("/readyz").body == R"({"status":"ok"})");
    CHECK(probe("/livez").body == R"({"status":"ok"})");

    api.gateway.answer_health.storage_full = true;
    CHECK(probe("/health").status == 503);
    CHECK(probe("/health").body.find(
              R"("error":{"storage":{"status":"down","message":"the disk is full"}})") != std::string::npos);
    CHECK(probe("/readyz").status == 503);

    api.gateway.answer_health.storage_full = false;
    api.gateway.answer_health.draining = true;
    CHECK(probe("/health").status == 503);
    CHECK(body_of(probe("/health")).at("status") == "shutting_down");
    CHECK(probe("/readyz").status == 503);
    CHECK(probe("/readyz").body == R"({"status":"unavailable"})");
    CHECK(probe("/livez").status == 200);
}

TEST_CASE("version and status describe the server", "[api][server-routes]")
{
    ApiOptions options;
    options.identity.program = "wagate/1.2.3";
    options.identity.worker = "node-1";
    Api api(options);
    auto const version = body_of(api.call("GET", "/api/server/version"));
    CHECK(version.at("engine") == "GOWS");
    CHECK(version.at("tier") == "CORE");
    CHECK(version.at("server") == "wagate/1.2.3");
    CHECK(version.at("worker").at("id") == "node-1");
    CHECK(version == body_of(api.call("GET", "/api/version")));
    auto const status = body_of(api.call("GET", "/api/server/status"));
    CHECK(status.at("startTimestamp").as_int64() > 1'700'000'000'000);
    CHECK(status.at("uptime").as_int64() >= 0);
    CHECK(status.at("worker").at("id") == "node-1");
    CHECK(api.call("GET", "/api/server/version", "", "").status == 401);
}
