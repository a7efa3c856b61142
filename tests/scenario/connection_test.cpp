// Life of a connection: login, keepalive, reconnecting, what the server says at the end (protocol.md 3).
#include "protocol/proto/client_payload.pb.h"
#include "protocol/stanza/iq.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct OneAccount : Scenario {
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    EngineHost& a = paired(anna);

    void say(Node node)
    {
        server.send(a.lid(), std::move(node));
        run();
    }
    SessionStatus status() { return a.engine().status(); }
    StatusReason reason() { return a.engine().reason(); }
    /// What the engine has asked since `log` was cleared: "encrypt count", "passive active" …
    std::vector<std::string> requests()
    {
        std::vector<std::string> found;
        for (auto const& iq : server.seen(a.lid(), "iq"))
            if (iq.has("xmlns"))
                found.push_back(iq.text("xmlns") +
                                (iq.children().empty() ? "" : ' ' + iq.children().front().tag));
        return found;
    }
};

Node stream_error(std::string_view code, std::string_view conflict = {})
{
    Node error{"stream:error"};
    if (!code.empty()) error.set("code", code);
    if (!conflict.empty()) error.add(Node{"conflict"}.set("type", conflict));
    return error;
}

bool within_tenth(Milliseconds actual, Milliseconds expected)
{
    return actual >= expected - expected / 10 && actual <= expected + expected / 10;
}

} // namespace

// ------------------------------------------------------------------------ login

TEST_CASE("the first connection registers and the next one logs in", "[scenario][connection]")
{
    OneAccount world;
    REQUIRE(world.server.hellos.size() == 2);
    proto::ClientPayload registration;
    proto::ClientPayload login;
    REQUIRE(registration.ParseFromString(to_text(world.server.hellos[0].payload)));
    REQUIRE(login.ParseFromString(to_text(world.server.hellos[1].payload)));
    CHECK(registration.has_device_pairing_data());
    CHECK_FALSE(registration.has_username());
    CHECK_FALSE(login.has_device_pairing_data());
    CHECK(login.username() == 4915100000001u);
    CHECK(login.device() == 1);
    CHECK(login.passive());
}

TEST_CASE("login counts prekeys, uploads missing ones and only then asks for stanzas",
          "[scenario][connection]")
{
    OneAccount world;
    CHECK(world.requests() ==
          std::vector<std::string>{"encrypt count", "encrypt registration", "passive active"});
    CHECK(world.server.keys(world.a.lid()).one_time.size() == 20);
    CHECK(world.a.store.records.count(RecordKind::prekey) == 20);
    world.server.log.clear();
    world.a.drop_link();
    world.advance(2s);
    CHECK(world.status() == SessionStatus::working);
    CHECK(world.requests() ==
          std::vector<std::string>{"encrypt count", "passive active"}); // enough keys are there
}

TEST_CASE("the private halves of prekeys are durable before the public ones are uploaded",
          "[scenario][connection]")
{
    OneAccount world;
    world.server.keys(world.a.lid()).one_time.clear();
    world.server.log.clear();
    world.a.drop_link();
    world.a.hold_commits = true;
    world.advance(2s);
    CHECK(world.requests() == std::vector<std::string>{"encrypt count"});
    CHECK(world.a.store.records.count(RecordKind::prekey) == 20);
    world.a.hold_commits = false;
    world.run();
    CHECK(world.requests() ==
          std::vector<std::string>{"encrypt count", "encrypt registration", "passive active"});
    CHECK(world.a.store.records.count(RecordKind::prekey) == 40);
}

TEST_CASE("an upload that was interrupted does not activate the next connection", "[scenario][connection]")
{
    OneAccount world;
    world.server.keys(world.a.lid()).one_time.clear();
    auto& held = GENERATE(true, false) ? world.a.hold_commits : world.a.hold_computed;
    world.a.drop_link();
    held = true;
    world.advance(2s); // the keys are being generated, or wait for their commit
    world.a.drop_link();
    world.advance(2s); // and so do those of the next login
    world.server.log.clear();
    held = false;
    world.run();
    CHECK(world.requests() == std::vector<std::string>{"encrypt registration", "passive active"});
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("the server may announce that keys run low", "[scenario][connection]")
{
    OneAccount world;
    world.server.log.clear();
    Node notification{"notification"};
    notification.set("from", Jid::server_jid())
        .set("type", "encrypt")
        .set("id", "5")
        .add(Node{"count"}.set("value", "3"));
    world.server.deliver(world.a.lid(), notification);
    world.run();
    CHECK(world.requests() == std::vector<std::string>{"encrypt registration"});
    CHECK(world.server.keys(world.a.lid()).one_time.size() == 30);
    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].text("type") == "encrypt");
}

