#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

gateway::SendStatus status_of(gateway::SendState state, Ack ack)
{
    gateway::SendStatus status;
    status.state = state;
    status.message.chat = Jid::phone("49151");
    status.message.id = MessageId("3EB0");
    status.message.from_me = true;
    status.message.ack = ack;
    return status;
}

} // namespace

TEST_CASE("what became of a send is told with its message", "[api][outbox]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const shown = [&](gateway::SendStatus status) {
        api.gateway.sends["3EB0"] = std::move(status);
        return body_of(api.call("GET", "/api/v1/shop/outbox/3EB0"));
    };
    auto const queued = shown(status_of(gateway::SendState::queued, Ack::pending));
    CHECK(queued.at("id") == "true_49151@c.us_3EB0");
    CHECK(queued.at("state") == "queued");
    CHECK(queued.at("ack") == 0);
    CHECK(queued.at("ackName") == "PENDING");
    CHECK(queued.at("message").at("id") == "true_49151@c.us_3EB0");
    CHECK(queued.at("failure").is_null());
    CHECK(shown(status_of(gateway::SendState::sending, Ack::pending)).at("state") == "sending");
    CHECK(shown(status_of(gateway::SendState::sent, Ack::read)).at("ackName") == "READ");
}

TEST_CASE("a send that failed for good tells why and until when", "[api][outbox]")
{
    Api api;
    api.add_session("acme", "shop");
    auto status = status_of(gateway::SendState::failed, Ack::error);
    status.message.failure = SendFailure{463, wall_from_milliseconds(1'741'336'102'000)};
    api.gateway.sends["3EB0"] = status;
    auto const locked = body_of(api.call("GET", "/api/v1/shop/outbox/3EB0"));
    CHECK(locked.at("failure") ==
          test::parsed(R"({"code":463,"reason":"reachout_timelock","unlockAt":1741336102000})"));
    status.message.failure.reset();
    api.gateway.sends["3EB0"] = status;
    CHECK(body_of(api.call("GET", "/api/v1/shop/outbox/3EB0")).at("failure") ==
          test::parsed(R"({"code":null,"reason":"rejected_by_server","unlockAt":null})"));
}

TEST_CASE("a send is looked up by its full id too, and only in its own tenant", "[api][outbox]")
{
    Api api;
    api.add_session("acme", "shop");
    api.gateway.sends["true_49151@c.us_3EB0"] = status_of(gateway::SendState::sent, Ack::server);
    CHECK(api.call("GET", "/api/v1/shop/outbox/true_49151%40c.us_3EB0").status == 200);
    CHECK(api.call("GET", "/api/v1/shop/outbox/unknown").status == 404);
    CHECK(api.call("GET", "/api/v1/shop/outbox/true_49151%40c.us_3EB0", "", "other-key").status == 422);
    CHECK(api.call("GET", "/api/v1/shop/outbox/3EB0", "", "").status == 401);
}
