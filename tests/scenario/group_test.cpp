// Groups: one ciphertext for all, the key to those that lack it, and to nobody who has left.
#include "protocol/engine/compose/about_messages.hpp"
#include "protocol/engine/sender_keys.hpp"
#include "protocol/message/reporting.hpp"
#include "tests/support/fake_groups.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;

namespace {

/// Anna, Ben and Carl in a group; Anna and Ben with a companion each.
struct InGroup : TwoAccounts {
    FakePhone& carl = server.add_account("4915100000003", "900000000000003", "Carl");
    FakeGroups groups{server, clock};
    FakeGroups::Room& room = groups.add("Hiking", {&anna, &ben, &carl});

    void send(std::string const& text, std::string const& id)
    {
        a.send_text(room.jid, text, id);
        run();
    }
    /// Group messages that Anna's companion has sent.
    std::vector<Node> sent() const
    {
        std::vector<Node> found;
        for (auto const& node : server.seen(a.lid(), "message"))
            if (node.jid("to") == room.jid) found.push_back(node);
        return found;
    }
    static std::size_t keys_in(Node const& message)
    {
        auto const* participants = message.child("participants");
        return participants == nullptr ? 0 : participants->children().size();
    }
    std::vector<std::string> at_ben() const { return b.store.received_texts(); }
    void remove(FakePhone& who)
    {
        std::erase(room.members, &who);
        groups.tell(room, anna, FakeGroups::news_about("remove", {&who}), &who);
        run();
    }
};

} // namespace

TEST_CASE("a group message is one ciphertext for all and reaches every device", "[scenario][groups]")
{
    InGroup world;
    world.send("hello", "G1");
    world.send("again", "G2");
    REQUIRE(world.sent().size() == 2);
    auto const first = world.sent().front();
    // Anna's phone, Ben's phone and companion, Carl's phone.
    CHECK(InGroup::keys_in(first) == 4);
    CHECK(first.child("enc")->text("type") == "skmsg");
    CHECK(first.text("addressing_mode") == "lid");
    CHECK_FALSE(first.text("phash").empty());
    CHECK(InGroup::keys_in(world.sent().back()) == 0);
    CHECK(world.at_ben() == std::vector<std::string>{"hello", "again"});
    CHECK(world.groups.texts[&world.carl] == std::vector<std::string>{"hello", "again"});
    CHECK(world.groups.texts[&world.anna] == std::vector<std::string>{"hello", "again"});
    CHECK(world.groups.unopened == 0);
    CHECK(world.groups.queries == 1);
    CHECK(world.a.sends.back().stage == engine::SendStage::sent);
}

TEST_CASE("what phones and other companions write into a group arrives", "[scenario][groups]")
{
    InGroup world;
    world.groups.send_text(world.carl, world.room, "from a phone", "C1");
    world.groups.send_text(world.carl, world.room, "and more", "C2");
    world.run();
    CHECK(world.at_ben() == std::vector<std::string>{"from a phone", "and more"});
    auto const appeared = world.b.store.events_of<MessageAppeared>();
    REQUIRE_FALSE(appeared.empty());
    CHECK(appeared.back().message.chat == world.room.jid);
    CHECK(appeared.back().message.sender == world.carl.lid);
    CHECK(appeared.back().message.sender_phone == world.carl.phone);
}

TEST_CASE("after a member has left the key is another one", "[scenario][groups]")
{
    InGroup world;
    world.send("with Carl", "G1");
    world.remove(world.carl);
    world.send("without Carl", "G2");
    REQUIRE(world.sent().size() == 2);
    CHECK(InGroup::keys_in(world.sent().back()) == 3);
    CHECK(world.groups.texts[&world.carl] == std::vector<std::string>{"with Carl"});
    CHECK(world.at_ben() == std::vector<std::string>{"with Carl", "without Carl"});

    // Carl cannot open it even if he gets hold of it.
    signal::SenderKeyName const name{world.room.jid.to_string(), signal::Address::of(world.a.lid())};
    RecordOverlay step{world.carl.records};
    auto const stolen = signal::group_decrypt(step, name, world.sent().back().child("enc")->bytes());
    CHECK_FALSE(stolen.has_value());

    auto const changes = world.a.store.events_of<GroupParticipantsChanged>();
    REQUIRE(changes.size() == 1);
    CHECK(changes.front().change == ParticipantChange::leave);
    CHECK(changes.front().members.front().jid == world.carl.lid);
    CHECK(changes.front().by == world.anna.lid);
}

