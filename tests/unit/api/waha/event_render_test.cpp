#include "api/waha/event_render.hpp"

#include "api/http/json.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::waha;

namespace {

constexpr char const* stored_id = "evt_01jbx5k4v8q2m3n4p5r6s7t8v9";

Identity test_identity()
{
    Identity identity;
    identity.program = "wagate/test";
    return identity;
}

gateway::SessionInfo example_session()
{
    gateway::SessionInfo session;
    session.key = SessionKey{TenantId("acme"), SessionName("shop")};
    session.status = SessionStatus::working;
    session.config.metadata = {{"user", "a"}, {"7", "b"}};
    session.me = OwnIdentity{Jid::phone("4917", 3), Jid(), "Ada", "android"};
    return session;
}

storage::StoredEvent stored(EventBody body)
{
    storage::StoredEvent event;
    event.session = SessionKey{TenantId("acme"), SessionName("shop")};
    event.sequence = 1;
    event.id = stored_id;
    event.event.time = wall_from_milliseconds(1'741'249'702'485);
    event.event.body = std::move(body);
    event.event.me = OwnIdentity{Jid::phone("4917", 3), Jid(), "Ada", "android"};
    return event;
}

std::vector<RenderedEvent> rendered(EventBody body)
{
    return render_event(stored(std::move(body)), example_session(), test_identity());
}

MessageAppeared text_message(bool from_me)
{
    MessageAppeared appeared;
    appeared.message.chat = Jid::phone("49151");
    appeared.message.id = MessageId("3EB0");
    appeared.message.from_me = from_me;
    appeared.message.sender = Jid::phone(from_me ? "4917" : "49151");
    appeared.message.body = "hi";
    appeared.message.timestamp = wall_from_seconds(1'741'249'702);
    return appeared;
}

/// The part of an envelope in front of the payload's environment-dependent tail.
bool begins(std::string const& text, std::string const& start)
{
    return text.substr(0, start.size()) == start;
}

} // namespace

TEST_CASE("a status event is enveloped with metadata, account and reason", "[api][events]")
{
    auto const events =
        rendered(SessionStatusChanged{SessionStatus::failed, StatusReason::banned, "code 402"});
    REQUIRE(events.size() == 2);
    CHECK(events[1].name == "state.change");
    CHECK(events[1].id == second_event_id(stored_id));
    CHECK(events[1].body.find(R"("payload":"UNPAIRED")") != std::string::npos);
    CHECK(events[0].name == "session.status");
    CHECK(events[0].id == stored_id);
    CHECK(begins(
        events[0].body,
        R"({"id":"evt_01jbx5k4v8q2m3n4p5r6s7t8v9","timestamp":1741249702485,"event":"session.status","session":"shop",)"
        R"("metadata":{"7":"b","user":"a"},"me":{"id":"4917@c.us","pushName":"Ada","jid":"4917:3@s.whatsapp.net"},)"
        R"("payload":{"name":"shop","status":"FAILED","statuses":[{"status":"FAILED","timestamp":1741249702485}],"data":null,)"
        R"("reason":"banned","detail":"code 402"},"engine":"GOWS","environment":{"version":"2026.7.1","engine":"GOWS","tier":"CORE","browser":null,)"));
    CHECK(events[0].body.find(R"("worker":{"id":null},"server":"wagate/test"}})") != std::string::npos);
}

TEST_CASE("a status event shows the statuses that it was stored with", "[api][events]")
{
    auto const time = [](int n) { return wall_from_milliseconds(1'741'249'702'485 + n); };
    SessionStatusChanged change{SessionStatus::working, StatusReason::logged_in, "", {}};
    change.recent = {{SessionStatus::scan_qr_code, time(-20)},
                     {SessionStatus::starting, time(-10)},
                     {SessionStatus::working, time(0)}};
    auto const events = rendered(change);
    CHECK(
        events[0].body.find(
            R"("statuses":[{"status":"SCAN_QR_CODE","timestamp":1741249702465},{"status":"STARTING","timestamp":1741249702475},{"status":"WORKING","timestamp":1741249702485}])") !=
        std::string::npos);
}

TEST_CASE("an event looks the same whatever its session has become since", "[api][events]")
{
    auto const event = stored(SessionStatusChanged{SessionStatus::working, StatusReason::logged_in, "", {}});
    auto later = example_session();
    later.me.reset();
    later.status = SessionStatus::stopped;
    CHECK(render_event(event, later, test_identity())[0].body ==
          render_event(event, example_session(), test_identity())[0].body);
}

TEST_CASE("an incoming message is message.any and message, with two constant ids", "[api][events]")
{
    auto const events = rendered(text_message(false));
    REQUIRE(events.size() == 2);
    CHECK(events[0].name == "message.any");
    CHECK(events[0].id == stored_id);
    CHECK(events[1].name == "message");
    CHECK(events[1].id == second_event_id(stored_id));
    CHECK(begins(events[1].body, "{\"id\":\"" + events[1].id + "\""));
    CHECK(events[1].body.find(R"("event":"message","session":"shop")") != std::string::npos);
    CHECK(events[1].body.find(R"("payload":{"id":"false_49151@c.us_3EB0")") != std::string::npos);
}

TEST_CASE("an own message is message.any only", "[api][events]")
{
    auto const events = rendered(text_message(true));
    REQUIRE(events.size() == 1);
    CHECK(events[0].name == "message.any");
}

TEST_CASE("a message that cannot be read yet is message.waiting", "[api][events]")
{
    auto appeared = text_message(false);
    appeared.message.kind = MessageKind::waiting;
    auto const events = rendered(appeared);
    REQUIRE(events.size() == 1);
    CHECK(events[0].name == "message.waiting");
}

TEST_CASE("acks of groups have an event of their own", "[api][events]")
{
    MessageAcknowledged change;
    change.chat = Jid::phone("49151");
    change.id = MessageId("3EB0");
    CHECK(rendered(change).at(0).name == "message.ack");
    change.chat = Jid{"120363", JidServer::group};
    change.participant = Jid::phone("49151");
    auto const events = rendered(change);
    CHECK(events.at(0).name == "message.ack.group");
    CHECK(events.at(0).body.find(R"("id":"true_120363@g.us_3EB0_4917@c.us")") != std::string::npos);
}

TEST_CASE("a send that failed for good tells its code, its reason and when it may be tried", "[api][events]")
{
    MessageFailed failed;
    failed.chat = Jid::hidden("77");
    failed.chat_phone = Jid::phone("49151");
    failed.id = MessageId("3EB0");
    failed.failure.code = 463;
    failed.failure.unlock = wall_from_milliseconds(1'741'336'102'000);
    auto const locked = rendered(failed);
    REQUIRE(locked.size() == 1);
    CHECK(locked[0].name == "message.failed");
    CHECK(
        locked[0].body.find(
            R"("payload":{"id":"true_49151@c.us_3EB0","from":"49151@c.us","to":null,"participant":null,"fromMe":true,)"
            R"("code":463,"reason":"reachout_timelock","unlockAt":1741336102000,"_data":{"chat":{"lid":"77@lid","pn":"49151@c.us"}}})") !=
        std::string::npos);
    failed.chat = Jid{"120363", JidServer::group};
    failed.chat_phone.reset();
    failed.failure = SendFailure{401, {}};
    CHECK(rendered(failed)[0].body.find(R"("id":"true_120363@g.us_3EB0_4917@c.us")") != std::string::npos);
    CHECK(rendered(failed)[0].body.find(R"("code":401,"reason":"logged_out","unlockAt":null)") !=
          std::string::npos);
}

TEST_CASE("a change of health and of a webhook are events of their session", "[api][events]")
{
    SessionHealthChanged change;
    change.health.last_stanza = wall_from_milliseconds(1'741'249'702'485);
    change.health.round_trip = Milliseconds(87);
    auto const health = rendered(change);
    REQUIRE(health.size() == 1);
    CHECK(health[0].name == "session.health");
    CHECK(
        health[0].body.find(
            R"("payload":{"healthy":false,"lastStanzaAt":1741249702485,"lastPongAt":null,"roundTripMs":87,"offlineBacklog":0,"name":"shop"})") !=
        std::string::npos);
    auto const webhook =
        rendered(WebhookStateChanged{"session-0f", "https://user:secret@h.example/hook?a=1", false, "gone"});
    REQUIRE(webhook.size() == 1);
    CHECK(webhook[0].name == "webhook.state");
    CHECK(
        webhook[0].body.find(
            R"("payload":{"endpoint":"session-0f","url":"https://h.example/hook?a=1","enabled":false,"reason":"gone"})") !=
        std::string::npos);
    CHECK(webhook[0].body.find("secret") == std::string::npos);
}

TEST_CASE("the same event gives the same bytes", "[api][events]")
{
    CHECK(rendered(text_message(false))[0].body == rendered(text_message(false))[0].body);
}

TEST_CASE("the second id differs from the first in one random character and goes back", "[api][events]")
{
    std::string const first = stored_id;
    auto const second = second_event_id(first);
    REQUIRE(second.size() == first.size());
    CHECK(second != first);
    CHECK(second.substr(0, 14) == first.substr(0, 14));
    CHECK(second.substr(15) == first.substr(15));
    CHECK(second_event_id(second) == first);
}

TEST_CASE("an engine event is every event in the engine's words, behind the others", "[api][events]")
{
    auto appeared = text_message(false);
    appeared.message.content = {0x0A, 0x02, 0x68, 0x69};
    auto const all = render_event(stored(appeared), example_session(), test_identity(),
                                  gateway::Rendering::with_engine_event);
    REQUIRE(all.size() == 3);
    CHECK(all[0].body == rendered(appeared)[0].body);
    CHECK(all[2].name == "engine.event");
    CHECK(all[2].id == engine_event_id(stored_id));
    CHECK(engine_event_id(all[2].id) == stored_id);
    CHECK(all[2].id != all[1].id);
    auto const payload = http::parse_json(all[2].body).value().at("payload");
    CHECK(payload.at("event") == "Message");
    CHECK(payload.at("data").at("body") == "hi");
    CHECK(payload.at("data").at("content") == "CgJoaQ==");
}

TEST_CASE("an engine event tells a label of a message in its own words", "[api][events]")
{
    LabelAssigned change;
    change.label_id = "7";
    change.chat = Jid::phone("49151");
    change.message = MessageId("3EB0");
    REQUIRE(rendered(change).size() == 1);
    auto const all = render_event(stored(change), example_session(), test_identity(),
                                  gateway::Rendering::with_engine_event);
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "message.updated");
    auto const payload = http::parse_json(all[1].body).value().at("payload");
    CHECK(payload.at("event") == "LabelAssigned");
    CHECK(payload.at("data").at("labelId") == "7");
    CHECK(payload.at("data").at("messageId") == "3EB0");
}
