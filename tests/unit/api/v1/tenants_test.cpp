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
    CHECK(api.call("GET", "/api/v1/tenants", "", "admin-key").body.find(R"({"tenant":"new-1"})") !=
          std::string::npos);
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