TEST_CASE("a device that is new to a member gets the key alone", "[scenario][groups]")
{
    InGroup world;
    world.send("one", "G1");
    auto& second = world.paired(world.ben);
    Node notice{"notification"};
    notice.set("type", "devices").set("from", world.ben.phone).set("lid", world.ben.lid).set("id", "d1");
    world.say(std::move(notice));
    world.send("two", "G2");
    REQUIRE(world.sent().size() == 2);
    CHECK(InGroup::keys_in(world.sent().back()) == 1);
    CHECK(second.store.received_texts() == std::vector<std::string>{"two"});
    CHECK(world.at_ben() == std::vector<std::string>{"one", "two"});
}

TEST_CASE("an unlinked device of a member is a reason for a new key", "[scenario][groups]")
{
    InGroup world;
    world.send("one", "G1");
    auto const gone = world.b.lid();
    world.server.remove_device(gone);
    world.run();
    Node notice{"notification"};
    notice.set("type", "devices").set("from", world.ben.phone).set("lid", world.ben.lid).set("id", "d1");
    world.say(std::move(notice));
    world.send("two", "G2");
    REQUIRE(world.sent().size() == 2);
    CHECK(InGroup::keys_in(world.sent().back()) == 3);
    CHECK(world.groups.texts[&world.carl] == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a member without the key asks for it and gets it with the message", "[scenario][groups][retry]")
{
    InGroup world;
    world.groups.loses_keys = true;
    world.send("lost and found", "G1");
    CHECK(world.at_ben() == std::vector<std::string>{"lost and found"});
    world.groups.loses_keys = false;
    world.send("next", "G2");
    CHECK(InGroup::keys_in(world.sent().back()) == 0);
    CHECK(world.at_ben() == std::vector<std::string>{"lost and found", "next"});
}

TEST_CASE("who has left a group is given nothing again", "[scenario][groups][retry]")
{
    InGroup world;
    world.send("old", "G1");
    world.remove(world.ben);
    auto const before = world.server.seen(world.a.lid(), "message").size();
    Node receipt{"receipt"};
    receipt.set("from", world.room.jid)
        .set("participant", world.b.lid())
        .set("id", "G1")
        .set("type", "retry");
    receipt.add(Node{"retry"}.set("count", "1").set("id", "G1"));
    receipt.add(Node{"registration"}.with_bytes(Bytes{0, 0, 0, 1}));
    world.say(std::move(receipt));
    CHECK(world.server.seen(world.a.lid(), "message").size() == before);
}

TEST_CASE("members' receipts move a group message forward", "[scenario][groups]")
{
    InGroup world;
    world.send("read me", "G1");
    auto const acks = world.a.store.events_of<MessageAcknowledged>();
    auto const by_ben = std::find_if(acks.begin(), acks.end(), [&](MessageAcknowledged const& ack) {
        return ack.participant == world.ben.lid && ack.ack == Ack::device;
    });
    CHECK(by_ben != acks.end());
}

TEST_CASE("a group message that was not on its way yet is sent once after a crash",
          "[scenario][groups][crash]")
{
    InGroup world;
    auto const sent_before = world.sent().size();
    auto const accepted = [&] {
        return std::any_of(world.a.sends.begin(), world.a.sends.end(),
                           [](auto const& report) { return report.stage == engine::SendStage::accepted; });
    };
    world.a.hold_commits = true;
    world.a.send_text(world.room.jid, "around a crash", "G1");
    world.run(); // the devices have to be asked for: encrypted, but not durable
    while (!accepted()) {
        REQUIRE(world.a.held() > 0);
        world.a.hold_commits = false;
        world.a.take(EngineHost::Step::commit);
        world.a.hold_commits = true;
        world.run();
    }
    CHECK(world.a.held() > 0);
    CHECK(world.sent().size() == sent_before);
    world.a.crash();
    world.a.hold_commits = false;
    world.a.start();
    world.run();
    CHECK(world.sent().size() == sent_before + 1);
    CHECK(world.at_ben() == std::vector<std::string>{"around a crash"});
    CHECK(world.groups.texts[&world.carl] == std::vector<std::string>{"around a crash"});
}

TEST_CASE("a group message without an answer is repeated byte for byte after a crash",
          "[scenario][groups][crash]")
{
    InGroup world;
    auto const answers = world.server.intercept;
    bool is_deaf = true;
    world.server.intercept = [&](Jid const& device, Node const& node) {
        return (is_deaf && node.tag == "message") || answers(device, node);
    };
    world.a.send_text(world.room.jid, "twice on the wire", "G1");
    world.run();
    world.a.crash();
    is_deaf = false;
    world.a.start();
    world.run();
    auto const bytes = world.sent_bytes(world.a);
    REQUIRE(bytes.size() == 2);
    CHECK(bytes.front() == bytes.back());
    CHECK(world.at_ben() == std::vector<std::string>{"twice on the wire"});
}

TEST_CASE("a group that the account is no member of refuses the message", "[scenario][groups]")
{
    InGroup world;
    auto& other = world.groups.add("Not ours", {&world.ben, &world.carl});
    world.a.send_text(other.jid, "knock", "G1");
    world.run();
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    CHECK(world.a.sends.back().code == 403);
}

TEST_CASE("a device set that the server knows better is asked for again", "[scenario][groups]")
{
    InGroup world;
    world.groups.claimed_hash = "2:AAAAAAAA";
    world.send("one", "G1");
    world.groups.claimed_hash.reset();
    CHECK(world.groups.queries == 1);
    world.send("two", "G2");
    CHECK(world.groups.queries == 2);
    CHECK(world.at_ben() == std::vector<std::string>{"one", "two"});
    // The same set as ours is no reason.
    world.groups.claimed_hash = world.sent().back().text("phash");
    world.send("three", "G3");
    world.send("four", "G4");
    CHECK(world.groups.queries == 2);
}

TEST_CASE("news about a group are told once and acknowledged when durable", "[scenario][groups]")
{
    InGroup world;
    world.send("so that it is known", "G1");
    world.a.hold_commits = true;
    auto const acks = [&] {
        std::size_t found = 0;
        for (auto const& ack : world.server.seen(world.a.lid(), "ack"))
            found += ack.text("class") == "notification";
        return found;
    };
    auto const before = acks();
    world.groups.tell(world.room, world.ben, Node{"subject"}.set("subject", "Climbing"));
    world.run();
    CHECK(acks() == before);
    world.a.hold_commits = false;
    world.run();
    CHECK(acks() == before + 1);
    world.groups.tell(world.room, world.ben, Node{"subject"}.set("subject", "Climbing"));
    world.run();
    CHECK(acks() == before + 2);
    auto const updates = world.a.store.events_of<GroupUpdated>();
    REQUIRE(updates.size() == 1);
    CHECK(updates.front().subject == "Climbing");
    CHECK(updates.front().by == world.ben.lid);
}

TEST_CASE("being added tells the whole group, being removed ends it", "[scenario][groups]")
{
    InGroup world;
    auto& room = world.groups.add("Later", {&world.ben, &world.carl});
    room.members.push_back(&world.anna);
    world.groups.tell(room, world.ben, FakeGroups::news_about("add", {&world.anna}));
    world.run();
    auto const joined = world.a.store.events_of<GroupJoined>();
    REQUIRE(joined.size() == 1);
    CHECK(joined.front().group.subject == "Later");
    CHECK(joined.front().group.members.size() == 3);
    for (int times = 0; times < 2; ++times) {
        std::erase(room.members, &world.anna);
        world.groups.tell(room, world.ben, FakeGroups::news_about("remove", {&world.anna}), &world.anna);
        world.run();
    }
    auto const left = world.a.store.events_of<GroupLeft>();
    REQUIRE(left.size() == 1);
    CHECK(left.front().by == world.ben.lid);
}

TEST_CASE("the own changes of a group are events too", "[scenario][groups]")
{
    InGroup world;
    world.send("so that it is known", "G1");
    ErrorCode answer = engine::EngineErrc::stopped;
    world.a.use([&](engine::Engine& engine, Instant now) {
        engine.use(now, [&] {
            engine.groups().set_subject(world.room.jid, "Renamed", [&](ErrorCode error) { answer = error; });
        });
    });
    world.run();
    CHECK_FALSE(answer);
    auto const updates = world.a.store.events_of<GroupUpdated>();
    REQUIRE(updates.size() == 1);
    CHECK(updates.front().subject == "Renamed");
}

TEST_CASE("a group that has changed its addressing is asked for and gets the message anew",
          "[scenario][groups]")
{
    InGroup world;
    world.send("by LID", "G1");
    world.room.uses_lids = false; // nobody is told
    world.send("by number", "G2");
    REQUIRE(world.sent().size() == 3);
    auto const refused = world.sent()[1];
    auto const taken = world.sent()[2];
    CHECK(refused.text("id") == "G2");
    CHECK(taken.text("id") == "G2");
    CHECK(refused.text("addressing_mode") == "lid");
    CHECK(taken.text("addressing_mode") == "pn");
    CHECK_FALSE(equal(refused.child("enc")->bytes(), taken.child("enc")->bytes()));
    for (auto const& to : taken.child("participants")->children())
        CHECK(to.jid("jid")->is_phone());
    CHECK(world.groups.queries == 2);
    CHECK(world.at_ben() == std::vector<std::string>{"by LID", "by number"});
    CHECK(world.groups.texts[&world.carl] == std::vector<std::string>{"by LID", "by number"});
    CHECK(world.a.sends.back().stage == engine::SendStage::sent);
    CHECK(world.a.store.events_of<MessageFailed>().empty());
    CHECK(world.a.store.events_of<GroupParticipantsChanged>().empty()); // they are the same people
}

TEST_CASE("a message whose addressing is refused twice has failed", "[scenario][groups]")
{
    InGroup world;
    world.send("before", "G1");
    auto const through = world.server.intercept;
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.tag != "message" || node.jid("to") != world.room.jid) return through(device, node);
        Node ack{"ack"};
        ack.set("class", "message").set("id", node.text("id")).set("from", world.room.jid);
        world.server.send(device, ack.set("error", "421"));
        return true;
    };
    world.send("never", "G2");
    CHECK(world.sent().size() == 3);
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    CHECK(world.a.sends.back().code == 421);
    world.server.intercept = through;
    world.send("after", "G3");
    CHECK(world.at_ben() == std::vector<std::string>{"before", "after"});
}

