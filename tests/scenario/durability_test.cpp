// The order of persisting and answering, and what survives a crash (design invariants D1, D2, D3).
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct World : TwoAccounts {
    void withhold_message_acks()
    {
        server.intercept = [](Jid const&, Node const& node) { return node.tag == "message"; };
    }
    void restart(EngineHost& host)
    {
        host.crash();
        host.start(StatusReason::boot);
        run();
    }
    /// One commit with everything that follows from it without another commit.
    void commit_one(EngineHost& host)
    {
        host.hold_commits = false;
        host.take(EngineHost::Step::commit);
        host.hold_commits = true;
        run();
    }
};

} // namespace

TEST_CASE("no receipt leaves before the message is durable", "[scenario][durability]")
{
    World world;
    world.a.send_text(world.ben.lid, "before", "A0"); // so that the session exists
    world.run();
    world.server.log.clear();
    world.b.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.b.held() == 1);
    CHECK(world.server.seen(world.b.lid(), "receipt").empty());
    world.b.hold_commits = false;
    world.run();
    CHECK(world.server.seen(world.b.lid(), "receipt").size() == 1);
    CHECK(world.b.store.received_texts().back() == "hello");
}

TEST_CASE("a copy that arrives while the first one is being stored is not acknowledged either",
          "[scenario][durability]")
{
    World world;
    world.server.tamper = {};
    world.b.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    std::optional<Node> copy;
    world.server.tamper = [&](Jid const&, Node& node) {
        if (node.tag == "message") copy = node;
    };
    world.a.send_text(world.ben.lid, "second", "A2");
    world.run();
    REQUIRE(copy);
    world.server.tamper = {};
    world.server.log.clear();
    world.server.deliver(world.b.lid(), *copy);
    world.run();
    CHECK(world.server.seen(world.b.lid(), "receipt").empty());
    world.b.hold_commits = false;
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello", "second"});
    CHECK(world.server.seen(world.b.lid(), "receipt").size() == 3);
    CHECK(world.server.queued(world.b.lid()) == 0);
}

TEST_CASE("a stanza delivered twice is one event and two receipts", "[scenario][durability]")
{
    World world;
    std::optional<Node> copy;
    world.server.tamper = [&](Jid const&, Node& node) {
        if (node.tag == "message") copy = node;
    };
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.server.tamper = {};
    copy->set("offline", "1");
    world.restart(world.b);
    world.server.deliver(world.b.lid(), *copy);
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.server.seen(world.b.lid(), "receipt").size() == 2);
    CHECK(world.server.queued(world.b.lid()) == 0);
}

TEST_CASE("a receipt belongs to the connection on which its message came", "[scenario][durability]")
{
    World world;
    world.b.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.b.drop_link();
    world.server.log.clear();
    world.server.intercept = [&](Jid const& device, Node const& node) {
        return device == world.b.lid() && node.tag == "iq";
    }; // login hangs
    world.advance(2s);
    world.b.hold_commits = false;
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.server.seen(world.b.lid(), "receipt").empty());
    world.server.intercept = {};
    world.b.drop_link();
    world.advance(5s);
    CHECK(world.server.seen(world.b.lid(), "receipt").size() ==
          1); // for the copy that the server delivers again
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
}

TEST_CASE("no ciphertext leaves before its ratchet and its bytes are durable", "[scenario][durability]")
{
    World world;
    world.a.send_text(world.ben.lid, "before", "A0");
    world.run();
    world.server.log.clear();
    world.a.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.a.sends.size() == 2); // not even accepted
    CHECK(world.a.held() == 1);       // the message and its stanza
    CHECK(world.sent_bytes(world.a).empty());
    world.commit_one(world.a);
    REQUIRE(world.a.sends.size() == 4);
    CHECK(world.a.sends[2].stage == engine::SendStage::accepted);
    CHECK(world.sent_bytes(world.a).size() == 1);
    CHECK(world.a.store.outbox().at(0).stanza == world.sent_bytes(world.a)[0]);
    // That the server has it is told at once: it would be sent again if it were forgotten.
    CHECK(world.a.sends[3].stage == engine::SendStage::sent);
    CHECK(world.a.held() > 0);
}

