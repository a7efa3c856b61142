#include "api/v1/stored_keys.hpp"
#include "tests/unit/api/fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

struct Keys {
    test::KeyTable store;
    BlockingPool pool{1, 8};
    v1::StoredKeys keys{store, pool};
};

} // namespace

TEST_CASE("an administrator creates a tenant, whose key works at once", "[api][tenants]")
{
    Api api;
    auto const created = api.call("POST", "/api/v1/tenants", R"({"name":"new-1"})", "admin-key");
    CHECK(created.status == 201);
    auto const key = std::string(body_of(created).at("key").as_string());
    CHECK(api.call("GET", "/api/sessions", "", key).status == 200);
    auto const again = api.call("POST", "/api/v1/tenants", R"({"name":"new-1"})", "admin-key");
    CHECK(again.status == 409);
    CHECK(again.body == R"({"message":"The tenant exists already","error":"Conflict","statusCode":409})");
    CHECK(api.call("GET", "/api/v1/tenants", "", "admin-key")
              .body.find(R"({"tenant":"new-1","state":"active",)") != std::string::npos);
}

TEST_CASE("a tenant is shown with what it has, and changed in parts", "[api][tenants]")
{
    Api api;
    auto const made =
        api.call("POST", "/api/v1/tenants", R"({"name":"big","displayName":"Big Ltd","metadata":{"plan":1}})",
                 "admin-key");
    CHECK(made.status == 201);
    CHECK(body_of(made).at("metadata").at("plan").as_int64() == 1);
    auto const place = "/api/v1/tenants/big";
    auto const changed = api.call("PATCH", place, R"({"displayName":"Bigger"})", "admin-key");
    CHECK(body_of(changed).at("displayName").as_string() == "Bigger");
    CHECK(body_of(changed).at("metadata").at("plan").as_int64() == 1);
    CHECK(body_of(api.call("GET", place, "", "admin-key")).at("counts").at("sessions").as_int64() == 3);
    CHECK(api.call("PATCH", place, R"({"metadata":[]})", "admin-key").status == 400);
    auto const large = R"({"metadata":{"x":")" + std::string(17'000, 'x') + "\"}}";
    CHECK(api.call("PATCH", place, large, "admin-key").status == 400);
    CHECK(api.call("GET", "/api/v1/tenants/none", "", "admin-key").status == 404);
    CHECK(api.call("GET", place, "", "acme-key").status == 403);
    auto const listed =
        body_of(api.call("GET", "/api/v1/tenants?limit=2&offset=1", "", "admin-key")).as_array();
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].at("tenant").as_string() == "big");
}

TEST_CASE("a suspended tenant's keys are refused with a reason, an administrator may look", "[api][tenants]")
{
    Api api;
    api.add_session("acme", "a");
    CHECK(api.call("POST", "/api/v1/tenants/acme/suspend", "", "admin-key").status == 200);
    auto const refused = api.call("GET", "/api/sessions");
    CHECK(refused.status == 403);
    CHECK(body_of(refused).at("reason").as_string() == "tenant_suspended");
    http::Request request;
    request.method = "GET";
    request.path = "/api/sessions/a";
    request.headers.add("X-Api-Key", "admin-key");
    request.headers.add("X-Tenant", "acme");
    CHECK(api.send(request).status == 200);
    request.method = "POST";
    request.path = "/api/sessions/a/start";
    CHECK(body_of(api.send(request)).at("reason").as_string() == "tenant_suspended");
    CHECK(api.call("GET", "/api/sessions", "", "other-key").status == 200);
    CHECK(api.call("POST", "/api/v1/tenants/acme/resume", "", "admin-key").status == 200);
    CHECK(api.call("GET", "/api/sessions").status == 200);
}

TEST_CASE("a deleted tenant's keys end at once", "[api][tenants]")
{
    Api api;
    auto const deleted = api.call("DELETE", "/api/v1/tenants/acme", "", "admin-key");
    CHECK(deleted.status == 202);
    CHECK(body_of(deleted).at("state").as_string() == "deleting");
    CHECK(api.call("GET", "/api/sessions").status == 401);
    CHECK(api.call("POST", "/api/v1/tenants", R"({"name":"acme"})", "admin-key").status == 409);
    CHECK(api.keys.standing(TenantId("acme")) == http::TenantStanding::absent);
}