TEST_CASE("the offline queue is fetched in batches until it is empty", "[scenario][connection]")
{
    OneAccount world;
    world.a.drop_link();
    std::vector<std::string> expected;
    auto& ben = world.server.add_account("4915100000002", "900000000000002", "Ben");
    for (int i = 0; i < 12; ++i) {
        expected.push_back("text " + std::to_string(i));
        world.server.send_text(ben, world.anna.lid, expected.back(), "B" + std::to_string(i));
    }
    world.server.offline_primer = 5;
    world.server.log.clear();
    world.advance(5s);
    CHECK(world.a.store.received_texts() == expected);
    CHECK(world.server.queued(world.a.lid()) == 0);
    bool asked = false;
    for (auto const& ib : world.server.seen(world.a.lid(), "ib"))
        if (auto const* batch = ib.child("offline_batch")) asked = batch->text("count") == "200";
    CHECK(asked);
}

TEST_CASE("a batch is asked for again once the one before has begun to arrive", "[scenario][connection]")
{
    OneAccount world;
    auto const asked = [&] {
        auto const all = world.server.seen(world.a.lid(), "ib");
        return std::count_if(all.begin(), all.end(),
                             [](Node const& ib) { return ib.child("offline_batch") != nullptr; });
    };
    auto const stanza = [](std::string const& id) {
        return Node{"notification"}
            .set("from", Jid::server_jid())
            .set("type", "server")
            .set("id", id)
            .set("offline", "1");
    };
    world.say(Node{"ib"}.add(Node{"offline_preview"}.set("count", "500")));
    CHECK(asked() == 1);
    world.say(stanza("1"));
    world.say(stanza("2"));
    CHECK(asked() == 1);
    world.advance(100ms);
    CHECK(asked() == 2);
    world.say(stanza("3"));
    world.say(Node{"ib"}.add(Node{"offline"}.set("count", "500")));
    world.advance(1s);
    CHECK(asked() == 2); // the queue is empty: nothing more to ask for
}

TEST_CASE("a dirty domain is marked clean and edge routing is used by the next connection",
          "[scenario][connection]")
{
    OneAccount world;
    world.server.log.clear();
    world.say(Node{"ib"}.add(Node{"dirty"}.set("type", "groups").set("timestamp", "17")));
    CHECK(world.requests() == std::vector<std::string>{"urn:xmpp:whatsapp:dirty clean"});
    world.say(Node{"ib"}.add(Node{"edge_routing"}.add(Node{"routing_info"}.with_bytes({1, 2, 3}))));
    world.a.crash();
    world.a.start(StatusReason::boot);
    world.run();
    CHECK(world.server.hellos.back().routing_info == Bytes{1, 2, 3});
}

TEST_CASE("the signed prekey is replaced when it is old and both halves stay usable",
          "[scenario][connection]")
{
    OneAccount world;
    world.server.log.clear();
    world.a.drop_link();
    world.clock.advance(24h * 31);
    world.advance(2s);
    CHECK(world.requests() == std::vector<std::string>{"encrypt count", "passive active", "encrypt rotate"});
    CHECK(world.server.keys(world.a.lid()).signed_prekey_id == 2);
    CHECK(world.a.store.records.count(RecordKind::signed_prekey) == 2);
}

TEST_CASE("a rotation whose answer was lost never spends the same key id twice", "[scenario][connection]")
{
    OneAccount world;
    world.server.intercept = [](Jid const&, Node const& node) { return node.child("rotate") != nullptr; };
    world.a.drop_link();
    world.clock.advance(24h * 31);
    world.advance(2s);
    auto const first = *world.a.store.records.read(RecordKind::signed_prekey, "2");
    world.a.crash();
    world.server.intercept = {};
    world.a.start(StatusReason::boot);
    world.run();
    CHECK(world.a.store.records.read(RecordKind::signed_prekey, "2") == first);
    CHECK(world.server.keys(world.a.lid()).signed_prekey_id == 3);
}

// ------------------------------------------------------------------------ keepalive

TEST_CASE("the server's ping is answered", "[scenario][connection]")
{
    OneAccount world;
    world.server.log.clear();
    world.say(Node{"iq"}
                  .set("from", Jid::server_jid())
                  .set("id", "ping-1")
                  .set("type", "get")
                  .set("xmlns", "urn:xmpp:ping"));
    auto const answers = world.server.seen(world.a.lid(), "iq");
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].text("type") == "result");
    CHECK(answers[0].text("id") == "ping-1");
}

TEST_CASE("the connection is pinged every 15 to 30 seconds", "[scenario][connection]")
{
    OneAccount world;
    world.server.log.clear();
    world.advance(10min);
    auto const pings = world.requests();
    CHECK(pings.size() >= 20);
    CHECK(pings.size() <= 40);
    CHECK(
        std::all_of(pings.begin(), pings.end(), [](std::string const& request) { return request == "w:p"; }));
    CHECK(world.status() == SessionStatus::working);
    CHECK(world.a.opened.size() == 2);
}

