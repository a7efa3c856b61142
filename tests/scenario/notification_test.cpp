// Notifications: what they change, and that each is acknowledged exactly as 7.6 says.
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;

namespace {

struct World : TwoAccounts {
    explicit World(bool names_other_address = true)
    {
        server.names_other_address = names_other_address;
        a.send_text(ben.lid, "hello", "A0");
        run();
        server.log.clear();
    }
    /// Delivers a notification to Anna's companion and returns the ack.
    Node notify(Node notification)
    {
        server.deliver(a.lid(), std::move(notification));
        run();
        auto const acks = server.seen(a.lid(), "ack");
        if (acks.empty()) throw std::logic_error("the notification was not acknowledged");
        return acks.back();
    }
    bool has_session_with(Jid const& device)
    {
        return signal::has_session(a.store.records, signal::Address::of(device));
    }
};

Node notification(std::string_view type, Jid from, Node child)
{
    Node node{"notification"};
    node.set("id", "9001").set("from", std::move(from)).set("type", type).set("t", "1790000000");
    return node.add(std::move(child));
}

} // namespace

TEST_CASE("every notification is acknowledged with its type", "[scenario][notification]")
{
    World world;
    auto const type = GENERATE(as<std::string>{}, "account_sync", "contacts", "devices", "mex", "picture",
                               "privacy_token", "server_sync", "status", "w:gp2", "something new");
    auto const ack = world.notify(notification(type, world.ben.lid, Node{"set"}));
    Node expected{"ack"};
    expected.set("class", "notification").set("id", "9001").set("to", world.ben.lid).set("type", type);
    CHECK(ack == expected);
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("participant and recipient of a notification go along in the ack", "[scenario][notification]")
{
    World world;
    auto node = notification("w:gp2", Jid::parse("120363000000000001@g.us").value(), Node{"add"});
    node.set("participant", world.ben.lid);
    CHECK(world.notify(std::move(node)).jid("participant") == world.ben.lid);
}

TEST_CASE("a changed identity drops all sessions of the account and is acknowledged without type",
          "[scenario][notification]")
{
    World world;
    REQUIRE(world.has_session_with(world.ben.lid));
    REQUIRE(world.has_session_with(world.b.lid()));
    auto const from = GENERATE(true, false) ? world.ben.lid : world.ben.phone;
    auto const ack = world.notify(notification("encrypt", from, Node{"identity"}));
    CHECK_FALSE(ack.has("type"));
    CHECK(ack.jid("to") == from);
    CHECK_FALSE(world.has_session_with(world.ben.lid));
    CHECK_FALSE(world.has_session_with(world.b.lid()));
    CHECK_FALSE(signal::stored_identity(world.a.store.records, signal::Address::of(world.ben.lid)));
    CHECK(world.a.store.events_of<IdentityChanged>() ==
          std::vector<IdentityChanged>{{world.ben.lid, world.ben.phone}});
    world.a.send_text(world.ben.lid, "new keys?", "A1");
    world.run();
    CHECK(world.b.store.received_texts().back() == "new keys?");
}

TEST_CASE("a changed identity of a companion or of ourselves changes nothing", "[scenario][notification]")
{
    World world;
    auto const before = world.a.commits;
    auto const which = GENERATE(0u, 1u, 2u);
    auto const from = std::vector{world.b.lid(), world.anna.lid, world.anna.phone}[which];
    world.notify(notification("encrypt", from, Node{"identity"}));
    CHECK(world.has_session_with(world.b.lid()));
    CHECK(world.has_session_with(world.anna.lid));
    CHECK(world.a.commits == before);
}

TEST_CASE("a change of devices makes the next message ask for them", "[scenario][notification]")
{
    bool const number_is_known = GENERATE(true, false);
    World world{number_is_known};
    auto& second = world.paired(world.ben);
    world.server.log.clear();
    auto node = notification("devices", world.ben.phone, Node{"update"}.set("hash", "2:AAAAAAAA"));
    node.set("lid", world.ben.lid);
    world.notify(std::move(node));
    world.a.send_text(world.ben.lid, "all of you", "A1");
    world.run();
    CHECK(second.store.received_texts() == std::vector<std::string>{"all of you"});
}

TEST_CASE("a new own companion gets copies after account_sync has announced it", "[scenario][notification]")
{
    World world;
    auto& second = world.paired(world.anna);
    world.notify(notification("account_sync", world.anna.phone, Node{"devices"}.set("dhash", "2:AAAAAAAA")));
    world.a.send_text(world.ben.lid, "copy me", "A1");
    world.run();
    REQUIRE(second.store.events_of<MessageAppeared>().size() == 1);
    CHECK(second.store.events_of<MessageAppeared>()[0].message.body == "copy me");
}

TEST_CASE("a request to check the digest uploads keys when the server has lost them",
          "[scenario][notification]")
{
    World world;
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.child("digest") == nullptr || node.tag != "iq") return false;
        Node reply{"iq"};
        reply.set("from", Jid::server_jid()).set("type", "error").set("id", node.text("id"));
        reply.add(Node{"error"}.set("code", "404").set("text", "item-not-found"));
        world.server.send(device, reply);
        return true;
    };
    auto const before = world.server.keys(world.a.lid()).one_time.size();
    world.notify(notification("encrypt", Jid::server_jid(), Node{"digest"}));
    CHECK(world.server.keys(world.a.lid()).one_time.size() == before + 20);
}

TEST_CASE("the ack of a notification waits until its consequences are durable", "[scenario][notification]")
{
    World world;
    world.a.hold_commits = true;
    world.server.deliver(world.a.lid(), notification("encrypt", world.ben.lid, Node{"identity"}));
    world.run();
    CHECK(world.server.seen(world.a.lid(), "ack").empty());
    world.a.hold_commits = false;
    world.run();
    CHECK(world.server.seen(world.a.lid(), "ack").size() == 1);
}

TEST_CASE("calls and statuses are acknowledged, presence is not", "[scenario][notification]")
{
    World world;
    world.server.send(world.a.lid(), Node{"presence"}.set("from", world.ben.lid).set("type", "unavailable"));
    world.server.send(world.a.lid(), Node{"chatstate"}.set("from", world.ben.lid).add(Node{"composing"}));
    world.run();
    CHECK(world.server.log.empty());
    world.server.send(world.a.lid(),
                      Node{"call"}.set("from", world.ben.lid).set("id", "C1").add(Node{"offer"}));
    world.server.send(world.a.lid(), Node{"status"}.set("from", world.ben.lid).set("id", "S1"));
    world.run();
    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() == 2);
    CHECK(acks[0].text("class") == "call");
    CHECK(acks[1].text("class") == "status");
}
