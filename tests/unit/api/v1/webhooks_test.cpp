#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

SessionKey const shop{TenantId("acme"), SessionName("shop")};

gateway::webhooks::EndpointStatus endpoint(std::string id)
{
    gateway::webhooks::EndpointStatus status;
    status.id = std::move(id);
    status.url = "https://user:secret@h.example/hook?x=1";
    return status;
}

storage::DeadLetter letter(std::uint64_t number)
{
    storage::DeadLetter letter;
    letter.number = number;
    letter.session = shop;
    letter.endpoint = "session-0f";
    letter.url = "https://user:secret@h.example/hook";
    letter.event_id = "evt_1";
    letter.event_name = "message.any";
    letter.time = wall_from_milliseconds(1'741'249'702'485);
    letter.attempts = 15;
    letter.status = 500;
    letter.reason = "exhausted";
    letter.event = Event{};
    return letter;
}

} // namespace

TEST_CASE("the endpoints of a session are shown with how they are doing", "[api][webhooks]")
{
    Api api;
    auto disabled = endpoint("session-0f");
    disabled.enabled = false;
    disabled.disabled_reason = "gone";
    disabled.disabled_at = wall_from_milliseconds(1'741'249'702'485);
    disabled.pending_events = 5;
    api.webhooks.sessions[shop] = {disabled, endpoint("global-1")};
    auto const list = body_of(api.call("GET", "/api/v1/shop/webhooks")).at("webhooks").as_array();
    REQUIRE(list.size() == 2);
    CHECK(
        list[0] ==
        test::parsed(
            R"({"id":"session-0f","url":"https://h.example/hook?x=1","enabled":false,"disabledReason":"gone",)"
            R"("disabledAt":1741249702485,"pendingEvents":5,"lastSuccessAt":null,"lastError":null})"));
    CHECK(list[1].at("enabled") == true);
    CHECK(list[1].at("disabledReason").is_null());
    CHECK(api.call("GET", "/api/v1/shop/webhooks", "", "other-key").status == 404);
}

TEST_CASE("an endpoint is switched on again by its id", "[api][webhooks]")
{
    Api api;
    auto disabled = endpoint("session-0f");
    disabled.enabled = false;
    api.webhooks.sessions[shop] = {disabled};
    auto const response = api.call("POST", "/api/v1/shop/webhooks/session-0f/enable");
    CHECK(response.status == 200);
    CHECK(response.body == R"({"id":"session-0f","enabled":true})");
    CHECK(api.webhooks.sessions[shop][0].enabled);
    auto const unknown = api.call("POST", "/api/v1/shop/webhooks/session-1f/enable");
    CHECK(unknown.status == 404);
    CHECK(body_of(unknown).at("message") == "Webhook endpoint not found");
    CHECK(api.call("POST", "/api/v1/nobody/webhooks/session-0f/enable").status == 404);
}

TEST_CASE("dead letters are listed in pages, filtered, of the own tenant", "[api][webhooks]")
{
    Api api;
    auto expired = letter(8);
    expired.event.reset();
    expired.event_name.clear();
    expired.status = 0;
    expired.error = "connection refused";
    api.webhooks.letters = {letter(7), expired};
    auto const page = body_of(api.call(
        "GET",
        "/api/v1/"
        "dead-letters?session=shop&endpoint=session-0f&event=message.any&from=1&until=2&after=6&limit=2"));
    CHECK(page.at("next") == "8");
    auto const& list = page.at("deadLetters").as_array();
    CHECK(
        list.at(0) ==
        test::parsed(
            R"({"id":"7","session":"shop","endpoint":"session-0f","url":"https://h.example/hook","event":"message.any","eventId":"evt_1",)"
            R"("time":1741249702485,"attempts":15,"status":500,"reason":"exhausted","error":null,"replayable":true})"));
    CHECK(list.at(1).at("replayable") == false);
    CHECK(list.at(1).at("status").is_null());
    CHECK(list.at(1).at("error") == "connection refused");
    auto const& asked = *api.webhooks.asked;
    CHECK(asked.session == SessionName("shop"));
    CHECK(asked.endpoint == "session-0f");
    CHECK(asked.event_name == "message.any");
    CHECK(asked.from == wall_from_milliseconds(1));
    CHECK(asked.until == wall_from_milliseconds(2));
    CHECK(asked.after == 6);
    CHECK(asked.limit == 2);
    CHECK(body_of(api.call("GET", "/api/v1/dead-letters")).at("next").is_null());
    CHECK(api.webhooks.asked->limit == 100);
    CHECK(body_of(api.call("GET", "/api/v1/dead-letters", "", "other-key"))
              .at("deadLetters")
              .as_array()
              .empty());
    CHECK(*api.webhooks.asked_by == TenantId("other"));
    for (auto const* query : {"limit=0", "limit=1001", "after=x", "from=-1", "until=tomorrow"})
        CHECK(api.call("GET", std::string("/api/v1/dead-letters?") + query).status == 400);
}

