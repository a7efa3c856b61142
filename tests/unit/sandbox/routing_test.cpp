#include "network_fixture.hpp"
#include "protocol/message/identifiers.hpp"
#include "tools/sandbox/server/handlers.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::sandbox;
using namespace wagate::sandbox::testing;
using binary::Node;

namespace {

/// Two accounts with one connected, active companion each.
struct Fixture {
    World world;
    Account& alice = world.account("491510000001");
    Account& bob = world.account("491510000002");
    CompanionKeys alice_keys{world.random};
    CompanionKeys bob_keys{world.random};
    std::uint16_t alice_device = pair(world, alice, alice_keys);
    std::uint16_t bob_device = pair(world, bob, bob_keys);

    TestClient connect(Account& account, CompanionKeys const& keys)
    {
        auto client = TestClient::log_in(world, keys.noise, account.phone_jid(1));
        client.next("success");
        client.send(stanza::set_active("active"));
        return client;
    }
    /// Everything that came with the login.
    static void skip_login(TestClient& client)
    {
        while (client.next()) {
        }
    }
    Node message(std::string_view id, Jid const& to, std::vector<Jid> const& devices) const
    {
        Node participants{"participants"};
        for (auto const& device : devices) {
            Node enc{"enc"};
            enc.set("v", "2").set("type", "msg").with_bytes(Bytes{1, 2, 3});
            Node target{"to"};
            target.set("jid", device).add(std::move(enc));
            participants.add(std::move(target));
        }
        Node out{"message"};
        out.set("to", to).set("id", id).set("type", "text").add(std::move(participants));
        return out;
    }
    Node to_bob(std::string_view id) const { return message(id, bob.lid_jid(), {bob.lid_jid(1)}); }
};

Node receipt_for(Node const& delivered)
{
    Node receipt{"receipt"};
    receipt.set("id", delivered.text("id")).set("to", *delivered.jid("from"));
    return receipt;
}

} // namespace

TEST_CASE("a message is acked and delivered with both addresses of its sender", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    auto receiver = f.connect(f.bob, f.bob_keys);
    Fixture::skip_login(sender);
    Fixture::skip_login(receiver);
    sender.send(f.to_bob("A1"));
    auto const ack = *sender.next("ack");
    CHECK(ack.text("class") == "message");
    CHECK(ack.jid("from") == f.bob.lid_jid());
    CHECK_FALSE(ack.has("error"));
    auto const delivered = *receiver.next("message");
    CHECK(delivered.jid("from") == f.alice.lid_jid(1));
    CHECK(delivered.jid("sender_pn") == f.alice.phone_jid());
    CHECK_FALSE(delivered.has("offline"));
}

TEST_CASE("an unconfirmed message comes again unchanged on the next connection, a confirmed one does not",
          "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    auto receiver = f.connect(f.bob, f.bob_keys);
    Fixture::skip_login(receiver);
    sender.send(f.to_bob("A1"));
    sender.send(f.to_bob("A2"));
    auto const first = *receiver.next("message");
    auto const second = *receiver.next("message");
    receiver.send(receipt_for(first));
    receiver.close();

    auto again = f.connect(f.bob, f.bob_keys);
    auto repeated = *again.next("message");
    CHECK(repeated.text("offline") == "0");
    std::erase_if(repeated.attributes,
                  [](binary::Attribute const& attribute) { return attribute.key == "offline"; });
    CHECK(repeated == second);
    CHECK_FALSE(again.next("message"));
}

TEST_CASE("the offline queue ends with its count and comes only after the client became active",
          "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    sender.send(f.to_bob("A1"));
    auto client = TestClient::log_in(f.world, f.bob_keys.noise, f.bob.phone_jid(1));
    CHECK(client.next()->tag == "success");
    CHECK(client.next()->child("edge_routing") != nullptr);
    CHECK_FALSE(client.next());
    client.send(stanza::set_active("active"));
    CHECK(client.next()->tag == "iq");
    CHECK(client.next()->child("offline_preview")->text("count") == "1");
    CHECK(client.next()->tag == "message");
    CHECK(client.next()->child("offline")->text("count") == "1");
}

TEST_CASE("a message that mixes phone numbers and LIDs is refused with 421", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    Fixture::skip_login(sender);
    sender.send(f.message("A1", f.bob.lid_jid(), {f.bob.phone_jid(1)}));
    CHECK(sender.next("ack")->text("error") == "421");
    CHECK(f.bob.find_device(1)->mailbox.count(DeliveryKind::message) == 0);
}

