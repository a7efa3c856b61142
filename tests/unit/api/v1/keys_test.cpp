// Keys as our own API shows them: scopes, sessions, networks, rotation, last use.
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

struct Made {
    std::string id;
    std::string key;
    std::string place() const { return "/api/v1/keys/" + id; }
};

Made make(Api& api, std::string const& body)
{
    auto const made = api.call("POST", "/api/v1/keys", body);
    INFO(made.body);
    REQUIRE(made.status == 201);
    auto const json = body_of(made);
    return {std::string(json.at("id").as_string()), std::string(json.at("key").as_string())};
}

http::Response from(Api& api, std::string address, std::string key)
{
    http::Request request;
    request.method = "GET";
    request.path = "/api/sessions";
    request.headers.add("X-Api-Key", std::move(key));
    request.remote = std::move(address);
    return api.send(std::move(request));
}

} // namespace

TEST_CASE("a key of the whole tenant may be limited to scopes", "[api][keys]")
{
    Api api;
    api.add_session("acme", "a");
    auto const reader = make(api, R"({"scopes":["read"]})");
    CHECK(api.call("GET", "/api/v1/a/outbox/3EB0", "", reader.key).status == 404);
    CHECK(api.call("POST", "/api/sessions/a/stop", "", reader.key).status == 403);
    CHECK(api.call("GET", "/api/v1/keys", "", reader.key).status == 403);
    auto const steward = make(api, R"({"scopes":["tenant"]})");
    CHECK(api.call("GET", "/api/v1/keys", "", steward.key).status == 200);
    CHECK(api.call("GET", "/api/a/chats", "", steward.key).status == 403);
}

TEST_CASE("a key may be limited to several sessions", "[api][keys]")
{
    Api api;
    for (auto const* name : {"a", "b", "c"})
        api.add_session("acme", name);
    auto const key = make(api, R"({"sessions":["a","b"]})").key;
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 200);
    CHECK(api.call("GET", "/api/sessions/b", "", key).status == 200);
    CHECK(api.call("GET", "/api/sessions/c", "", key).status == 403);
    CHECK(api.call("POST", "/api/sendText", R"({"session":"b","chatId":"1","text":"x"})", key).status == 201);
    CHECK(api.call("POST", "/api/sendText", R"({"session":"c","chatId":"1","text":"x"})", key).status == 403);
    CHECK(body_of(api.call("GET", "/api/sessions?all=true", "", key)).as_array().size() == 2);
}

TEST_CASE("a key works from its networks only", "[api][keys]")
{
    Api api;
    auto const made = make(api, R"({"networks":["192.0.2.0/24","2001:db8::/32"]})");
    CHECK(from(api, "192.0.2.7", made.key).status == 200);
    CHECK(from(api, "2001:db8::7", made.key).status == 200);
    CHECK(from(api, "198.51.100.7", made.key).status == 403);
    CHECK(from(api, "", made.key).status == 403);
    // WAHA's view of the key does not show them, and leaves them as they are.
    CHECK(api.call("PUT", "/api/keys/" + made.id, R"({"isAdmin":true,"session":null})").status == 200);
    CHECK(from(api, "198.51.100.7", made.key).status == 403);
    CHECK(api.call("PATCH", made.place(), R"({"networks":null})").status == 200);
    CHECK(from(api, "198.51.100.7", made.key).status == 200);
}

TEST_CASE("what is not named in a change stays", "[api][keys]")
{
    Api api;
    auto const made =
        make(api, R"({"name":"shop","sessions":["a"],"scopes":["read"],"expiresAt":4000000000000})");
    auto const changed = body_of(api.call("PATCH", made.place(), R"({"scopes":["send"]})"));
    CHECK(changed.at("name").as_string() == "shop");
    CHECK(changed.at("sessions").as_array().size() == 1);
    CHECK(changed.at("scopes").as_array().at(0).as_string() == "send");
    CHECK(changed.at("expiresAt").as_int64() == 4'000'000'000'000);
    auto const freed = body_of(api.call("PATCH", made.place(), R"({"sessions":null,"expiresAt":null})"));
    CHECK(freed.at("sessions").is_null());
    CHECK(freed.at("expiresAt").is_null());
}

