// From nothing to a linked session: QR codes, the phone-number code, and what can go wrong (protocol.md 4).
#include "protocol/stanza/iq.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct Unpaired : Scenario {
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    EngineHost& host = add_host();
    Unpaired()
    {
        host.start();
        run();
    }
    std::string qr() { return host.engine().qr().value().text; }
};

Node refresh_notification()
{
    Node notification{"notification"};
    notification.set("from", Jid::server_jid()).set("type", "companion_reg_refresh").set("id", "77");
    return notification.add(Node{"companion_reg_refresh"});
}

} // namespace

TEST_CASE("a scanned QR code leads to a working session", "[scenario][pairing]")
{
    Unpaired world;
    CHECK(world.host.engine().status() == SessionStatus::scan_qr_code);
    world.server.scan(world.qr(), world.anna);
    world.run();
    CHECK(world.host.store.statuses() == std::vector<std::string>{"STARTING requested",
                                                                  "SCAN_QR_CODE waiting_for_scan",
                                                                  "STARTING paired", "WORKING logged_in"});
    auto const& me = world.host.engine().me().value();
    CHECK(me.phone == Jid::phone("4915100000001", 1));
    CHECK(me.lid == Jid::hidden("900000000000001", 1));
    CHECK(me.platform == "android");
    CHECK_FALSE(world.host.engine().qr());
    CHECK(world.host.opened.size() == 2);
    CHECK(world.host.opened[0] == world.host.opened[1]); // the restart after pairing does not wait
}

TEST_CASE("the signed identity is durable before the phone learns of it", "[scenario][pairing]")
{
    Unpaired world;
    auto const is_signature = [](FakeServer::Seen const& seen) {
        return seen.node.child("pair-device-sign") != nullptr;
    };
    world.host.hold_commits = true;
    world.server.scan(world.qr(), world.anna);
    world.run();
    CHECK(std::none_of(world.server.log.begin(), world.server.log.end(), is_signature));
    world.host.hold_commits = false;
    world.run();
    CHECK(std::any_of(world.server.log.begin(), world.server.log.end(), is_signature));
    CHECK(world.host.engine().status() == SessionStatus::working);
}

TEST_CASE("QR codes rotate after 60 and then every 20 seconds until the last one expires",
          "[scenario][pairing]")
{
    Unpaired world;
    std::set<std::string> shown{world.qr()};
    CHECK(world.host.engine().qr()->expires == world.clock.now.wall + 60s);
    world.advance(59s);
    CHECK(shown.contains(world.qr()));
    world.advance(1s);
    for (int i = 0; i < 5; ++i) {
        CHECK(shown.insert(world.qr()).second);
        CHECK(world.host.engine().qr()->expires == world.clock.now.wall + 20s);
        world.advance(20s);
    }
    CHECK(world.host.engine().status() == SessionStatus::failed);
    CHECK(world.host.engine().reason() == StatusReason::qr_expired);
    CHECK_FALSE(world.host.engine().qr());
    auto const statuses = world.host.store.statuses();
    CHECK(std::count(statuses.begin(), statuses.end(), "SCAN_QR_CODE waiting_for_scan") == 6);
    world.advance(1h);
    CHECK(world.host.opened.size() == 1); // FAILED stays until somebody starts the session again
    world.host.start();
    world.run();
    CHECK(world.host.engine().status() == SessionStatus::scan_qr_code);
}

TEST_CASE("a pairing that is not signed with our secret is refused with hmac-mismatch", "[scenario][pairing]")
{
    Unpaired world;
    world.server.scan(world.qr(), world.anna, {.wrong_secret = true});
    world.run();
    auto const& reply = world.server.log.back().node;
    CHECK(reply.text("type") == "error");
    auto const error = stanza::error_of(reply).value();
    CHECK(error.code == 401);
    CHECK(error.text == "hmac-mismatch");
    CHECK(world.host.engine().status() == SessionStatus::failed);
    CHECK(world.host.engine().reason() == StatusReason::pairing_failed);
    CHECK_FALSE(world.host.engine().me());
}