TEST_CASE("a message whose devices have to be asked for is accepted before its ciphertext is durable",
          "[scenario][durability]")
{
    World world;
    world.server.log.clear();
    world.a.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.a.sends.empty());
    while (world.a.sends.empty())
        world.commit_one(world.a);
    CHECK(world.a.sends.back().stage == engine::SendStage::accepted);
    CHECK(world.a.store.outbox().at(0).stanza.empty());
    CHECK(world.sent_bytes(world.a).empty());
    world.a.hold_commits = false;
    world.run();
    CHECK(world.sent_bytes(world.a).size() == 1);
    CHECK(world.b.store.received_texts().back() == "hello");
}

TEST_CASE("a login while a stanza waits for its commit does not send it", "[scenario][durability]")
{
    World world;
    world.a.send_text(world.ben.lid, "before", "A0");
    world.run();
    world.server.log.clear();
    world.a.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.a.drop_link();
    world.advance(2s);
    CHECK(world.a.engine().status() == SessionStatus::working);
    CHECK(world.sent_bytes(world.a).empty());
    world.a.hold_commits = false;
    world.run();
    CHECK(world.sent_bytes(world.a).size() == 1);
    CHECK(world.b.store.received_texts().back() == "hello");
}

TEST_CASE("a message that was accepted goes out once after a crash", "[scenario][durability]")
{
    World world;
    world.a.reachable = false;
    world.a.drop_link();
    world.run();
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    REQUIRE(world.a.sends.size() == 1);
    CHECK(world.a.sends[0].stage == engine::SendStage::accepted);
    world.a.reachable = true;
    world.restart(world.a);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.sent_bytes(world.a).size() == 1);
    world.restart(world.a);
    CHECK(world.sent_bytes(world.a).size() == 1);
}

TEST_CASE("a stanza without the server's ack goes out again with identical bytes after a crash",
          "[scenario][durability]")
{
    World world;
    world.withhold_message_acks();
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    REQUIRE(world.sent_bytes(world.a).size() == 1);
    world.server.intercept = {};
    world.restart(world.a);
    auto const sent = world.sent_bytes(world.a);
    REQUIRE(sent.size() == 2);
    CHECK(sent[0] == sent[1]);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
}

TEST_CASE("a chat goes on where it stopped after a reconnect, with identical bytes first and in order",
          "[scenario][durability]")
{
    World world;
    world.withhold_message_acks();
    std::vector<std::string> expected;
    for (int i = 0; i < 12; ++i) {
        expected.push_back("text " + std::to_string(i));
        world.a.send_text(world.ben.lid, expected.back(), "A" + std::to_string(i));
    }
    world.run();
    CHECK(world.sent_bytes(world.a).size() == 1); // the others wait for the server's word on the first
    world.server.intercept = {};
    bool const by_crash = GENERATE(false, true);
    if (by_crash) {
        world.restart(world.a);
    } else {
        world.a.drop_link();
        world.advance(2s);
    }
    auto const sent = world.sent_bytes(world.a);
    REQUIRE(sent.size() == 13);
    CHECK(sent[0] == sent[1]);
    CHECK(world.b.store.received_texts() == expected);
}

TEST_CASE("what was accepted but not encrypted is sent after what was encrypted", "[scenario][durability]")
{
    World world;
    world.withhold_message_acks();
    world.a.send_text(world.ben.lid, "first", "A1");
    world.run();
    world.a.reachable = false;
    world.a.drop_link();
    world.run();
    world.a.send_text(world.ben.lid, "second", "A2");
    world.run();
    world.server.intercept = {};
    world.a.reachable = true;
    world.restart(world.a);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"first", "second"});
}

TEST_CASE("a received message whose commit was lost in a crash is delivered again", "[scenario][durability]")
{
    World world;
    world.b.hold_commits = true;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.b.hold_commits = false;
    world.restart(world.b);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.server.queued(world.b.lid()) == 0);
    world.b.send_text(world.anna.lid, "got it", "B1");
    world.run();
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"got it"});
}
