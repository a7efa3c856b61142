// Messages that cannot be opened: asking again, being asked again, giving up (protocol.md 5.9, 5.10, 7.6).
#include "protocol/message/padding.hpp"
#include "protocol/stanza/prekeys.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct World : TwoAccounts {
    /// Both sides have answered: from here on Ben's phone sends plain whisper messages.
    void have_conversation()
    {
        server.send_text(ben, anna.lid, "start", "B0");
        run();
        a.send_text(ben.lid, "answer", "A0");
        run();
    }
    std::vector<Node> retries()
    {
        auto receipts = server.seen(a.lid(), "receipt");
        std::erase_if(receipts, [](Node const& receipt) { return receipt.text("type") != "retry"; });
        return receipts;
    }
    /// The next message for one device is damaged on its way.
    void damage_next_for(Jid const& target)
    {
        server.tamper = [this, target](Jid const& device, Node& node) {
            if (device != target || node.tag != "message") return;
            for (auto& child : std::get<binary::Nodes>(node.content))
                if (child.tag == "enc") std::get<Bytes>(child.content).back() ^= 1;
            server.tamper = {};
        };
    }
};

Node damaged(Node enc)
{
    std::get<Bytes>(enc.content).back() ^= 1;
    return enc;
}

} // namespace

TEST_CASE("a message without a session is asked for again at once with keys and plainly acknowledged",
          "[scenario][retry]")
{
    World world;
    world.server.log.clear();
    // A whisper message of a session that Anna's companion does not have.
    world.server.send_text(world.ben, world.anna.lid, "start", "B0");
    world.run();
    RecordOverlay lost{world.a.store.records};
    signal::erase_session(lost, signal::Address::of(world.ben.lid));
    world.a.store.records.apply(lost.changes());
    world.a.send_text(world.ben.lid, "so that Ben has answered keys", "A0");
    world.run();
    world.a.store.records.apply(lost.changes());
    world.server.log.clear();
    world.deliver(world.from_ben("B1", world.sealed("hello")));
    auto const retries = world.retries();
    REQUIRE(retries.size() == 1);
    auto const* retry = retries[0].child("retry");
    REQUIRE(retry != nullptr);
    CHECK(retries[0].jid("to") == world.ben.lid);
    CHECK(retry->text("count") == "1");
    CHECK(retry->text("id") == "B1");
    CHECK(retry->text("v") == "1");
    CHECK(retry->text("error") == "1");
    CHECK(retries[0].child("registration")->bytes().size() == 4);
    REQUIRE(retries[0].child("keys") != nullptr);
    CHECK(retries[0].path({"keys", "device-identity"}) != nullptr);
    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].text("class") == "message");
    CHECK_FALSE(acks[0].has("error"));
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE(
    "a damaged message is asked for again five times, with keys from the second time on, and stays waiting",
    "[scenario][retry]")
{
    World world;
    world.have_conversation();
    world.server.log.clear();
    for (int i = 0; i < 7; ++i)
        world.deliver(world.from_ben("B1", damaged(world.sealed("hello"))));
    auto const retries = world.retries();
    REQUIRE(retries.size() == 5);
    for (std::size_t i = 0; i < retries.size(); ++i) {
        INFO("request " << i + 1);
        CHECK(retries[i].child("retry")->text("count") == std::to_string(i + 1));
        CHECK((retries[i].child("keys") != nullptr) == (i >= 1));
    }
    CHECK(world.server.seen(world.a.lid(), "ack").size() == 7);
    CHECK(world.a.store.told_of("B1") == std::vector<std::string>{"waiting"});
    CHECK(world.a.store.waiting(10).at(0).retries == 5);
    world.deliver(world.from_ben("B2", world.sealed("still alive")));
    CHECK(world.a.store.received_texts().back() == "still alive");
}

TEST_CASE("the count of requests survives a restart", "[scenario][retry]")
{
    World world;
    world.have_conversation();
    world.deliver(world.from_ben("B1", damaged(world.sealed("hello"))));
    world.a.crash();
    world.a.start(StatusReason::boot);
    world.run();
    world.deliver(world.from_ben("B1", damaged(world.sealed("hello"))));
    REQUIRE(world.retries().size() == 2);
    CHECK(world.retries()[1].child("retry")->text("count") == "2");
}

