#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

std::string const admin = "admin-key";

} // namespace

TEST_CASE("limits of a tenant are set by the administrator and told with the defaults", "[api][limits]")
{
    Api api;
    auto const path = "/api/v1/tenants/acme/limits";
    auto const set =
        api.call("PUT", path, R"({"sessions":2,"storage_bytes":0,"new_chats_per_day":null})", admin);
    CHECK(set.status == 200);
    auto const told = body_of(set);
    CHECK(told.at("limits").at("sessions").to_number<int>() == 2);
    CHECK(told.at("limits").at("storage_bytes").to_number<int>() == 0);
    CHECK(told.at("inForce").at("storage_bytes").is_null());
    CHECK(body_of(api.call("GET", path, "", admin)) == told);
    CHECK(api.call("PUT", path, "{}").status == 403);
    CHECK(api.call("GET", "/api/v1/tenants/nobody/limits", "", admin).status == 404);
    auto const wrong = GENERATE(as<std::string>{}, R"({"sesions":1})", R"({"sessions":-1})",
                                R"({"sessions":1.5})", R"({"sessions":"2"})", "[]", "no JSON");
    CHECK(api.call("PUT", path, wrong, admin).status == 400);
    CHECK(body_of(api.call("GET", path, "", admin)) == told);
}

TEST_CASE("a request over the limit is told which one it is and when to come again", "[api][limits]")
{
    Api api;
    CHECK(api.call("PUT", "/api/v1/tenants/acme/limits", R"({"requests_per_second":1,"requests_burst":1})",
                   admin)
              .status == 200);
    CHECK(api.call("GET", "/api/sessions").status == 200);
    auto const refused = api.call("GET", "/api/sessions");
    CHECK(refused.status == 429);
    CHECK(refused.headers.find("Retry-After") == "1");
    CHECK(refused.headers.find("RateLimit-Policy") == R"("requests_per_second";q=1;w=1)");
    CHECK(refused.headers.find("RateLimit") == R"("requests_per_second";r=0;t=1)");
    auto const body = body_of(refused);
    CHECK(body.at("limit") == "requests_per_second");
    CHECK(body.at("scope") == "tenant");
    CHECK(body.at("max").to_number<int>() == 1);
    // Whom it does not concern.
    CHECK(api.call("GET", "/api/sessions", "", "other-key").status == 200);
    CHECK(api.call("GET", "/ping", "", "").status == 200);
    auto const used = body_of(api.call("GET", "/api/v1/tenants/acme/usage", "", admin));
    CHECK(used.at("counters").at("requests").to_number<int>() == 1);
    CHECK(used.at("counters").at("requestsRefused").to_number<int>() == 1);
}

TEST_CASE("a body that would be too much is refused before it is read", "[api][limits]")
{
    Api api;
    CHECK(
        api.call("PUT", "/api/v1/tenants/acme/limits", R"({"request_bytes_per_minute":10})", admin).status ==
        200);
    CHECK(api.call("POST", "/api/sendText", std::string(100, ' ')).status == 400);
    http::Request head;
    head.method = "POST";
    head.path = "/api/sendText";
    head.headers.add("X-Api-Key", "acme-key");
    head.headers.add("Content-Length", "100");
    auto const refusal = api.dispatcher.refuse(head);
    REQUIRE(refusal);
    CHECK(refusal->status == 429);
    CHECK(body_of(*refusal).at("limit") == "request_bytes_per_minute");
}

TEST_CASE("limits of sessions and keys are the tenant's business, and of its own ones only", "[api][limits]")
{
    Api api;
    api.add_session("acme", "main");
    auto const session = "/api/v1/sessions/main/limits";
    CHECK(api.call("PUT", session, R"({"messages_per_minute":5})").status == 200);
    CHECK(body_of(api.call("GET", session)).at("limits").at("messages_per_minute").to_number<int>() == 5);
    CHECK(api.call("PUT", session, R"({"sessions":5})").status == 400);
    CHECK(api.call("GET", session, "", "other-key").status == 404);
    auto const made =
        body_of(api.call("POST", "/api/keys", R"({"isAdmin":false,"session":"main","isActive":true})"));
    auto const key = "/api/v1/keys/" + std::string(made.at("id").as_string()) + "/limits";
    CHECK(api.call("PUT", key, R"({"requests_per_second":1,"requests_burst":1})").status == 200);
    CHECK(api.call("PUT", key, R"({"concurrent_requests":1})").status == 400);
    CHECK(api.call("GET", key, "", "other-key").status == 404);
    auto const secret = std::string(made.at("key").as_string());
    CHECK(api.call("GET", "/api/sessions", "", secret).status == 200);
    auto const refused = api.call("GET", "/api/sessions", "", secret);
    CHECK(refused.status == 429);
    CHECK(body_of(refused).at("scope") == "key");
    CHECK(api.call("PUT", key, "{}", secret).status == 403);
}