TEST_CASE("only an administrator acts for a tenant by its name", "[api][tenants]")
{
    Api api;
    api.add_session("acme", "a");
    auto const as = [&](std::string key, std::string tenant) {
        http::Request request;
        request.method = "GET";
        request.path = "/api/sessions/a";
        request.headers.add("X-Api-Key", std::move(key));
        request.headers.add("X-Tenant", std::move(tenant));
        return api.send(std::move(request));
    };
    CHECK(as("admin-key", "acme").status == 200);
    CHECK(as("acme-key", "acme").status == 200);
    auto const unknown = as("admin-key", "none");
    CHECK(unknown.status == 404);
    CHECK(as("other-key", "acme").body == unknown.body);
    CHECK(as("other-key", "none").body == unknown.body);
}

TEST_CASE("with a listener for administrators the other one knows nothing of their routes", "[api][tenants]")
{
    Api api;
    api.add_session("acme", "a");
    http::Admissions here;
    here.listener = http::Listener::main;
    http::Admissions there;
    there.listener = http::Listener::admins;
    http::Dispatcher const main(api.routes.router(), api.keys, here);
    http::Dispatcher const admins(api.routes.router(), api.keys, there);
    auto const ask = [&](http::Dispatcher const& dispatcher, std::string path, std::string key) {
        http::Request request;
        request.method = "GET";
        request.path = std::move(path);
        request.headers.add("X-Api-Key", std::move(key));
        return test::run(dispatcher(std::move(request)));
    };
    CHECK(ask(main, "/api/v1/tenants", "admin-key").body ==
          R"({"message":"Cannot GET /api/v1/tenants","error":"Not Found","statusCode":404})");
    CHECK(ask(main, "/api/sessions", "admin-key").status == 200);
    CHECK(ask(main, "/api/sessions/a", "acme-key").status == 200);
    CHECK(ask(admins, "/api/v1/tenants", "admin-key").status == 200);
    CHECK(ask(admins, "/api/sessions/a", "acme-key").status == 401);
    CHECK(ask(admins, "/ping", "").status == 200);
}

TEST_CASE("a tenant's name has lower-case letters, digits and hyphens", "[api][tenants]")
{
    Api api;
    for (std::string const name : {"", "Acme", "a b", "a/b", "ä"})
        CHECK(api.call("POST", "/api/v1/tenants", "{\"name\":\"" + name + "\"}", "admin-key").status == 400);
    CHECK(api.call("POST", "/api/v1/tenants", "{\"name\":\"" + std::string(65, 'a') + "\"}", "admin-key")
              .status == 400);
    CHECK(api.call("POST", "/api/v1/tenants", "{}", "admin-key").status == 400);
}

TEST_CASE("a created key is stored as its hash only and survives a restart", "[api][tenants]")
{
    Keys first;
    REQUIRE(first.keys.load());
    auto const created = test::run(first.keys.create_tenant(TenantId("acme")));
    REQUIRE(created.has_value());
    REQUIRE(first.store.rows.size() == 1);
    auto const& row = first.store.rows[0];
    CHECK(row.tenant == TenantId("acme"));
    CHECK(row.hash == http::hash_key(created->key));
    CHECK_FALSE(row.is_admin);
    CHECK(created->key.size() > 40);
    CHECK(first.keys.tenants() == std::vector<TenantId>{TenantId("acme")});

    Keys second;
    second.store.known = first.store.known;
    second.store.rows = first.store.rows;
    REQUIRE(second.keys.load());
    auto const principal = second.keys.find(created->key);
    REQUIRE(principal);
    CHECK(principal->tenant == TenantId("acme"));
    CHECK_FALSE(principal->is_admin);
    CHECK(test::run(second.keys.create_tenant(TenantId("acme"))).error() == http::KeyErrc::tenant_exists);
}

TEST_CASE("configured keys are known and not stored", "[api][tenants]")
{
    Keys world;
    REQUIRE(world.keys.load());
    REQUIRE(world.keys.add_configured(TenantId("default"), "operator", true));
    REQUIRE(world.keys.add_configured(TenantId("acme"), "tenant-key", false));
    CHECK(world.store.rows.empty());
    CHECK(world.keys.find("operator")->is_admin);
    CHECK(world.keys.find("tenant-key")->tenant == TenantId("acme"));
    CHECK_FALSE(world.keys.find("other"));
    CHECK(world.keys.tenants() == std::vector<TenantId>{TenantId("acme"), TenantId("default")});
}

TEST_CASE("a tenant that could not be stored gets no key", "[api][tenants]")
{
    Keys world;
    REQUIRE(world.keys.load());
    world.store.fails = true;
    CHECK(test::run(world.keys.create_tenant(TenantId("acme"))).has_error());
    CHECK(world.keys.tenants().empty());
}