TEST_CASE("what makes no sense for a key is refused", "[api][keys]")
{
    Api api;
    for (auto const* body :
         {R"({"scopes":["everything"]})", R"({"scopes":"read"})", R"({"sessions":[]})",
          R"({"sessions":[""]})", R"({"networks":["everywhere"]})", R"({"networks":["192.0.2.0/99"]})",
          R"({"expiresAt":0})", R"({"sessions":["a"],"scopes":["tenant"]})", R"({"isActive":"yes"})", "[]"}) {
        INFO(body);
        CHECK(api.call("POST", "/api/v1/keys", body).status == 400);
    }
    CHECK(api.key_table.rows.empty());
}

TEST_CASE("a rotated key goes on for the overlap and no longer", "[api][keys]")
{
    test::KeyTable store;
    BlockingPool pool{1, 8};
    WallTime time{Milliseconds{1'000'000}};
    v1::StoredKeys keys(store, pool, [&] { return time; });
    REQUIRE(store.ensure_tenant(TenantId("acme")).has_value());
    REQUIRE(keys.load().has_value());
    auto const first = test::run(keys.create_key(TenantId("acme"), {}));
    REQUIRE(first.has_value());
    auto const id = first->facts.id;
    auto const second = test::run(keys.rotate_key(TenantId("acme"), id, std::chrono::seconds(60)));
    REQUIRE(second.has_value());
    CHECK(second->key != first->key);
    CHECK(keys.find(first->key));
    CHECK(keys.find(second->key)->key_id == id);
    CHECK(keys.keys(TenantId("acme"))[0].previous_until == time + std::chrono::seconds(60));

    // As it is after a restart, too.
    v1::StoredKeys again(store, pool, [&] { return time; });
    REQUIRE(again.load().has_value());
    CHECK(again.find(first->key));
    time += std::chrono::seconds(60);
    CHECK_FALSE(keys.find(first->key));
    CHECK_FALSE(again.find(first->key));
    CHECK(keys.find(second->key));
    CHECK_FALSE(keys.keys(TenantId("acme"))[0].previous_until);

    // Without an overlap the old secret ends at once, and so does one from before it.
    auto const third = test::run(keys.rotate_key(TenantId("acme"), id, std::chrono::seconds(600)));
    auto const fourth = test::run(keys.rotate_key(TenantId("acme"), id, Milliseconds::zero()));
    CHECK_FALSE(keys.find(second->key));
    CHECK_FALSE(keys.find(third->key));
    CHECK(keys.find(fourth->key));
    CHECK(test::run(keys.rotate_key(TenantId("other"), id, {})).error() == http::KeyErrc::key_not_found);
    REQUIRE(test::run(keys.erase_key(TenantId("acme"), id)).has_value());
    CHECK_FALSE(keys.find(fourth->key));
}

TEST_CASE("a key tells when it was used last", "[api][keys]")
{
    Api api;
    auto const made = make(api, "{}");
    CHECK(body_of(api.call("GET", made.place())).at("lastUsedAt").is_null());
    CHECK(api.call("GET", "/api/sessions", "", made.key).status == 200);
    CHECK(body_of(api.call("GET", made.place())).at("lastUsedAt").as_int64() > 0);
}

TEST_CASE("keys of another tenant are not there", "[api][keys]")
{
    Api api;
    auto const made = make(api, "{}");
    auto const never = std::string("/api/v1/keys/none");
    struct Ask {
        char const* method;
        char const* more;
        char const* body;
    };
    for (auto const& [method, more, body] :
         {Ask{"GET", "", ""}, Ask{"PATCH", "", "{}"}, Ask{"DELETE", "", ""}, Ask{"POST", "/rotate", "{}"}}) {
        INFO(method << more);
        auto const foreign = api.call(method, made.place() + more, body, "other-key");
        auto const missing = api.call(method, never + more, body, "other-key");
        CHECK(foreign.status == 404);
        CHECK(foreign.body == missing.body);
    }
    CHECK(api.call("GET", "/api/sessions", "", made.key).status == 200);
}

TEST_CASE("a stream's right ends with its key", "[api][keys]")
{
    Api api;
    auto const made = make(api, R"({"sessions":["a"]})");
    auto const principal = api.keys.find(made.key);
    REQUIRE(principal);
    CHECK(api.keys.holds(*principal));
    CHECK(api.call("PATCH", made.place(), R"({"sessions":["b"]})").status == 200);
    CHECK_FALSE(api.keys.holds(*principal));
    auto const now_allowed = api.keys.find(made.key);
    CHECK(api.keys.holds(*now_allowed));
    CHECK(api.call("DELETE", made.place()).status == 200);
    CHECK_FALSE(api.keys.holds(*now_allowed));
}
