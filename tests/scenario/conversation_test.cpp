// Companions of several accounts talk: encryption types, acks, receipts, replies, own devices, addresses.
#include "protocol/proto/e2e.pb.h"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct World : TwoAccounts {
    /// Encryption type for one device in the n-th message that `host` has sent.
    std::string enc_type(EngineHost& host, std::size_t index, Jid const& device)
    {
        auto const sent = server.seen(host.lid(), "message").at(index);
        for (auto const& part : sent.child("participants")->children())
            if (part.jid("jid") == device) return part.child("enc")->text("type");
        return "none";
    }
};

} // namespace

TEST_CASE("two companions exchange texts in both directions", "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    world.b.send_text(world.anna.lid, "hello yourself", "B1");
    world.run();
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"hello yourself"});
    CHECK(world.ben.texts() == std::vector<std::string>{"hello", "hello yourself"});
    CHECK(world.anna.texts() == std::vector<std::string>{"hello", "hello yourself"});
    CHECK(world.ben.failures.empty());
    CHECK(world.anna.failures.empty());
}

TEST_CASE("messages are pkmsg until the peer has answered and msg from then on", "[scenario][conversation]")
{
    World world;
    auto const b_device = world.b.lid();
    world.a.send_text(world.ben.lid, "one", "A1");
    world.a.send_text(world.ben.lid, "two", "A2");
    world.run();
    world.b.send_text(world.anna.lid, "three", "B1");
    world.run();
    world.a.send_text(world.ben.lid, "four", "A3");
    world.run();
    CHECK(world.enc_type(world.a, 0, b_device) == "pkmsg");
    CHECK(world.enc_type(world.a, 1, b_device) == "pkmsg");
    CHECK(world.enc_type(world.b, 0, world.a.lid()) == "msg");
    CHECK(world.enc_type(world.a, 2, b_device) == "msg");
    auto const sent = world.server.seen(world.a.lid(), "message");
    CHECK(sent[0].child("device-identity") != nullptr);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"one", "two", "four"});
}

TEST_CASE("a received text carries chat, sender, name and time", "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    auto const message = world.b.store.events_of<MessageAppeared>().at(0).message;
    CHECK(message.chat == world.anna.lid);
    CHECK(message.chat_phone == world.anna.phone);
    CHECK(message.sender == world.anna.lid);
    CHECK(message.sender_phone == world.anna.phone);
    CHECK_FALSE(message.from_me);
    CHECK(message.id == MessageId{"A1"});
    CHECK(message.push_name == "Anna");
    CHECK(message.kind == MessageKind::text);
    CHECK(message.timestamp == wall_from_seconds(unix_seconds(world.clock.now.wall)));
    CHECK(world.b.store.find_message(world.anna.lid, MessageId{"A1"}) == message);
}

TEST_CASE("acks go forward from server to device to read and never back", "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    REQUIRE(world.a.sends.size() == 2);
    CHECK(world.a.sends[0].stage == engine::SendStage::accepted);
    CHECK(world.a.sends[1].stage == engine::SendStage::sent);
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
    world.b.use([&](engine::Engine& engine, Instant now) {
        engine.mark_read(world.anna.lid, std::nullopt, {MessageId{"A1"}}, now);
    });
    world.run();
    Node late{"receipt"};
    late.set("from", world.b.lid()).set("id", "A1").set("t", "1");
    world.server.deliver(world.a.lid(), late);
    world.run();
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device, Ack::read});
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"A1"})->ack == Ack::read);
    CHECK(world.server.queued(world.a.lid()) ==
          0); // every receipt is acknowledged, also those that say nothing new
}

TEST_CASE("a message appears at its sender once the server has taken it", "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    auto const appeared = world.a.store.events_of<MessageAppeared>();
    REQUIRE(appeared.size() == 1);
    CHECK(appeared[0].message.from_me);
    CHECK(appeared[0].message.ack == Ack::server);
    CHECK(appeared[0].message.chat == world.ben.lid);
    CHECK(appeared[0].message.sender == world.anna.lid);
    CHECK(world.a.store.outbox().empty());
}

TEST_CASE("a reply quotes the message it answers", "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.lid, "question", "A1");
    world.run();
    world.b.send_text(world.anna.lid, "answer", "B1", MessageId{"A1"});
    world.run();
    auto const received = world.a.store.events_of<MessageAppeared>().back().message;
    CHECK(received.body == "answer");
    REQUIRE(received.quoted);
    CHECK(received.quoted->id == MessageId{"A1"});
    CHECK(received.quoted->body == "question");
    CHECK(received.quoted->participant == world.anna.lid);
}

TEST_CASE("a second companion sees what the first one sends and answers with a sender receipt",
          "[scenario][conversation]")
{
    World world;
    auto& second = world.paired(world.anna);
    world.server.log.clear();
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    auto const appeared = second.store.events_of<MessageAppeared>();
    REQUIRE(appeared.size() == 1);
    CHECK(appeared[0].message.from_me);
    CHECK(appeared[0].message.chat == world.ben.lid);
    CHECK(appeared[0].message.body == "hello");
    auto const receipts = world.server.seen(second.lid(), "receipt");
    REQUIRE(receipts.size() == 1);
    CHECK(receipts[0].text("type") == "sender");
    CHECK(receipts[0].jid("to") == world.a.lid());
    CHECK(receipts[0].jid("recipient") == world.ben.lid);
    CHECK(world.server.queued(second.lid()) == 0);
}

