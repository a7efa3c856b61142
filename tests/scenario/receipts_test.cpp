// How far messages have come, in direct chats and with each member of a group (protocol.md 7.7).
#include "protocol/engine/compose/about_messages.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct World : TwoAccounts {
    Jid const group{"120363000000000001", JidServer::group};
    Jid const carl = Jid::hidden("900000000000003");

    World()
    {
        Message message;
        message.chat = group;
        message.id = MessageId{"G1"};
        message.from_me = true;
        message.sender = anna.lid;
        message.ack = Ack::server;
        message.body = "all of you";
        a.store.messages[{group, message.id}] = message;
        b.send_text(anna.lid, "hello", "B0"); // from now on Anna knows both addresses of Ben
        run();
    }
    Node receipt(std::string const& type = {})
    {
        Node node{"receipt"};
        node.set("from", group).set("id", "G1").set("t", unix_seconds(clock.now.wall));
        if (!type.empty()) node.set("type", type);
        return node;
    }
    std::vector<std::pair<Jid, Ack>> told()
    {
        std::vector<std::pair<Jid, Ack>> found;
        for (auto const& event : a.store.events_of<MessageAcknowledged>())
            found.emplace_back(event.participant.value_or(Jid{}), event.ack);
        return found;
    }
};

using Told = std::vector<std::pair<Jid, Ack>>;

} // namespace

TEST_CASE("each member of a group is told and kept with what it has got", "[scenario][receipts]")
{
    World world;
    world.say(world.receipt().set("participant", world.ben.lid.with_device(1)));
    world.say(world.receipt("read").set("participant", world.ben.lid));
    world.say(world.receipt().set("participant", world.carl)); // the message itself is further already
    CHECK(world.told() ==
          Told{{world.ben.lid, Ack::device}, {world.ben.lid, Ack::read}, {world.carl, Ack::device}});
    REQUIRE(world.a.store.receipts().size() == 2);
    CHECK(world.a.store.receipts()[0].member == world.ben.lid);
    CHECK(world.a.store.receipts()[0].ack == static_cast<std::int8_t>(Ack::read));
    CHECK(world.a.store.find_message(world.group, MessageId{"G1"})->ack == Ack::read);

    world.say(world.receipt().set("participant", world.ben.lid)); // late, and told nothing new
    world.say(world.receipt("read").set("participant", world.ben.phone));
    CHECK(world.told().size() == 3);
}

TEST_CASE("one receipt speaks for many members", "[scenario][receipts]")
{
    World world;
    Node participants{"participants"};
    participants.set("key", "G1");
    participants.add(Node{"user"}.set("jid", world.ben.lid).set("t", std::int64_t{1'790'000'000}));
    participants.add(Node{"user"}.set("jid", world.carl).set("t", std::int64_t{1'790'000'001}));
    world.say(world.receipt("read").add(std::move(participants)));
    CHECK(world.told() == Told{{world.ben.lid, Ack::read}, {world.carl, Ack::read}});
    CHECK(world.a.store.receipts().at(1).time == WallTime{std::chrono::seconds{1'790'000'001}});
    auto const acks = world.server.seen(world.a.lid(), "ack");
    CHECK(std::count_if(acks.begin(), acks.end(), [](Node const& ack) { return ack.text("id") == "G1"; }) ==
          1);
}

TEST_CASE("receipts of own devices say nothing about a group's members", "[scenario][receipts]")
{
    World world;
    world.say(world.receipt("read").set("participant", world.anna.lid));
    CHECK(world.told().empty());
}

TEST_CASE("receipts for what is no message of the chat are not told", "[scenario][receipts]")
{
    World world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.a.send(world.ben.lid, engine::compose_reaction({MessageId{"A1"}, true, {}}, "🙂"), "A2");
    world.run();
    Node receipt{"receipt"};
    receipt.set("from", world.ben.lid).set("id", "A2").set("type", "read");
    world.say(receipt.set("t", unix_seconds(world.clock.now.wall)));
    CHECK(world.a.store.acks_of("A2").empty());
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"A2"})->ack == Ack::read);
}

TEST_CASE("what was read and played is said to the sender, at most 256 messages at a time",
          "[scenario][receipts]")
{
    World world;
    std::vector<MessageId> ids;
    for (int i = 0; i < 300; ++i)
        ids.emplace_back("B" + std::to_string(i));
    world.server.log.clear();
    world.a.use([&](engine::Engine& engine, Instant now) {
        engine.mark_read(world.ben.lid, std::nullopt, ids, now);
        engine.mark_played(world.group, world.ben.lid, {MessageId{"V1"}}, now);
    });
    world.run();
    auto const receipts = world.server.seen(world.a.lid(), "receipt");
    REQUIRE(receipts.size() == 3);
    CHECK(receipts[0].text("type") == "read");
    CHECK(receipts[0].child("list")->children().size() == 255);
    CHECK(receipts[1].text("id") == "B256");
    CHECK(receipts[1].child("list")->children().size() == 43);
    CHECK(receipts[2].text("type") == "played");
    CHECK(receipts[2].jid("participant") == world.ben.lid);
}