TEST_CASE("the ack names the device set when the sender's is stale, and only then", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    Fixture::skip_login(sender);
    sender.send(f.to_bob("A1"));
    auto const expected = message::participant_hash(
        {f.alice.lid_jid(0), f.alice.lid_jid(1), f.bob.lid_jid(0), f.bob.lid_jid(1)});
    CHECK(sender.next("ack")->text("phash") == expected);
    sender.send(f.message("A2", f.bob.lid_jid(), {f.bob.lid_jid(0), f.bob.lid_jid(1), f.alice.lid_jid(0)}));
    CHECK_FALSE(sender.next("ack")->has("phash"));
}

TEST_CASE("a repeated send is acked again but delivered once", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    Fixture::skip_login(sender);
    sender.send(f.to_bob("A1"));
    sender.send(f.to_bob("A1"));
    CHECK(sender.next("ack"));
    CHECK(sender.next("ack"));
    CHECK(f.bob.find_device(1)->mailbox.count(DeliveryKind::message) == 1);
}

TEST_CASE("a send repeated with other bytes is counted, one repeated as it was is not", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    auto const& counters = f.world.network.counters();
    sender.send(f.to_bob("A1"));
    sender.send(f.to_bob("A1"));
    CHECK_FALSE(counters.contains(changed_repeats));
    sender.send(f.message("A1", f.bob.lid_jid(), {f.bob.lid_jid(1), f.bob.lid_jid()}));
    CHECK(counters.at(std::string{changed_repeats}) == 1);
    CHECK(f.bob.find_device(1)->mailbox.count(DeliveryKind::message) == 1);
}

TEST_CASE("a delivery receipt reaches the sender and stays until it is acked", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    auto receiver = f.connect(f.bob, f.bob_keys);
    Fixture::skip_login(sender);
    Fixture::skip_login(receiver);
    sender.send(f.to_bob("A1"));
    receiver.send(receipt_for(*receiver.next("message")));
    CHECK(receiver.next("ack")->text("class") == "receipt");
    auto const receipt = *sender.next("receipt");
    CHECK(receipt.jid("from") == f.bob.lid_jid(1));
    auto& mailbox = f.alice.find_device(1)->mailbox;
    CHECK(mailbox.count(DeliveryKind::receipt) == 1);
    Node ack{"ack"};
    ack.set("class", "receipt").set("id", "A1").set("to", f.bob.lid_jid(1));
    sender.send(ack);
    CHECK(mailbox.count(DeliveryKind::receipt) == 0);
}

TEST_CASE("a retry request goes only to the device that sent the message, with its keys",
          "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    auto receiver = f.connect(f.bob, f.bob_keys);
    Fixture::skip_login(sender);
    Fixture::skip_login(receiver);
    sender.send(f.to_bob("A1"));
    auto retry = receipt_for(*receiver.next("message"));
    retry.set("type", "retry").add(Node{"retry"}.set("count", "2")).add(Node{"keys"});
    receiver.send(retry);
    auto const received = *sender.next("receipt");
    CHECK(received.text("type") == "retry");
    CHECK(received.child("keys") != nullptr);
    // Not confirmed yet: the ack that follows a retry does that.
    CHECK(f.bob.find_device(1)->mailbox.count(DeliveryKind::message) == 1);
}

TEST_CASE("an unlinked companion is told so, and its contacts learn the new device list",
          "[sandbox][devices]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    auto receiver = f.connect(f.bob, f.bob_keys);
    Fixture::skip_login(sender);
    sender.send(f.to_bob("A1"));
    Fixture::skip_login(receiver);
    REQUIRE(remove_companion(f.world.network, f.bob, 1));
    auto const error = *receiver.next("stream:error");
    CHECK(error.text("code") == "401");
    CHECK(error.child("conflict")->text("type") == "device_removed");
    auto const notice = *sender.next("notification");
    CHECK(notice.text("type") == "devices");
    CHECK(notice.child("remove")->text("device_hash") == message::participant_hash({f.bob.phone_jid(0)}));
}

TEST_CASE("peer messages reach the own phone only", "[sandbox][routing]")
{
    Fixture f;
    auto sender = f.connect(f.alice, f.alice_keys);
    Fixture::skip_login(sender);
    Node message{"message"};
    Node enc{"enc"};
    enc.set("v", "2").set("type", "msg").with_bytes(Bytes{9});
    message.set("to", f.bob.phone_jid())
        .set("id", "P1")
        .set("type", "text")
        .set("category", "peer")
        .add(std::move(enc));
    sender.send(message);
    CHECK(sender.next("ack")->text("error") == "403");
}
