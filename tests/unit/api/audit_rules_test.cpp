// What leaves an entry in the audit log, over every route there is.
#include "api/audit_rules.hpp"

#include "api/http/json.hpp"
#include "api/v1/audit_json.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;

TEST_CASE("every route that changes something is audited, or exempt on purpose, and never both",
          "[api][audit]")
{
    Api api;
    std::size_t audited = 0;
    std::size_t exempt = 0;
    for (auto const* route : api.routes.router().routes()) {
        INFO(route->method << " " << route->path);
        bool const has_rule = !audit_rule_of(route->method, route->path).action.empty();
        bool const is_exempt = is_audit_exempt(route->method, route->path);
        audited += has_rule;
        if (route->method == "GET" || route->access == http::Access::open) continue;
        exempt += is_exempt;
        CHECK(has_rule != is_exempt);
        // What administrators do and what is the whole tenant's is no day's work.
        if (route->access == http::Access::admin || route->rule.whole_tenant) CHECK(has_rule);
    }
    CHECK(audited > 30);
    CHECK(exempt > 50);
}

TEST_CASE("a change tells who did what to what, without any secret", "[api][audit]")
{
    Api api;
    auto const made = api.call("POST", "/api/keys", R"({"isAdmin":false,"session":"own","isActive":true})");
    REQUIRE(made.status == 201);
    auto const key = test::body_of(made);
    auto entries = api.log.audited();
    REQUIRE(entries.size() == 1);
    auto const& entry = entries.front();
    CHECK(entry.tenant == TenantId("acme"));
    CHECK(entry.actor == "configured-key");
    CHECK(entry.action == "key.created");
    CHECK(entry.target == key.at("id").as_string().c_str());
    CHECK(entry.outcome == "succeeded");
    CHECK(entry.details.at("session") == "own");
    CHECK(entry.details.at("status") == "201");
    CHECK(http::stable_json(v1::audit_json(entry)).find(key.at("key").as_string().c_str()) ==
          std::string::npos);
}

TEST_CASE("what is refused is told as failed, and numbers are masked", "[api][audit]")
{
    Api api;
    api.call("DELETE", "/api/v1/own/contacts/4915112345678/data");
    auto const entries = api.log.audited();
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().action == "contact.data-deleted");
    CHECK(entries.front().outcome == "failed");
    CHECK(entries.front().target.find("4915112345678") == std::string::npos);
    CHECK(entries.front().target.starts_with("own/"));
}

TEST_CASE("the operator's acts are in the operator's chain", "[api][audit]")
{
    Api api;
    auto const made = api.call("POST", "/api/v1/tenants", R"({"name":"new"})", "admin-key");
    REQUIRE(made.status == 201);
    auto const entries = api.log.audited();
    REQUIRE(entries.size() == 1);
    CHECK_FALSE(entries.front().tenant.has_value());
    CHECK(entries.front().actor == "operator");
    CHECK(entries.front().target == "new");
}

TEST_CASE("what decides over keys, limits and tenants leaves its entry in the right chain", "[api][audit]")
{
    struct Row {
        char const* method;
        char const* path;
        char const* action;
        bool is_operators;
    };
    auto const row = GENERATE(values<Row>({
        {"POST", "/api/v1/keys", "key.created", false},
        {"PATCH", "/api/v1/keys/x", "key.changed", false},
        {"DELETE", "/api/v1/keys/x", "key.deleted", false},
        {"POST", "/api/v1/keys/x/rotate", "key.rotated", false},
        {"POST", "/api/v1/ws-ticket", "ticket.issued", false},
        {"PUT", "/api/v1/keys/x/limits", "limits.changed", false},
        {"PUT", "/api/v1/sessions/x/limits", "limits.changed", false},
        {"PUT", "/api/v1/tenants/acme/limits", "limits.changed", true},
        {"PATCH", "/api/v1/tenants/acme", "tenant.changed", true},
        {"POST", "/api/v1/tenants/acme/suspend", "tenant.suspended", true},
        {"POST", "/api/v1/tenants/acme/resume", "tenant.resumed", true},
        {"DELETE", "/api/v1/tenants/acme", "tenant.deleted", true},
        {"POST", "/api/v1/tenants/acme/key/rotate", "tenant-key.rotated", true},
        {"POST", "/api/v1/master-key/rotate", "master-key.rotated", true},
    }));
    INFO(row.method << " " << row.path);
    Api api;
    auto const answer = row.is_operators ? api.call(row.method, row.path, "{}", "admin-key")
                                         : api.call(row.method, row.path, "{}");
    auto const entries = api.log.audited();
    REQUIRE_FALSE(entries.empty());
    bool const is_about_tenant = std::string_view(row.path).starts_with("/api/v1/tenants/acme");
    CHECK(entries.size() == (is_about_tenant ? 2 : 1));
    for (auto const& entry : entries) {
        CHECK(entry.action == row.action);
        CHECK(entry.outcome == (answer.status < 400 ? "succeeded" : "failed"));
    }
    CHECK(entries.front().tenant.has_value() != row.is_operators);
    if (is_about_tenant) CHECK(entries.back().tenant == TenantId("acme"));
}

TEST_CASE("reading and sending leave no entry", "[api][audit]")
{
    Api api;
    api.add_session("acme", "default");
    api.call("GET", "/api/sessions");
    api.call("POST", "/api/sendText", R"({"chatId":"49151@c.us","text":"hi"})");
    CHECK(api.log.audited().empty());
}

TEST_CASE("an entry survives the way through JSON with its hash", "[api][audit]")
{
    storage::AuditEntry entry;
    entry.tenant = TenantId("acme");
    entry.number = 3;
    entry.time = wall_from_milliseconds(1'700'000'000'123);
    entry.actor = "key:x";
    entry.action = "key.created";
    entry.target = "\u00fc \"quoted\"";
    entry.details = {{"b", "2"}, {"a", "1"}};
    entry.previous.fill(7);
    entry.hash = storage::audit_hash(entry);
    auto const read = v1::read_audit_entry(http::stable_json(v1::audit_json(entry)));
    REQUIRE(read.has_value());
    CHECK(*read == entry);
    CHECK(storage::audit_hash(*read) == entry.hash);
    for (auto const* broken : {"", "{}", "[]", R"({"chain":"other","number":1})"})
        CHECK_FALSE(v1::read_audit_entry(broken).has_value());
}