TEST_CASE("keys in a request start a session in which the message arrives", "[scenario][retry]")
{
    World world;
    world.have_conversation();
    world.deliver(world.from_ben("B1", damaged(world.sealed("hello"))));
    world.deliver(world.from_ben("B1", damaged(world.sealed("hello"))));
    REQUIRE(world.retries().size() == 2);
    auto const request = world.retries()[1];
    auto const bundle = stanza::parse_bundle(*request.child("keys"), request.child("registration")->bytes());
    REQUIRE(bundle);
    REQUIRE(bundle->one_time);
    CHECK_FALSE(world.server.keys(world.a.lid()).one_time.contains(bundle->one_time->id)); // never uploaded
    world.ben.forget_session(world.a.lid());
    world.ben.start_session(world.a.lid(), *bundle);
    world.deliver(world.from_ben("B1", world.sealed("hello", 2)));
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"start", "hello"});
}

TEST_CASE("two companions repair a damaged message by themselves", "[scenario][retry]")
{
    World world;
    bool const has_conversation = GENERATE(false, true);
    if (has_conversation) {
        world.b.send_text(world.anna.lid, "before", "B0");
        world.run();
    }
    world.damage_next_for(world.b.lid());
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    auto const sent = world.server.seen(world.a.lid(), "message");
    REQUIRE(sent.size() == 2);
    CHECK(sent[1].jid("to") == world.b.lid());
    CHECK(sent[1].text("id") == "A1");
    CHECK(sent[1].text("device_fanout") == "false");
    REQUIRE(sent[1].child("enc") != nullptr);
    CHECK(sent[1].child("enc")->text("count") == "1");
    CHECK(world.server.queued(world.a.lid()) == 0);
    CHECK(world.server.queued(world.b.lid()) == 0);
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"A1"})->ack == Ack::device);
}

TEST_CASE("a request is answered from the stored message after a restart", "[scenario][retry]")
{
    World world;
    world.b.stop();
    world.run();
    world.damage_next_for(world.b.lid());
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.a.crash();
    world.b.start();
    world.run(); // asks while the sender is down
    world.a.start(StatusReason::boot);
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("an own companion that asks again gets the device-sent form", "[scenario][retry]")
{
    World world;
    auto& second = world.paired(world.anna);
    world.damage_next_for(second.lid());
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    auto const appeared = second.store.events_of<MessageAppeared>();
    REQUIRE(appeared.size() == 2);
    CHECK(appeared[0].message.kind == MessageKind::waiting);
    CHECK(appeared[1].message.body == "hello");
    for (auto const& [message] : appeared) {
        CHECK(message.from_me);
        CHECK(message.chat == world.ben.lid);
    }
}

TEST_CASE("a session that stays broken is replaced at the third request", "[scenario][retry]")
{
    World world;
    world.b.send_text(world.anna.lid, "before", "B0");
    world.run();
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    auto const base_key = [&] {
        return signal::session_base_key(world.a.store.records, signal::Address::of(world.b.lid()));
    };
    auto const original = base_key();
    auto const ask = [&](int count) {
        Node receipt{"receipt"};
        receipt.set("from", world.b.lid()).set("id", "A1").set("type", "retry").set("t", "1");
        receipt.add(Node{"retry"}.set("count", std::int64_t{count}).set("id", "A1").set("v", "1"));
        receipt.add(
            Node{"registration"}.with_bytes(big_endian(world.server.keys(world.b.lid()).registration_id, 4)));
        world.server.deliver(world.a.lid(), receipt);
        world.run();
    };
    ask(1);
    CHECK(base_key() == original);
    ask(2);
    CHECK(base_key() == original);
    ask(3);
    CHECK(base_key() != original);
    CHECK(world.b.store.received_texts() ==
          std::vector<std::string>{"hello"}); // resends of what is there are no news
}

TEST_CASE("another registration id in a request means a new installation", "[scenario][retry]")
{
    World world;
    world.b.send_text(world.anna.lid, "before", "B0");
    world.run();
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    auto const before = signal::session_base_key(world.a.store.records, signal::Address::of(world.b.lid()));
    Node receipt{"receipt"};
    receipt.set("from", world.b.lid()).set("id", "A1").set("type", "retry").set("t", "1");
    receipt.add(Node{"retry"}.set("count", "1").set("id", "A1").set("v", "1"));
    receipt.add(
        Node{"registration"}.with_bytes(big_endian(world.server.keys(world.b.lid()).registration_id ^ 1, 4)));
    world.server.deliver(world.a.lid(), receipt);
    world.run();
    CHECK(signal::session_base_key(world.a.store.records, signal::Address::of(world.b.lid())) != before);
}

TEST_CASE("a request for a message that is not ours is acknowledged and nothing else", "[scenario][retry]")
{
    World world;
    world.b.send_text(world.anna.lid, "Ben's own", "B0");
    world.run();
    world.server.log.clear();
    auto const id = GENERATE(as<std::string>{}, "B0", "UNKNOWN");
    Node receipt{"receipt"};
    receipt.set("from", world.b.lid()).set("id", id).set("type", "retry").set("t", "1");
    receipt.add(Node{"retry"}.set("count", "1").set("id", id).set("v", "1"));
    world.server.deliver(world.a.lid(), receipt);
    world.run();
    CHECK(world.server.seen(world.a.lid(), "message").empty());
    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].text("class") == "receipt");
    CHECK(acks[0].text("type") == "retry");
}