TEST_CASE("groups that the server calls dirty are asked for before they are written to", "[scenario][groups]")
{
    InGroup world;
    world.send("hello", "G1");
    std::erase(world.room.members, &world.carl); // nobody is told
    world.server.log.clear();
    world.say(Node{"ib"}.add(Node{"dirty"}.set("type", "groups").set("timestamp", "17")));
    CHECK(world.requests() ==
          std::vector<std::string>{"w:g2 participating", "urn:xmpp:whatsapp:dirty clean"});
    world.send("without Carl", "G2");
    CHECK(world.groups.queries == 1); // the list has brought all of it
    auto const changes = world.a.store.events_of<GroupParticipantsChanged>();
    REQUIRE(changes.size() == 1);
    CHECK(changes.front().change == ParticipantChange::leave);
    CHECK(world.groups.texts[&world.carl] == std::vector<std::string>{"hello"});
}

TEST_CASE("a group message carries its reporting token", "[scenario][groups]")
{
    InGroup world;
    world.send("hello", "G1");
    auto const sent = world.sent().front();
    auto const* token = sent.path({"reporting", "reporting_token"});
    REQUIRE(token != nullptr);
    auto const stored = world.a.store.find_message(world.room.jid, MessageId{"G1"}).value();
    auto const expected =
        message::reporting_token(stored.content, MessageId{"G1"}, world.anna.lid, world.room.jid);
    CHECK(to_bytes(token->bytes()) == expected);
}

