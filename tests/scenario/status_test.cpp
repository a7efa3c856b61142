// Status posts: to the people who are meant, under a key that each of them is given, and changed for the same
// people.
#include "protocol/engine/compose/about_messages.hpp"
#include "protocol/message/compose.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;

namespace {

/// Anna and Ben with a companion each, Carl without; the server knows status posts.
struct WithStatus : TwoAccounts {
    FakePhone& carl = server.add_account("4915100000003", "900000000000003", "Carl");
    Jid const status = Jid::status_broadcast();
    std::string audience = "contacts"; ///< of Anna's privacy settings
    std::vector<Jid> listed;
    bool loses_keys = false;
    bool answers = true;

    WithStatus()
    {
        server.intercept = [this](Jid const& device, Node const& node) { return on_stanza(device, node); };
    }

    void post(std::string const& text, std::string const& id, std::vector<Jid> to = {})
    {
        a.use([&](engine::Engine& engine, Instant now) {
            engine::Draft draft;
            draft.command = ++commands_;
            draft.chat = status;
            draft.id = MessageId{id};
            draft.compose = engine::compose_ready(message::new_text_status(text, 0xFF00'0000, 1));
            draft.audience = std::move(to);
            engine.send(std::move(draft), now);
        });
        run();
    }
    void knows(FakePhone const& person, std::string const& name)
    {
        UnitOfWork work;
        ContactChange change;
        change.jid = person.lid;
        change.full_name = name;
        work.contacts.push_back(std::move(change));
        a.store.apply(work);
    }
    std::vector<Node> sent() const
    {
        std::vector<Node> found;
        for (auto const& node : server.seen(a.lid(), "message"))
            if (node.jid("to") == status) found.push_back(node);
        return found;
    }
    /// Devices that were given the key with it.
    static std::set<std::string> receivers(Node const& message)
    {
        std::set<std::string> found;
        for (auto const& to : message.child("participants")->children())
            found.insert(to.jid("jid")->to_string());
        return found;
    }
    std::set<std::string> devices_of(std::vector<FakePhone const*> const& people)
    {
        std::set<std::string> found;
        for (auto const* person : people)
            for (auto const& device : server.devices_of(person->lid.bare()))
                if (device != a.lid()) found.insert(device.to_string());
        return found;
    }

private:
    bool on_stanza(Jid const& device, Node const& node)
    {
        if (node.tag == "iq" && node.text("xmlns") == "status") {
            Node list{"list"};
            list.set("type", audience).set("default", "true");
            for (auto const& jid : listed)
                list.add(Node{"user"}.set("jid", jid));
            Node reply{"iq"};
            reply.set("from", Jid::server_jid()).set("type", "result").set("id", node.text("id"));
            server.send(device, reply.add(Node{"privacy"}.add(std::move(list))));
            return true;
        }
        if (node.jid("to") != status || (node.tag != "message" && node.tag != "receipt")) return false;
        if (node.tag == "receipt") {
            if (auto const author = node.jid("participant"); author && author->device != 0) {
                Node copy{"receipt"};
                copy.set("from", status).set("participant", device).set("id", node.text("id"));
                copy.set("t", unix_seconds(clock.now.wall));
                if (node.has("type")) copy.set("type", node.text("type"));
                copy.content = node.content;
                server.deliver(*author, std::move(copy));
            }
            return false;
        }
        Node ack{"ack"};
        ack.set("class", "message").set("id", node.text("id")).set("from", status);
        ack.set("t", unix_seconds(clock.now.wall));
        if (answers) server.send(device, ack);
        Node copy{"message"};
        copy.set("from", status).set("participant", device).set("id", node.text("id"));
        copy.set("type", node.text("type")).set("t", unix_seconds(clock.now.wall));
        if (node.has("edit")) copy.set("edit", node.text("edit"));
        auto const add_identity = [&](Node& to) {
            if (auto const* identity = node.child("device-identity")) to.add(*identity);
        };
        if (auto const only = node.jid("participant")) {
            copy.add(*node.child("enc"));
            add_identity(copy);
            server.deliver(*only, std::move(copy));
            return true;
        }
        for (auto const& to : node.child("participants")->children()) {
            auto const target = to.jid("jid").value();
            if (target.device == 0) continue;
            auto one = copy;
            if (!loses_keys) one.add(*to.child("enc"));
            one.add(*node.child("enc"));
            add_identity(one);
            server.deliver(target, std::move(one));
        }
        return true;
    }
    engine::CommandId commands_ = 100;
};

} // namespace

TEST_CASE("a status post goes to all devices of those it names, and to the own ones", "[scenario][status]")
{
    WithStatus world;
    world.knows(world.carl, "Carl");
    world.post("for Ben", "S1", {world.ben.phone});
    REQUIRE(world.sent().size() == 1);
    auto const first = world.sent().front();
    CHECK(WithStatus::receivers(first) == world.devices_of({&world.anna, &world.ben}));
    CHECK(first.child("meta")->text("status_setting") == "allowlist");
    CHECK_FALSE(first.has("phash"));
    CHECK_FALSE(first.has("addressing_mode"));
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"for Ben"});
    auto const appeared = world.b.store.events_of<MessageAppeared>();
    REQUIRE(appeared.size() == 1);
    CHECK(appeared.front().message.chat == world.status);
    CHECK(appeared.front().message.sender == world.anna.lid);
    CHECK(world.b.store.chats().empty()); // status posts are no chat of the list