TEST_CASE("requests that never end are not answered for ever", "[scenario][retry]")
{
    World world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.server.log.clear();
    for (int count = 1; count <= 9; ++count) {
        Node receipt{"receipt"};
        receipt.set("from", world.b.lid()).set("id", "A1").set("type", "retry").set("t", "1");
        receipt.add(Node{"retry"}.set("count", std::int64_t{count}).set("id", "A1").set("v", "1"));
        world.server.deliver(world.a.lid(), receipt);
        world.run();
    }
    CHECK(world.server.seen(world.a.lid(), "message").size() == 5);
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("a peer without one-time prekeys can be written to", "[scenario][retry]")
{
    World world;
    world.server.keys(world.b.lid()).one_time.clear();
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
}

TEST_CASE("a group message that cannot be opened is asked for although its key distribution was",
          "[scenario][retry]")
{
    World world;
    auto const group = Jid::parse("120363000000000001@g.us").value();
    world.server.send_text(world.ben, world.anna.lid, "start", "B0");
    world.run();
    signal::SenderKeyName const own{group.to_string(), signal::Address::of(world.ben.lid)};
    RecordOverlay step{world.ben.records};
    auto const distribution = signal::sender_key_distribution(step, own).value();
    message::TextContent content;
    content.text = "to the group";
    signal::Ciphertext const group_text{
        signal::CiphertextKind::sender_key_message,
        signal::group_encrypt(step, own, message::pad(message::make_text(content), world.random)).value()};
    world.ben.records.apply(step.changes());
    auto const group_message = [&](std::string const& id, Node key, Node text) {
        Node message{"message"};
        message.set("from", group)
            .set("participant", world.ben.lid)
            .set("id", id)
            .set("type", "text")
            .set("t", "1790000000");
        return message.add(std::move(key)).add(std::move(text));
    };
    auto const distribution_enc = [&] {
        return stanza::enc_node(
            world.ben.seal(world.a.lid(), message::make_sender_key_distribution(group, distribution)));
    };
    world.deliver(group_message("G1", distribution_enc(), damaged(stanza::enc_node(group_text))));
    REQUIRE(world.retries().size() == 1);
    CHECK(world.retries()[0].jid("participant") == world.ben.lid);
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"start"});
    world.deliver(group_message("G1", distribution_enc(), stanza::enc_node(group_text)));
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"start", "to the group"});
    auto const message = world.a.store.events_of<MessageAppeared>().back().message;
    CHECK(message.chat == group);
    CHECK(message.sender == world.ben.lid);
}

TEST_CASE("stanzas that are no messages are answered as the table of 7.6 says", "[scenario][retry]")
{
    World world;
    world.have_conversation();
    world.server.log.clear();
    auto const last_ack = [&] { return world.server.seen(world.a.lid(), "ack").back(); };

    world.deliver(world.from_ben("B1", Node{"unavailable"}.set("type", "view_once")));
    CHECK_FALSE(last_ack().has("error"));

    world.deliver(world.from_ben("B2", Node{"enc"}.set("v", "2").set("type", "msmsg").with_bytes({1, 2, 3})));
    CHECK_FALSE(last_ack().has("error"));

    world.deliver(
        world.from_ben("B3", stanza::enc_node(world.ben.seal(world.a.lid(), Bytes{0xFF, 0xFF, 0xFF}))));
    CHECK(last_ack().text("error") == "491");

    world.deliver(Node{"message"}
                      .set("from", Jid::parse("120363000000000001@g.us").value())
                      .set("id", "G1")
                      .set("type", "text"));
    CHECK(last_ack().text("error") == "487"); // a group message without participant

    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() == 4);
    for (auto const& ack : acks) {
        CHECK(ack.text("class") == "message");
        CHECK_FALSE(ack.has("type"));
    }
    CHECK(world.server.seen(world.a.lid(), "receipt").empty());
    CHECK(world.server.queued(world.a.lid()) == 0);
}
