// From the handshake to a session that works: prekeys, the offline queue, rotation (protocol.md 3.2-3.4).
#include "protocol/proto/client_payload.pb.h"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

using World = OneAccount;

} // namespace

TEST_CASE("the first connection registers and the next one logs in", "[scenario][connection]")
{
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
    world.server.log.clear();
    world.say(Node{"ib"}.add(Node{"dirty"}.set("type", "newsletter_metadata").set("timestamp", "17")));
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
    World world;
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
    World world;
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