TEST_CASE("a connection on which nothing arrives for 20 seconds after a ping is given up",
          "[scenario][connection]")
{
    OneAccount world;
    world.a.silent = true;
    auto const since = world.clock.now.monotonic;
    while (world.status() == SessionStatus::working && world.clock.now.monotonic < since + 5min)
        world.advance(1s);
    CHECK(world.reason() == StatusReason::keepalive_timeout);
    CHECK(world.clock.now.monotonic - since >= 35s);
    CHECK(world.clock.now.monotonic - since <= 51s);
    world.a.silent = false;
    world.advance(3s);
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("a server that never answers the hello is given up after 20 seconds", "[scenario][connection]")
{
    OneAccount world;
    world.a.drop_link();
    world.a.silent = true;
    world.advance(1200ms);
    CHECK(world.a.opened.size() == 3);
    world.advance(20s);
    CHECK(world.reason() == StatusReason::handshake_failed);
}

// ---------------------------------------------------------------------------- reconnecting

TEST_CASE("reconnecting waits 1, 1, 2, 3, 5, 8 … seconds, 15 minutes at most", "[scenario][connection]")
{
    OneAccount world;
    world.advance(31s); // a stable connection: the schedule starts over
    world.a.opened.clear();
    world.a.reachable = false;
    auto previous = world.clock.now.monotonic;
    world.a.drop_link();
    world.advance(3h);
    auto const& opened = world.a.opened;
    REQUIRE(opened.size() > 18);
    std::vector<std::chrono::seconds> const expected{1s,  1s,  2s,   3s,   5s,   8s,   13s,  21s, 34s,
                                                     55s, 89s, 144s, 233s, 377s, 610s, 900s, 900s};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("attempt " << i);
        CHECK(within_tenth(std::chrono::duration_cast<Milliseconds>(opened[i] - previous), expected[i]));
        previous = opened[i];
    }
    CHECK(world.status() == SessionStatus::starting);
    world.a.reachable = true;
    world.advance(17min);
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("a connection that does not stay up does not reset the schedule", "[scenario][connection]")
{
    OneAccount world;
    world.advance(31s);
    std::vector<Milliseconds> pauses;
    for (int i = 0; i < 4; ++i) {
        auto const since = world.clock.now.monotonic;
        world.a.drop_link();
        world.run();
        while (world.status() != SessionStatus::working)
            world.advance(100ms);
        pauses.push_back(std::chrono::duration_cast<Milliseconds>(world.clock.now.monotonic - since));
    }
    CHECK(pauses[3] >= 2700ms);
    CHECK(pauses[0] <= 1200ms);
}

TEST_CASE("stopping closes the connection and nothing reconnects", "[scenario][connection]")
{
    OneAccount world;
    world.a.stop();
    world.run();
    CHECK(world.status() == SessionStatus::stopped);
    CHECK(world.a.store.statuses().back() == "STOPPED requested");
    world.advance(1h);
    CHECK(world.a.opened.size() == 2);
    world.a.start();
    world.run();
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("stopping while waiting to reconnect cancels the attempt", "[scenario][connection]")
{
    OneAccount world;
    world.a.drop_link();
    world.run();
    CHECK(world.status() == SessionStatus::starting);
    world.a.stop();
    world.advance(1h);
    CHECK(world.a.opened.size() == 2);
    CHECK(world.status() == SessionStatus::stopped);
}

// ---------------------------------------------------------------------------- the server's last words

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
    OneAccount world;
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
    OneAccount world;
    world.say(stream_error("429"));
    world.advance(59s);
    CHECK(world.a.opened.size() == 2);
    world.advance(4s);
    CHECK(world.a.opened.size() == 3);
}

TEST_CASE("a server that restarts the stream again and again does not get a connection storm",
          "[scenario][connection]")
{
    OneAccount world;
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
    OneAccount world;
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
    OneAccount world;
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

// ------------------------------------------------------------------------ storage

TEST_CASE("after a failed commit nothing is sent, stored or opened any more", "[scenario][connection]")
{
    OneAccount world;
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

// ------------------------------------------------------------------------ logout

TEST_CASE("logging out unlinks the device and forgets its keys", "[scenario][connection]")
{
    OneAccount world;
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
    CHECK(world.a.store.statuses().back() == "STOPPED logged-out");
    CHECK_FALSE(world.a.engine().me());
    world.a.start();
    world.run();
    CHECK(world.status() == SessionStatus::scan_qr_code);
    CHECK(pairing::parse_qr(world.a.engine().qr()->text)->identity_key != identity);
}

TEST_CASE("logging out works without a connection and forgets what was to be sent", "[scenario][connection]")
{
    OneAccount world;
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
    OneAccount world;
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
    OneAccount world;
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
