// How sessions end: stream errors, refused logins, failed storage, logout (protocol.md 3.5, 3.7).
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

using World = OneAccount;

Node stream_error(std::string_view code, std::string_view conflict = {})
{
    Node error{"stream:error"};
    if (!code.empty()) error.set("code", code);
    if (!conflict.empty()) error.add(Node{"conflict"}.set("type", conflict));
    return error;
}

} // namespace

TEST_CASE("stream errors end a connection each in its way", "[scenario][connection]")
{
    struct Row {
        char const* name;
        Node error;
        SessionStatus status; // once nothing happens without time passing
        StatusReason reason;
        bool comes_back; // by itself, within five minutes
        bool keeps_keys;
    };
    using S = SessionStatus;
    using R = StatusReason;
    auto const row = GENERATE(values<Row>({
        {"515 restarts at once", stream_error("515"), S::working, R::logged_in, true, true},
        {"503 reconnects", stream_error("503"), S::starting, R::server_restart, true, true},
        {"429 reconnects later", stream_error("429"), S::starting, R::rate_limited, true, true},
        {"replaced stays away", stream_error("", "replaced"), S::failed, R::replaced, false, true},
        {"device_removed forgets the keys", stream_error("401", "device_removed"), S::failed,
         R::logged_out_by_phone, false, false},
        {"516 forgets the keys", stream_error("516"), S::failed, R::logged_out_by_phone, false, false},
        {"an unknown code reconnects", stream_error("599"), S::starting, R::connection_lost, true, true},
        {"a wanted ack reconnects",
         Node{"stream:error"}.add(Node{"ack"}.set("class", "message").set("id", "1")), S::starting,
         R::connection_lost, true, true},
    }));
    INFO(row.name);
    World world;
    world.say(row.error);
    CHECK(world.status() == row.status);
    CHECK(world.reason() == row.reason);
    world.advance(5min);
    CHECK((world.status() == S::working) == row.comes_back);
    CHECK(world.a.store.read(RecordKind::account, "").has_value() == row.keeps_keys);
    CHECK(world.a.engine().me().has_value() == row.keeps_keys);
}

TEST_CASE("a rate-limited session waits a minute longer", "[scenario][connection]")
{
    World world;
    world.say(stream_error("429"));
    world.advance(59s);
    CHECK(world.a.opened.size() == 2);
    world.advance(4s);
    CHECK(world.a.opened.size() == 3);
}

TEST_CASE("a server that restarts the stream again and again does not get a connection storm",
          "[scenario][connection]")
{
    World world;
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.tag == "iq") world.server.send(device, stream_error("515"));
        return true;
    };
    world.say(stream_error("515"));
    world.advance(60s);
    CHECK(world.a.opened.size() < 15);
}

TEST_CASE("refused logins end each in their way", "[scenario][connection]")
{
    struct Row {
        char const* code;
        SessionStatus status;
        StatusReason reason;
        bool keeps_keys;
    };
    using S = SessionStatus;
    using R = StatusReason;
    auto const row = GENERATE(values<Row>({
        {"401", S::failed, R::logged_out_by_phone, false},
        {"402", S::failed, R::temporarily_banned, true},
        {"403", S::failed, R::account_locked, true},
        {"405", S::failed, R::client_outdated, true},
        {"406", S::failed, R::banned, true},
        {"409", S::failed, R::server_refused, true},
        {"500", S::starting, R::server_restart, true},
        {"503", S::starting, R::server_restart, true},
    }));
    INFO(row.code);
    World world;
    world.say(Node{"failure"}.set("reason", row.code).set("code", "101").set("expire", "3600"));
    CHECK(world.status() == row.status);
    CHECK(world.reason() == row.reason);
    CHECK(world.a.store.read(RecordKind::account, "").has_value() == row.keeps_keys);
    if (std::string{row.code} == "402") CHECK(world.a.engine().detail() == "101, seconds left: 3600");
    if (std::string{row.code} == "405") CHECK(world.a.engine().detail() == "2.3000.1045649367");
    auto const opened = world.a.opened.size();
    world.advance(5s);
    CHECK((world.a.opened.size() > opened) == (row.status == S::starting));
}