TEST_CASE("dead letters are replayed by id, by filter or all", "[api][webhooks]")
{
    Api api;
    api.webhooks.count = 3;
    auto const replay = [&](std::string const& body) {
        api.webhooks.replayed.reset();
        return api.call("POST", "/api/v1/dead-letters/replay", body);
    };
    auto const by_id = replay(R"({"ids":["7","8"],"rate":0.5})");
    CHECK(by_id.status == 202);
    CHECK(by_id.body == R"({"replaying":3})");
    CHECK(api.webhooks.replayed->which.numbers == std::vector<std::uint64_t>{7, 8});
    CHECK(api.webhooks.replayed->per_second == 0.5);
    CHECK(*api.webhooks.asked_by == TenantId("acme"));
    CHECK(replay(R"({"session":"shop","from":5})").status == 202);
    CHECK(api.webhooks.replayed->which.session == SessionName("shop"));
    CHECK(api.webhooks.replayed->which.from == wall_from_milliseconds(5));
    CHECK(api.webhooks.replayed->which.limit > 1'000'000);
    CHECK(api.webhooks.replayed->per_second == 10);
    CHECK(replay(R"({"all":true})").status == 202);
    for (auto const* bad :
         {"", "{}", R"({"all":false})", R"({"ids":[]})", R"({"ids":["x"]})", R"({"ids":["0"]})",
          R"({"ids":[7]})", R"({"all":true,"rate":0})", R"({"all":true,"rate":1001})"}) {
        INFO(bad);
        CHECK(replay(bad).status == 400);
        CHECK_FALSE(api.webhooks.replayed);
    }
}

TEST_CASE("dead letters are deleted by filter, all only when that is said", "[api][webhooks]")
{
    Api api;
    api.webhooks.count = 2;
    auto const deleted = api.call("DELETE", "/api/v1/dead-letters?endpoint=session-0f");
    CHECK(deleted.status == 200);
    CHECK(deleted.body == R"({"deleted":2})");
    CHECK(api.webhooks.asked->endpoint == "session-0f");
    CHECK(api.webhooks.asked->limit > 1'000'000);
    CHECK(api.call("DELETE", "/api/v1/dead-letters?all=true").status == 200);
    api.webhooks.asked.reset();
    CHECK(api.call("DELETE", "/api/v1/dead-letters").status == 400);
    CHECK(api.call("DELETE", "/api/v1/dead-letters?all=false").status == 400);
    CHECK(api.call("DELETE", "/api/v1/dead-letters?limit=5").status == 400);
    CHECK_FALSE(api.webhooks.asked);
}

TEST_CASE("one dead letter is deleted by its id", "[api][webhooks]")
{
    Api api;
    api.webhooks.count = 1;
    CHECK(api.call("DELETE", "/api/v1/dead-letters/7").body == R"({"deleted":1})");
    CHECK(api.webhooks.asked->numbers == std::vector<std::uint64_t>{7});
    api.webhooks.count = 0;
    CHECK(api.call("DELETE", "/api/v1/dead-letters/7").status == 404);
    CHECK(api.call("DELETE", "/api/v1/dead-letters/x").status == 404);
    gateway::Rejection failed;
    failed.code = gateway::GatewayErrc::storage_failed;
    api.webhooks.rejection = failed;
    CHECK(api.call("DELETE", "/api/v1/dead-letters/7").status == 503);
}