TEST_CASE("what the phone sends appears as sent by the account", "[scenario][conversation]")
{
    World world;
    world.server.send_text(world.anna, world.ben.lid, "from my phone", "P1");
    world.run();
    auto const appeared = world.a.store.events_of<MessageAppeared>();
    REQUIRE(appeared.size() == 1);
    CHECK(appeared[0].message.from_me);
    CHECK(appeared[0].message.chat == world.ben.lid);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"from my phone"});
}

TEST_CASE("a note to self reaches the own phone and the other companion", "[scenario][conversation]")
{
    World world;
    auto& second = world.paired(world.anna);
    world.a.send_text(world.anna.lid, "remember", "N1");
    world.run();
    CHECK(world.anna.texts() == std::vector<std::string>{"remember"});
    auto const appeared = second.store.events_of<MessageAppeared>();
    REQUIRE(appeared.size() == 1);
    CHECK(appeared[0].message.from_me);
    CHECK(appeared[0].message.chat == world.anna.lid);
    CHECK(world.a.store.acks_of("N1").at(0) == Ack::server);
    CHECK(world.ben.received.empty());
}

TEST_CASE("texts arrive in the order in which they were accepted", "[scenario][conversation]")
{
    World world;
    std::vector<std::string> expected;
    for (int i = 0; i < 10; ++i) {
        expected.push_back("text " + std::to_string(i));
        world.a.send_text(world.ben.lid, expected.back(), "A" + std::to_string(i));
    }
    world.run();
    CHECK(world.b.store.received_texts() == expected);
}

TEST_CASE("a phone number is resolved to its hidden id before the first message", "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.phone, "hello", "A1");
    world.run();
    auto const sent = world.server.seen(world.a.lid(), "message");
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].jid("to") == world.ben.lid);
    CHECK(world.a.engine().lid_of(world.ben.phone) == world.ben.lid);
    CHECK(world.a.engine().phone_of(world.ben.lid) == world.ben.phone);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
    world.server.log.clear();
    world.a.send_text(world.ben.phone, "again", "A2");
    world.run();
    CHECK(world.server.seen(world.a.lid(), "iq").empty()); // everything is known now
}

TEST_CASE("the sessions of a peer addressed by number move to the hidden id once it is known",
          "[scenario][conversation]")
{
    World world;
    auto const number_key = signal::Address::of(world.ben.phone).record_key();
    auto const lid_key = signal::Address::of(world.ben.lid).record_key();
    world.server.names_other_address = false;
    world.server.send_text(world.ben, world.anna.phone, "who am I", "P1");
    world.run();
    CHECK(world.a.store.records.read(RecordKind::signal_session, number_key));
    world.server.names_other_address = true;
    world.server.send_text(world.ben, world.anna.phone, "this is me", "P2");
    world.run();
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"who am I", "this is me"});
    CHECK_FALSE(world.a.store.records.read(RecordKind::signal_session, number_key));
    CHECK(world.a.store.records.read(RecordKind::signal_session, lid_key));
    auto const appeared = world.a.store.events_of<MessageAppeared>();
    CHECK(appeared[0].message.chat == world.ben.phone);
    CHECK(appeared[1].message.chat == world.ben.lid);
    CHECK(appeared[1].message.chat_phone == world.ben.phone);
    // And the session that was moved serves for the answer.
    world.a.send_text(world.ben.phone, "hello", "A1");
    world.run();
    CHECK(world.b.store.received_texts().back() == "hello");
}

TEST_CASE("delivery is reported as inactive until the account's name is known and presence announced",
          "[scenario][conversation]")
{
    World world;
    world.a.send_text(world.ben.lid, "one", "A1");
    world.run();
    CHECK(world.server.seen(world.b.lid(), "receipt").at(0).text("type") == "inactive");

    proto::HistorySync history;
    auto& name = *history.add_pushnames();
    name.set_id(world.ben.phone.to_string());
    name.set_pushname("Ben");
    proto::Message content;
    auto& notification = *content.mutable_protocol_message()->mutable_history_sync_notification();
    content.mutable_protocol_message()->set_type(5);
    notification.set_initial_hist_bootstrap_inline_payload(
        to_text(deflated(to_bytes(history.SerializeAsString()))));
    world.server.log.clear();
    world.server.send_peer(world.ben, world.b.lid(), to_bytes(content.SerializeAsString()), "PEER1");
    world.run();
    CHECK(world.b.engine().me()->push_name == "Ben");
    auto const presence = world.server.seen(world.b.lid(), "presence");
    REQUIRE(presence.size() == 1);
    CHECK(presence[0].text("type") == "available");
    CHECK(presence[0].text("name") == "Ben");
    auto const receipts = world.server.seen(world.b.lid(), "receipt");
    REQUIRE(receipts.size() == 2);
    CHECK(receipts[0].text("type") == "hist_sync");
    CHECK(receipts[0].jid("to") == world.ben.lid);
    CHECK(receipts[1].text("type") == "peer_msg");
    CHECK(world.b.store.events_of<MessageAppeared>().size() == 1); // only Anna's message

    world.a.send_text(world.ben.lid, "two", "A2");
    world.run();
    CHECK_FALSE(world.server.seen(world.b.lid(), "receipt").back().has("type"));
}