    // Everybody is given the key each time: the server learns from it whom the post is for.
    world.post("again", "S2", {world.ben.phone});
    CHECK(WithStatus::receivers(world.sent().back()) == WithStatus::receivers(first));
    CHECK(world.b.store.received_texts().size() == 2);
}

TEST_CASE("without names the account's privacy settings decide who gets a post", "[scenario][status]")
{
    WithStatus world;
    world.knows(world.ben, "Ben");
    world.knows(world.carl, "Carl");
    world.post("for all", "S1");
    CHECK(WithStatus::receivers(world.sent().back()) ==
          world.devices_of({&world.anna, &world.ben, &world.carl}));
    CHECK(world.sent().back().child("meta")->text("status_setting") == "contacts");
    world.audience = "blacklist";
    world.listed = {world.ben.phone};
    world.post("not for Ben", "S2");
    CHECK(WithStatus::receivers(world.sent().back()) == world.devices_of({&world.anna, &world.carl}));
    CHECK(world.sent().back().child("meta")->text("status_setting") == "denylist");
    world.audience = "whitelist";
    world.post("for Ben alone", "S3");
    CHECK(WithStatus::receivers(world.sent().back()) == world.devices_of({&world.anna, &world.ben}));
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"for all", "for Ben alone"});
}

TEST_CASE("batches of a post are stored and told once, and deleted for everybody who got one",
          "[scenario][status]")
{
    WithStatus world;
    world.post("for many", "S1", {world.ben.phone});
    world.post("for many", "S1", {world.carl.phone});
    REQUIRE(world.sent().size() == 2);
    CHECK(world.sent().front().text("id") == "S1");
    CHECK(world.sent().back().text("id") == "S1");
    CHECK(WithStatus::receivers(world.sent().back()) == world.devices_of({&world.anna, &world.carl}));
    CHECK(world.a.store.events_of<MessageAppeared>().size() == 1);
    CHECK(world.a.store.outbox().empty());
    CHECK(world.a.sends.back().stage == engine::SendStage::sent);

    world.post("something else", "S1", {world.carl.phone});
    CHECK(world.sent().size() == 2);
    CHECK(world.a.sends.back().error == engine::DraftErrc::not_possible);

    world.a.send(world.status, engine::compose_revoke({MessageId{"S1"}, true, std::nullopt}), "R1");
    world.run();
    auto const removal = world.sent().back();
    CHECK(removal.text("edit") == "7");
    CHECK(removal.child("meta")->text("status_setting") == "allowlist");
    CHECK(WithStatus::receivers(removal) == world.devices_of({&world.anna, &world.ben, &world.carl}));
    auto const revoked = world.b.store.events_of<MessageRevoked>();
    REQUIRE(revoked.size() == 1);
    CHECK(revoked.front().target.id.value == "S1");
}

TEST_CASE("a post that was accepted goes to the same people after a restart",
          "[scenario][status][durability]")
{
    WithStatus world;
    world.knows(world.ben, "Ben");
    world.a.drop_link();
    world.a.reachable = false;
    world.run();
    world.post("patience", "S1", {world.carl.phone});
    CHECK(world.sent().empty());
    CHECK(world.a.store.outbox().size() == 1);
    world.a.crash();
    world.a.reachable = true;
    world.a.start();
    world.run();
    REQUIRE(world.sent().size() == 1);
    CHECK(WithStatus::receivers(world.sent().front()) == world.devices_of({&world.anna, &world.carl}));
    CHECK(world.a.store.outbox().empty());
    CHECK(world.a.store.records.count(RecordKind::send_note) == 0);
}

TEST_CASE("a device without the key is given it again only when the post was for it",
          "[scenario][status][retry]")
{
    WithStatus world;
    world.loses_keys = true;
    world.post("lost and found", "S1", {world.ben.phone});
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"lost and found"});
    world.loses_keys = false;
    world.post("for Carl", "S2", {world.carl.phone});
    auto const before = world.sent().size();
    Node receipt{"receipt"};
    receipt.set("from", world.status).set("participant", world.b.lid()).set("id", "S2").set("type", "retry");
    receipt.add(Node{"retry"}.set("count", "1").set("id", "S2").set("t", "1").set("v", "1"));
    receipt.add(Node{"registration"}.with_bytes(Bytes{0, 0, 0, 1}));
    world.server.deliver(world.a.lid(), std::move(receipt));
    world.run();
    CHECK(world.sent().size() == before);
}

TEST_CASE("a receipt for one batch does not end the next", "[scenario][status]")
{
    WithStatus world;
    world.post("slow", "S1", {world.ben.phone});
    world.answers = false;
    world.post("slow", "S1", {world.carl.phone});
    CHECK(world.a.store.outbox().size() == 1);
    Node receipt{"receipt"};
    receipt.set("from", world.status).set("participant", world.ben.lid).set("id", "S1");
    receipt.set("type", "read").set("t", unix_seconds(world.clock.now.wall));
    world.server.deliver(world.a.lid(), std::move(receipt));
    world.run();
    CHECK(world.a.store.outbox().size() == 1);
    auto const told = world.a.store.events_of<MessageAcknowledged>();
    REQUIRE_FALSE(told.empty());
    CHECK(told.back().participant == world.ben.lid);
    CHECK(told.back().ack == Ack::read);
}

TEST_CASE("a post for nobody who is on WhatsApp is refused", "[scenario][status]")
{
    WithStatus world;
    world.post("hello?", "S1", {Jid::phone("4915199999999")});
    CHECK(world.sent().empty());
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    CHECK(world.a.sends.back().code == 404);
}