TEST_CASE("a hosted account can be linked", "[scenario][pairing]")
{
    Unpaired world;
    world.anna.registers_devices_as_hosted = true;
    world.server.scan(world.qr(), world.anna);
    world.run();
    CHECK(world.host.engine().status() == SessionStatus::working);
}

TEST_CASE("a code typed on the phone leads to a working session", "[scenario][pairing]")
{
    Unpaired world;
    world.host.use([](engine::Engine& engine, Instant now) { engine.request_code(7, "4915100000001", now); });
    world.run();
    REQUIRE(world.host.codes.size() == 1);
    CHECK(world.host.codes[0].command == 7);
    CHECK(world.host.codes[0].error == 0);
    REQUIRE(world.host.codes[0].code.size() == 9);
    CHECK(world.host.codes[0].code[4] == '-');
    world.server.enter_code(world.host.codes[0].code, world.anna);
    world.run();
    CHECK(world.host.engine().status() == SessionStatus::working);
    CHECK(world.host.engine().me()->phone.user == "4915100000001");
}

TEST_CASE("a pairing code is refused when the session does not wait to be linked", "[scenario][pairing]")
{
    Unpaired world;
    world.host.stop();
    world.host.use([](engine::Engine& engine, Instant now) { engine.request_code(1, "4915100000001", now); });
    world.run();
    REQUIRE(world.host.codes.size() == 1);
    CHECK(world.host.codes[0].error == 409);
}

TEST_CASE("the server's refusal of a pairing code is reported", "[scenario][pairing]")
{
    Unpaired world;
    world.server.intercept = [](Jid const&, Node const& node) {
        return node.child("link_code_companion_reg") != nullptr;
    };
    world.host.use([](engine::Engine& engine, Instant now) { engine.request_code(1, "4915100000001", now); });
    world.run();
    CHECK(world.host.codes.empty());
    world.advance(60s); // no answer
    REQUIRE(world.host.codes.size() == 1);
    CHECK(world.host.codes[0].error == 408);
}

TEST_CASE("of two requests for a pairing code both are answered and the later one counts",
          "[scenario][pairing]")
{
    Unpaired world;
    world.host.use([](engine::Engine& engine, Instant now) {
        engine.request_code(1, "4915100000001", now);
        engine.request_code(2, "4915100000001", now);
    });
    world.run();
    REQUIRE(world.host.codes.size() == 2);
    CHECK(world.host.codes[0].command == 1);
    CHECK(world.host.codes[0].error == 408);
    CHECK(world.host.codes[1].command == 2);
    world.server.enter_code(world.host.codes[1].code, world.anna);
    world.run();
    CHECK(world.host.engine().status() == SessionStatus::working);
}

TEST_CASE("a session that died after pairing logs in when it comes back", "[scenario][pairing]")
{
    Unpaired world;
    world.server.scan(world.qr(), world.anna);
    while (world.server.hellos.size() < 2)
        world.host.take(world.host.possible().front());
    world.host.crash();
    world.host.start(StatusReason::boot);
    world.run();
    CHECK(world.host.engine().status() == SessionStatus::working);
}

TEST_CASE("a retired registration gives the same ref with a new secret", "[scenario][pairing]")
{
    Unpaired world;
    auto const before = pairing::parse_qr(world.qr()).value();
    world.server.intercept = [](Jid const&, Node const&) { return true; };
    // There is no device yet, so the notification takes the way of the pairing connection.
    world.server.send_unpaired(refresh_notification());
    world.run();
    auto const after = pairing::parse_qr(world.qr()).value();
    CHECK(after.ref == before.ref);
    CHECK(after.adv_secret != before.adv_secret);
    auto const& ack = world.server.log.back().node;
    CHECK(ack.tag == "ack");
    CHECK(ack.text("type") == "companion_reg_refresh");
}

TEST_CASE("a retired registration before the first ref does not end the session", "[scenario][pairing]")
{
    Scenario world;
    auto& host = world.add_host();
    host.start();
    world.server.sends_pair_device = false;
    world.run();
    world.server.send_unpaired(refresh_notification());
    world.run();
    CHECK(host.engine().status() == SessionStatus::starting);
}