TEST_CASE("a companion unlinked while it was away is told at its next login", "[scenario][connection]")
{
    World world;
    auto const lid = world.a.lid();
    world.a.drop_link();
    world.server.remove_device(lid);
    world.advance(3s);
    CHECK(world.status() == SessionStatus::failed);
    CHECK(world.reason() == StatusReason::logged_out_by_phone);
    world.a.start();
    world.run();
    CHECK(world.status() == SessionStatus::scan_qr_code); // a new device, to be linked again
}

TEST_CASE("after a failed commit nothing is sent, stored or opened any more", "[scenario][connection]")
{
    World world;
    auto& ben = world.server.add_account("4915100000002", "900000000000002", "Ben");
    world.a.commits_fail = true;
    world.server.log.clear();
    world.server.send_text(ben, world.anna.lid, "hello", "B1");
    world.run();
    CHECK(world.status() == SessionStatus::failed);
    CHECK(world.reason() == StatusReason::storage_failed);
    CHECK(world.server.seen(world.a.engine().me()->lid, "receipt").empty());
    auto const commits = world.a.commits;
    world.a.commits_fail = false;
    world.a.send_text(ben.lid, "anybody?", "A1");
    world.a.start();
    world.advance(1h);
    CHECK(world.a.commits == commits);
    CHECK(world.a.opened.size() == 2);
    REQUIRE(world.a.sends.size() == 1);
    CHECK(world.a.sends[0].stage == engine::SendStage::rejected);
    CHECK(world.server.log.empty());
}

TEST_CASE("logging out unlinks the device and forgets its keys", "[scenario][connection]")
{
    World world;
    auto const identity = world.server.keys(world.a.lid()).identity;
    world.server.log.clear();
    world.a.use([](engine::Engine& engine, Instant now) { engine.logout(3, now); });
    world.run();
    REQUIRE(world.server.log.size() == 1);
    auto const* request = world.server.log[0].node.child("remove-companion-device");
    REQUIRE(request != nullptr);
    CHECK(request->jid("jid") == Jid::phone("4915100000001", 1));
    CHECK(world.a.logouts == 1);
    CHECK(world.a.store.records.size() == 0);
    CHECK(world.a.store.statuses().back() == "STOPPED logged_out");
    CHECK_FALSE(world.a.engine().me());
    world.a.start();
    world.run();
    CHECK(world.status() == SessionStatus::scan_qr_code);
    CHECK(pairing::parse_qr(world.a.engine().qr()->text)->identity_key != identity);
}

TEST_CASE("logging out works without a connection and forgets what was to be sent", "[scenario][connection]")
{
    World world;
    world.a.reachable = false;
    world.a.drop_link();
    world.run();
    world.a.send_text(Jid::hidden("900000000000002"), "never", "A1");
    world.run();
    world.a.use([](engine::Engine& engine, Instant now) { engine.logout(3, now); });
    world.run();
    CHECK(world.a.logouts == 1);
    CHECK(world.a.store.records.size() == 0);
    CHECK(world.a.store.outbox().empty());
    CHECK(world.a.engine().unfinished_sends() == 0);
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::error});
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    world.advance(1h);
    CHECK(world.status() == SessionStatus::stopped);
}

TEST_CASE("a logout whose answer never comes is finished when the connection ends", "[scenario][connection]")
{
    World world;
    world.server.intercept = [](Jid const&, Node const& node) {
        return node.child("remove-companion-device") != nullptr;
    };
    world.a.use([](engine::Engine& engine, Instant now) {
        engine.logout(3, now);
        engine.logout(4, now);
    });
    world.run();
    CHECK(world.a.logouts == 0);
    world.a.drop_link();
    world.run();
    CHECK(world.a.logouts == 2);
    CHECK(world.a.store.records.size() == 0);
    world.advance(1h);
    CHECK(world.status() == SessionStatus::stopped);
    CHECK(world.a.opened.size() == 2);
}

TEST_CASE("a session started right after a logout does not find the old keys, committed or not",
          "[scenario][connection]")
{
    World world;
    world.a.reachable = false;
    world.a.drop_link();
    world.run();
    world.a.reachable = true;
    world.a.hold_commits = true;
    world.a.use([](engine::Engine& engine, Instant now) {
        engine.logout(3, now);
        engine.start(now, StatusReason::requested);
    });
    world.run();
    CHECK(world.status() == SessionStatus::scan_qr_code);
    CHECK_FALSE(world.a.engine().me());
    world.a.hold_commits = false;
    world.run();
    world.server.scan(world.a.engine().qr()->text, world.anna);
    world.run();
    CHECK(world.status() == SessionStatus::working);
}
