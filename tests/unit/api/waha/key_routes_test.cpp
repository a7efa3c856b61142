#include "protocol/crypto/crypto.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

std::string text(http::Response const& response, char const* name)
{
    return std::string(body_of(response).at(name).as_string());
}

} // namespace

TEST_CASE("a key is shown whole once, and stored as its hash", "[api][keys]")
{
    Api api;
    auto const made = api.call("POST", "/api/keys", R"({"isAdmin":true,"session":null,"isActive":true})");
    REQUIRE(made.status == 201);
    auto const key = text(made, "key");
    // Says which key it is; the secret has 160 bits.
    auto const begin = "wk_" + text(made, "id") + "_";
    CHECK(key.starts_with(begin));
    CHECK(key.size() == begin.size() + 40);
    CHECK(api.call("GET", "/api/sessions", "", key).status == 200);
    auto const listed = body_of(api.call("GET", "/api/keys")).as_array();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].at("id").as_string() == text(made, "id").c_str());
    CHECK(std::string(listed[0].at("key").as_string()) == "…" + key.substr(key.size() - 4));
    CHECK(listed[0].at("isAdmin").as_bool());
    REQUIRE(api.key_table.rows.size() == 1);
    CHECK(api.key_table.rows[0].hash == http::hash_key(key));
}

TEST_CASE("a key that is changed or deleted is so at once", "[api][keys]")
{
    Api api;
    api.add_session("acme", "a");
    auto const made = api.call("POST", "/api/keys", R"({"isAdmin":false,"session":"a","isActive":true})");
    auto const key = text(made, "key");
    auto const place = "/api/keys/" + text(made, "id");
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 200);
    CHECK(api.call("PUT", place, R"({"isAdmin":false,"session":"b","isActive":true})").status == 200);
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 403);
    CHECK(api.call("PUT", place, R"({"isAdmin":false,"session":"a","isActive":false})").status == 200);
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 401);
    CHECK(api.call("PUT", place, R"({"isAdmin":false,"session":"a","isActive":true,"expiresAt":1000})")
              .status == 200);
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 401);
    CHECK(api.call("PUT", place, R"({"isAdmin":false,"session":"a","isActive":true})").status == 200);
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 200);
    CHECK(api.call("DELETE", place).status == 200);
    CHECK(api.call("GET", "/api/sessions/a", "", key).status == 401);
    CHECK(api.call("DELETE", place).status == 404);
    CHECK(api.key_table.rows.empty());
}

TEST_CASE("keys of another tenant are neither seen nor changed", "[api][keys]")
{
    Api api;
    auto const made = api.call("POST", "/api/keys", R"({"isAdmin":true,"session":null,"isActive":true})");
    auto const place = "/api/keys/" + text(made, "id");
    CHECK(api.call("GET", "/api/keys", "", "other-key").body == "[]");
    CHECK(api.call("GET", "/api/keys", "", "admin-key").body == "[]");
    CHECK(api.call("DELETE", place, "", "other-key").status == 404);
    auto const off = R"({"isAdmin":true,"session":null,"isActive":false})";
    CHECK(api.call("PUT", place, off, "other-key").status == 404);
    CHECK(api.call("GET", "/api/sessions", "", text(made, "key")).status == 200);
}

TEST_CASE("a key does not take its own rights away", "[api][keys]")
{
    Api api;
    auto const made = api.call("POST", "/api/keys", R"({"isAdmin":true,"session":null,"isActive":true})");
    auto const key = text(made, "key");
    auto const place = "/api/keys/" + text(made, "id");
    CHECK(api.call("DELETE", place, "", key).status == 422);
    CHECK(api.call("PUT", place, R"({"isAdmin":true,"session":null,"isActive":false})", key).status == 422);
    CHECK(api.call("PUT", place, R"({"isAdmin":false,"session":"a","isActive":true})", key).status == 422);
    CHECK(api.call("GET", "/api/keys", "", key).status == 200);
}

TEST_CASE("a key is for the tenant or for one session, never for neither", "[api][keys]")
{
    Api api;
    for (auto const* body : {R"({"isAdmin":false,"session":null})", R"({"isAdmin":true,"session":"a"})", "{}",
                             R"({"isAdmin":false,"session":"a","actions":{"read":1}})",
                             R"({"isAdmin":false,"session":"a","expiresAt":"tomorrow"})"}) {
        INFO(body);
        CHECK(api.call("POST", "/api/keys", body).status == 400);
    }
    CHECK(api.key_table.rows.empty());
}

TEST_CASE("keys for media and control are the same each time, and narrow", "[api][keys]")
{
    Api api;
    api.add_session("acme", "a");
    auto const media = api.call("POST", "/api/keys/media", R"({"session":"a"})");
    REQUIRE(media.status == 201);
    CHECK(text(media, "id") == "key_id_media_a");
    auto const again = api.call("POST", "/api/keys/media", R"({"session":"a"})");
    CHECK(media.body == again.body);
    auto const control = api.call("POST", "/api/keys/control", R"({"session":"a"})");
    CHECK(text(control, "id") == "key_id_control_a");
    CHECK(api.call("GET", "/api/a/chats", "", text(media, "key")).status == 403);
    CHECK(api.call("POST", "/api/sessions/a/stop", "", text(media, "key")).status == 403);
    CHECK(api.call("GET", "/api/files/a/none.jpg", "", text(media, "key")).status != 403);
    CHECK(api.call("GET", "/api/a/chats", "", text(control, "key")).status == 403);
    CHECK(api.call("POST", "/api/sessions/a/stop", "", text(control, "key")).status == 201);
    CHECK(api.call("POST", "/api/keys/media", R"({"session":"missing"})").status == 422);
    // Made anew it is another one.
    CHECK(api.call("DELETE", "/api/keys/key_id_media_a").status == 200);
    CHECK(api.call("GET", "/api/sessions", "", text(media, "key")).status == 401);
}

TEST_CASE("a key of a session sees only that session in the list", "[api][keys]")
{
    Api api;
    api.add_session("acme", "a");
    api.add_session("acme", "b");
    auto const key =
        text(api.call("POST", "/api/keys", R"({"isAdmin":false,"session":"b","isActive":true})"), "key");
    auto const listed = body_of(api.call("GET", "/api/sessions?all=true", "", key)).as_array();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].at("name").as_string() == "b");
}

TEST_CASE("a configured key may be known by its SHA-512 only", "[api][keys]")
{
    Api api;
    std::string const key = "a key of the operator";
    auto const hash = crypto::sha512(view(key));
    REQUIRE(api.keys.add_configured_hash(TenantId("default"), hash, true));
    CHECK(api.call("GET", "/api/v1/tenants", "", key).status == 200);
    CHECK(api.call("GET", "/api/v1/tenants", "", key + "x").status == 401);
}