TEST_CASE("members hear what the others call themselves, and see no message", "[scenario][groups]")
{
    InGroup world;
    auto const told = [](EngineHost& host) {
        std::vector<std::string> found;
        for (auto const& event : host.store.events_of<GroupParticipantsChanged>())
            if (event.change == ParticipantChange::label)
                for (auto const& member : event.members)
                    found.push_back(member.jid.user + ' ' + member.label);
        return found;
    };
    auto const shown = [&](EngineHost& host) {
        std::map<std::string, std::string> found;
        host.use([&](engine::Engine& engine, Instant now) {
            engine.use(now, [&] {
                engine.groups().info(world.room.jid, [&](Result<Group> group) {
                    REQUIRE(group.has_value());
                    for (auto const& member : group->members)
                        if (!member.label.empty()) found[member.jid.user] = member.label;
                });
            });
        });
        world.run();
        return found;
    };
    auto const label = [&](std::string const& text, std::string const& id) {
        world.a.send(world.room.jid, engine::compose_member_label(text), id);
        world.run();
    };
    auto const anna = world.anna.lid.user;
    label("Treasurer", "L1");
    REQUIRE(world.sent().size() == 1);
    CHECK(world.sent().front().child("meta")->text("tag_reason") == "user_update");
    CHECK(world.sent().front().child("meta")->text("appdata") == "member_tag");
    CHECK(world.sent().front().child("enc")->text("decrypt-fail") == "hide");
    for (auto* host : {&world.a, &world.b}) {
        CHECK(told(*host) == std::vector{anna + " Treasurer"});
        CHECK(shown(*host) == std::map<std::string, std::string>{{anna, "Treasurer"}});
    }
    CHECK(world.at_ben().empty());
    CHECK(world.b.store.events_of<MessageAppeared>().empty());

    label("Treasurer", "L2"); // no news
    label("", "L3");
    CHECK(told(world.b) == std::vector{anna + " Treasurer", anna + ' '});
    CHECK(shown(world.b).empty());
    CHECK(world.groups.unopened == 0);
}
