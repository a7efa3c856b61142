#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

TEST_CASE("a session is created and started, its configuration echoed", "[api][sessions]")
{
    Api api;
    auto const response =
        api.call("POST", "/api/sessions",
                 R"({"name":"shop","config":{"metadata":{"customer":"42"},)"
                 R"("webhooks":[{"url":"https://app.example.com/hook","events":["message"]}]}})");
    CHECK(response.status == 201);
    CHECK(
        response.body ==
        R"({"name":"shop","status":"STARTING","config":{"metadata":{"customer":"42"},"webhooks":[{"url":"https://app.example.com/hook",)"
        R"("events":["message"],"hmac":null,"retries":null,"customHeaders":null}],"proxy":null,"debug":false},"me":null,"presence":null,)"
        R"("timestamps":{"activity":null},"assignedWorker":"","engine":{"engine":"GOWS"},"statusReason":"requested","statusDetail":null,)"
        R"("health":{"healthy":false,"lastStanzaAt":null,"lastPongAt":null,"roundTripMs":null,"offlineBacklog":0,"unfinishedSends":0,)"
        R"("pendingEvents":0,"lastWebhookError":null,"disabledWebhooks":[]},)"
        R"("sending":{"waiting":0,"waitsFor":null,"until":null,"messagesToday":0,"messagesTodayLimit":null,"newChatsToday":0,)"
        R"("timeLockUntil":null}})");
    CHECK(api.gateway.calls == std::vector<std::string>{"create acme/shop"});
}

TEST_CASE("start false leaves a new session stopped, and a missing name is made up", "[api][sessions]")
{
    Api api;
    auto const response = api.call("POST", "/api/sessions", R"({"start":false})");
    CHECK(response.status == 201);
    auto const body = body_of(response);
    CHECK(body.at("status") == "STOPPED");
    std::string const name(body.at("name").as_string());
    CHECK(name.size() == 40);
    CHECK(name.substr(0, 8) == "session_");
    CHECK(name.find_first_not_of("0123456789abcdef", 8) == std::string::npos);
    CHECK(api.call("POST", "/api/sessions", "").status == 201);
    CHECK(api.gateway.sessions.size() == 2);
}

TEST_CASE("an existing session cannot be created again", "[api][sessions]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const response = api.call("POST", "/api/sessions", R"({"name":"shop"})");
    CHECK(response.status == 422);
    CHECK(
        response.body ==
        R"({"message":"Session 'shop' already exists. Use PUT to update it.","error":"Unprocessable Entity","statusCode":422})");
}

TEST_CASE("a body that breaks the rules reaches no gateway", "[api][sessions]")
{
    Api api;
    auto const response =
        api.call("POST", "/api/sessions",
                 R"({"name":"a b","start":"yes","config":{"webhooks":[{"url":"ftp://x/"}]}})");
    CHECK(response.status == 400);
    CHECK(
        response.body ==
        R"({"statusCode":400,"message":["name must consist of letters, digits, '-' and '_'","start must be a boolean value",)"
        R"("config.webhooks.0.url must be a URL address","config.webhooks.0.events should not be empty"],"error":"Bad Request"})");
    CHECK(api.call("POST", "/api/sessions", R"({"apps":[{"app":"calls"}]})").status == 400);
    CHECK(api.gateway.calls.empty());
}

TEST_CASE("unknown fields are dropped, or refused in strict mode", "[api][sessions]")
{
    Api lenient;
    auto const created = lenient.call("POST", "/api/sessions",
                                      R"({"name":"a","extra":1,"apps":null,"config":{"other":true}})");
    CHECK(created.status == 201);
    CHECK(created.body.find("other") == std::string::npos);
    ApiOptions options;
    options.unknown_fields = http::UnknownFields::refused;
    Api strict(options);
    CHECK(strict.call("POST", "/api/sessions", R"({"name":"a","extra":1})")
              .body.find("property extra should not exist") != std::string::npos);
}

TEST_CASE("the list has running sessions, and stopped ones on demand", "[api][sessions]")
{
    Api api;
    api.add_session("acme", "a", SessionStatus::working);
    api.add_session("acme", "b", SessionStatus::stopped);
    api.add_session("other", "c", SessionStatus::working);
    CHECK(body_of(api.call("GET", "/api/sessions")).as_array().size() == 1);
    auto const all = body_of(api.call("GET", "/api/sessions?all=true&expand=apps")).as_array();
    REQUIRE(all.size() == 2);
    CHECK(all[0].at("name") == "a");
    CHECK(all[0].at("apps").as_array().empty());
    CHECK(api.call("GET", "/api/sessions?all=perhaps").status == 400);
}

TEST_CASE("a session shows its account, presence and activity", "[api][sessions]")
{
    Api api;
    auto& info = api.add_session("acme", "shop");
    info.is_online = true;
    info.last_activity = wall_from_milliseconds(1'741'249'702'485);
    info.reason = StatusReason::logged_in;
    info.me = OwnIdentity{Jid::phone("4915112345678", 3), Jid::hidden("12345", 3), "Ada", "android"};
    auto const body = body_of(api.call("GET", "/api/sessions/shop"));
    CHECK(
        body.at("me") ==
        test::parsed(
            R"({"id":"4915112345678@c.us","pushName":"Ada","lid":"12345@lid","jid":"4915112345678:3@s.whatsapp.net"})"));
    CHECK(body.at("presence") == "online");
    CHECK(body.at("timestamps").at("activity") == 1'741'249'702'485);
    CHECK(body.at("statusReason") == "logged_in");
    CHECK(body_of(api.call("GET", "/api/sessions/shop/me")).at("id") == "4915112345678@c.us");
}

TEST_CASE("a session shows how its connection and its deliveries are doing", "[api][sessions]")
{
    Api api;
    auto& health = api.add_session("acme", "shop").health;
    health.connection.healthy = true;
    health.connection.last_stanza = wall_from_milliseconds(1'741'249'702'485);
    health.connection.last_pong = wall_from_milliseconds(1'741'249'702'400);
    health.connection.round_trip = Milliseconds(87);
    health.connection.offline_backlog = 4;
    health.unfinished_sends = 2;
    health.webhooks.pending_events = 17;
    health.webhooks.disabled = {"session-0f"};
    gateway::DeliveryFailure failure;
    failure.time = wall_from_milliseconds(1'741'249'702'000);
    failure.endpoint = "session-0f";
    failure.event_id = "evt_1";
    failure.attempt = 3;
    failure.status = 500;
    health.webhooks.last_failure = failure;
    CHECK(
        body_of(api.call("GET", "/api/sessions/shop")).at("health") ==
        test::parsed(
            R"({"healthy":true,"lastStanzaAt":1741249702485,"lastPongAt":1741249702400,"roundTripMs":87,"offlineBacklog":4,)"
            R"("unfinishedSends":2,"pendingEvents":17,"lastWebhookError":{"time":1741249702000,"endpoint":"session-0f",)"
            R"("event":"evt_1","attempt":3,"status":500,"error":null},"disabledWebhooks":["session-0f"]})"));
    failure.status = 0;
    failure.error = "connection refused";
    health.webhooks.last_failure = failure;
    auto const list = body_of(api.call("GET", "/api/sessions"));
    auto const& shown = list.at(0).at("health").at("lastWebhookError");
    CHECK(shown.at("status").is_null());
    CHECK(shown.at("error") == "connection refused");
}

TEST_CASE("me is null while no account is paired", "[api][sessions]")
{
    Api api;
    api.add_session("acme", "shop", SessionStatus::scan_qr_code);
    auto const response = api.call("GET", "/api/sessions/shop/me");
    CHECK(response.status == 200);
    CHECK(response.body == "null");
}

TEST_CASE("start, stop, restart and logout call the gateway and answer 201", "[api][sessions]")
{
    Api api;
    api.add_session("acme", "shop");
    for (std::string const action : {"start", "stop", "restart", "logout"}) {
        api.gateway.calls.clear();
        CHECK(api.call("POST", "/api/sessions/shop/" + action).status == 201);
        CHECK(api.gateway.calls == std::vector<std::string>{action + " acme/shop"});
    }
}

TEST_CASE("an unknown session is 404 for calls about the session itself", "[api][sessions]")
{
    Api api;
    for (auto const& [method, path] :
         std::vector<std::pair<std::string, std::string>>{{"GET", "/api/sessions/x"},
                                                          {"PUT", "/api/sessions/x"},
                                                          {"GET", "/api/sessions/x/me"},
                                                          {"POST", "/api/sessions/x/start"},
                                                          {"POST", "/api/sessions/x/stop"},
                                                          {"POST", "/api/sessions/x/restart"},
                                                          {"POST", "/api/sessions/x/logout"}}) {
        INFO(method << " " << path);
        auto const response = api.call(method, path);
        CHECK(response.status == 404);
        CHECK(response.body == R"({"message":"Session not found","error":"Not Found","statusCode":404})");
    }
}

TEST_CASE("PUT replaces the whole configuration", "[api][sessions]")
{
    Api api;
    api.call("POST", "/api/sessions", R"({"name":"shop","config":{"metadata":{"a":"1"}}})");
    auto const response = api.call("PUT", "/api/sessions/shop", R"({"name":"shop","config":{"debug":true}})");
    CHECK(response.status == 200);
    auto const body = body_of(response);
    CHECK(body.at("config").at("metadata").as_object().empty());
    CHECK(body.at("config").at("debug") == true);
}

TEST_CASE("deleting is idempotent and has no body", "[api][sessions]")
{
    Api api;
    api.add_session("acme", "shop");
    for (int i = 0; i < 2; ++i) {
        auto const response = api.call("DELETE", "/api/sessions/shop");
        CHECK(response.status == 200);
        CHECK(response.body.empty());
    }
    CHECK(api.gateway.sessions.empty());
}

TEST_CASE("the deprecated calls create, update, stop and delete", "[api][sessions]")
{
    Api api;
    CHECK(api.call("POST", "/api/sessions/start", R"({"name":"shop"})").status == 201);
    CHECK(api.gateway.sessions.size() == 1);
    CHECK(api.call("POST", "/api/sessions/start", R"({"name":"shop","config":{"metadata":{"a":"1"}}})")
              .status == 201);
    CHECK(api.gateway.sessions.begin()->second.config.metadata.size() == 1);
    CHECK(api.call("POST", "/api/sessions/start", R"({"name":"shop"})").status == 201);
    CHECK(api.gateway.sessions.begin()->second.config.metadata.size() == 1);
    auto const stopped = api.call("POST", "/api/sessions/stop", R"({"name":"shop"})");
    CHECK(stopped.status == 201);
    CHECK(stopped.body.empty());
    CHECK(api.gateway.sessions.begin()->second.status == SessionStatus::stopped);
    CHECK(api.call("POST", "/api/sessions/stop", R"({"name":"shop","logout":true})").status == 201);
    CHECK(api.gateway.sessions.empty());
    CHECK(api.call("POST", "/api/sessions/logout", R"({"name":"shop"})").status == 201);
    CHECK(api.call("POST", "/api/sessions/logout", "{}").status == 400);
}

TEST_CASE("overload and failures of the gateway say when to come back", "[api][sessions]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const answer = [&](gateway::GatewayErrc code) {
        gateway::Rejection rejection;
        rejection.code = code;
        api.gateway.rejection = rejection;
        return api.call("POST", "/api/sessions/shop/start");
    };
    auto const overloaded = answer(gateway::GatewayErrc::overloaded);
    CHECK(overloaded.status == 429);
    CHECK_FALSE(overloaded.headers.find("Retry-After").empty());
    auto const stopping = answer(gateway::GatewayErrc::shutting_down);
    CHECK(stopping.status == 503);
    CHECK_FALSE(stopping.headers.find("Retry-After").empty());
    CHECK(answer(gateway::GatewayErrc::storage_failed).status == 503);
    CHECK(api.call("DELETE", "/api/sessions/shop").status == 503);
}
