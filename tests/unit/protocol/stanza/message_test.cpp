// Who, where, which: the source table of 6.4, acks of 7.6, receipts of 7.7.
#include "protocol/stanza/message.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/binary/codec.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Jid const own_phone = Jid::phone("15550001111", 5);
Jid const own_lid = Jid::hidden("900000000000001", 5);
Jid const peer_phone = Jid::phone("15550002222", 12);
Jid const peer_lid = Jid::hidden("900000000000002", 12);
Jid const group = Jid::parse("120363000000000001@g.us").value();

Node message_from(Jid from)
{
    return Node{"message"}
        .set("from", std::move(from))
        .set("id", "3EB0AA")
        .set("t", "1790000000")
        .set("type", "text")
        .set("notify", "Ben");
}

MessageSource source_of(Node const& node)
{
    return parse_source(node, own_phone, own_lid).value();
}

} // namespace

// ------------------------------------------------------------------------ source

TEST_CASE("a message of somebody else belongs to their chat", "[stanza][source]")
{
    auto const source =
        source_of(message_from(peer_lid).set("sender_pn", Jid::phone("15550002222")).set("offline", "3"));
    CHECK(source.chat == peer_lid.bare());
    CHECK(source.sender == peer_lid);
    CHECK(source.sender_alt == peer_phone); // the other form takes over the device
    CHECK(source.chat_alt == peer_phone.bare());
    CHECK_FALSE(source.from_me);
    CHECK(source.id == MessageId{"3EB0AA"});
    CHECK(source.timestamp == wall_from_seconds(1'790'000'000));
    CHECK(source.push_name == "Ben");
    CHECK(source.offline);
}

TEST_CASE("a message addressed by number may name the hidden id", "[stanza][source]")
{
    auto const source = source_of(message_from(peer_phone).set("sender_lid", Jid::hidden("900000000000002")));
    CHECK(source.chat == peer_phone.bare());
    CHECK(source.sender_alt == peer_lid);
}

TEST_CASE("a copy from another own device belongs to the recipient's chat", "[stanza][source]")
{
    auto const from = GENERATE(Jid::phone("15550001111"), Jid::hidden("900000000000001", 7));
    auto const source = source_of(
        message_from(from).set("recipient", peer_lid.bare()).set("peer_recipient_pn", peer_phone.bare()));
    CHECK(source.from_me);
    CHECK(source.chat == peer_lid.bare());
    CHECK(source.sender == from);
    CHECK(source.chat_alt == peer_phone.bare());
}

TEST_CASE("an own message without recipient is a note to self", "[stanza][source]")
{
    auto const source = source_of(message_from(Jid::hidden("900000000000001")));
    CHECK(source.from_me);
    CHECK(source.chat == own_lid.bare());
}

TEST_CASE("a group message is sent by its participant", "[stanza][source]")
{
    auto const source =
        source_of(message_from(group).set("participant", peer_lid).set("participant_pn", peer_phone.bare()));
    CHECK(source.chat == group);
    CHECK(source.sender == peer_lid);
    CHECK(source.sender_alt == peer_phone);
    CHECK_FALSE(source.from_me);
    CHECK(source_of(message_from(group).set("participant", Jid::hidden("900000000000001"))).from_me);
    CHECK_FALSE(parse_source(message_from(group), own_phone, own_lid));
}

TEST_CASE("a status post is a broadcast of its participant", "[stanza][source]")
{
    auto const source = source_of(message_from(Jid::status_broadcast()).set("participant", peer_lid));
    CHECK(source.chat == Jid::status_broadcast());
    CHECK(source.sender == peer_lid);
}

TEST_CASE("hosted devices belong to the ordinary chat", "[stanza][source]")
{
    CHECK(source_of(message_from(Jid{"15550002222", JidServer::hosted, 99})).chat ==
          Jid::phone("15550002222"));
    CHECK(source_of(message_from(Jid{"900000000000002", JidServer::hosted_lid, 99})).chat ==
          Jid::hidden("900000000000002"));
}

TEST_CASE("a peer message comes from the own phone", "[stanza][source]")
{
    auto const source = source_of(message_from(Jid::hidden("900000000000001")).set("category", "peer"));
    CHECK(source.is_peer);
    CHECK(source.from_me);
}

TEST_CASE("a message without sender or id has no source", "[stanza][source]")
{
    CHECK_FALSE(parse_source(Node{"message"}.set("id", "1"), own_phone, own_lid));
    CHECK_FALSE(parse_source(Node{"message"}.set("from", peer_lid), own_phone, own_lid));
}

// ------------------------------------------------------------------------ enc, hash

TEST_CASE("encrypted parts are read in order with what is unknown marked", "[stanza][enc]")
{
    auto node = message_from(peer_lid);
    node.add(Node{"enc"}.set("v", "2").set("type", "pkmsg").with_bytes({1}));
    node.add(Node{"device-identity"}.with_bytes({9}));
    node.add(Node{"enc"}.set("v", "3").set("type", "msmsg").set("count", "2").with_bytes({2}));
    auto const parts = enc_parts(node);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].kind == signal::CiphertextKind::prekey_message);
    CHECK(parts[0].ciphertext == Bytes{1});
    CHECK(parts[0].retry_count == 0);
    CHECK_FALSE(parts[1].kind);
    CHECK(parts[1].version == 3);
    CHECK(parts[1].retry_count == 2);
}

TEST_CASE("an <enc> has version, type and on retries a count", "[stanza][enc]")
{
    signal::Ciphertext const ciphertext{signal::CiphertextKind::message, {1, 2}};
    CHECK(enc_node(ciphertext) == Node{"enc"}.set("v", "2").set("type", "msg").with_bytes({1, 2}));
    CHECK(enc_node(ciphertext, 2).text("count") == "2");
}

TEST_CASE(
    "the de-duplication hash depends on sender, id and ciphertext and not on how often it was delivered",
    "[stanza][hash]")
{
    auto const base =
        message_from(peer_lid).add(Node{"enc"}.set("v", "2").set("type", "msg").with_bytes({1}));
    auto again = base;
    again.set("offline", "1").set("t", "1790000001");
    CHECK(stanza_hash(again) == stanza_hash(base));
    auto other_id = base;
    other_id.set("id", "3EB0AB");
    auto other_sender = base;
    other_sender.set("from", peer_lid.with_device(13));
    auto other_content =
        message_from(peer_lid).add(Node{"enc"}.set("v", "2").set("type", "msg").with_bytes({2}));
    auto other_participant = base;
    other_participant.set("participant", peer_phone);
    for (auto const& other : {other_id, other_sender, other_content, other_participant})
        CHECK(stanza_hash(other) != stanza_hash(base));
}

// ------------------------------------------------------------------------ acks

TEST_CASE("an ack is the vector of the protocol byte for byte", "[stanza][ack]")
{
    // protocol.md 14
    Node notification{"notification"};
    notification.set("from", own_phone).set("id", "3EB0ABCDEF0123456789AB").set("type", "privacy_token");
    CHECK(hex_encode(binary::encode(make_ack(notification))) ==
          "00f8091b150908fb0b3eb0abcdef0123456789ab11f70005ff8615550001111f04dd");
}

TEST_CASE("acks repeat the type of everything but messages and identity changes", "[stanza][ack]")
{
    CHECK_FALSE(make_ack(message_from(peer_lid)).has("type"));
    CHECK(make_ack(Node{"receipt"}.set("from", peer_lid).set("id", "1").set("type", "read")).text("type") ==
          "read");
    CHECK_FALSE(make_ack(Node{"receipt"}.set("from", peer_lid).set("id", "1")).has("type"));
    Node notification{"notification"};
    notification.set("from", peer_lid).set("id", "1").set("type", "encrypt");
    CHECK(make_ack(notification).text("type") == "encrypt");
    notification.add(Node{"identity"});
    CHECK_FALSE(make_ack(notification).has("type"));
}

TEST_CASE("acks repeat participant and recipient", "[stanza][ack]")
{
    auto const ack = make_ack(message_from(group).set("participant", peer_lid).set("recipient", peer_phone));
    CHECK(ack.text("class") == "message");
    CHECK(ack.jid("to") == group);
    CHECK(ack.jid("participant") == peer_lid);
    CHECK(ack.jid("recipient") == peer_phone);
}

TEST_CASE("a nack is an ack with an error", "[stanza][ack]")
{
    auto const nack = make_nack(message_from(peer_lid), 487);
    CHECK(nack.text("error") == "487");
    CHECK(nack.text("class") == "message");
}

// ------------------------------------------------------------------------ receipts

TEST_CASE("a receipt is the vector of the protocol byte for byte", "[stanza][receipt]")
{
    // protocol.md 14
    Node message{"message"};
    message.set("from", Jid::hidden("900000000000002", 12)).set("id", "A");
    CHECK(hex_encode(binary::encode(make_receipt(message, ReceiptType::delivered))) ==
          "00f8050708fb81af11f7010cff88900000000000002f");
}

TEST_CASE("receipts name their kind; delivered has none", "[stanza][receipt]")
{
    auto const message = message_from(peer_lid);
    CHECK_FALSE(make_receipt(message, ReceiptType::delivered).has("type"));
    CHECK(make_receipt(message, ReceiptType::inactive).text("type") == "inactive");
    CHECK(make_receipt(message, ReceiptType::sender).text("type") == "sender");
    CHECK(make_receipt(message, ReceiptType::peer_msg).text("type") == "peer_msg");
}

TEST_CASE("a receipt keeps the exact sender and participant and the recipient's account", "[stanza][receipt]")
{
    auto const receipt =
        make_receipt(message_from(own_lid.with_device(7)).set("recipient", peer_lid), ReceiptType::sender);
    CHECK(receipt.jid("to") == own_lid.with_device(7));
    CHECK(receipt.jid("recipient") == peer_lid.bare());
    CHECK(make_receipt(message_from(group).set("participant", peer_lid), ReceiptType::delivered)
              .jid("participant") == peer_lid);
}

TEST_CASE("the history receipt goes to the account without device", "[stanza][receipt]")
{
    auto const receipt = make_receipt(message_from(own_phone), ReceiptType::hist_sync);
    CHECK(receipt.text("type") == "hist_sync");
    CHECK(receipt.jid("to") == own_phone.bare());
}

TEST_CASE("a read receipt lists all ids after the first", "[stanza][receipt]")
{
    auto const now = wall_from_seconds(1'790'000'000);
    auto const one = make_read_receipt(peer_lid.bare(), std::nullopt, {MessageId{"A"}}, now);
    CHECK(one.text("id") == "A");
    CHECK(one.text("type") == "read");
    CHECK(one.text("t") == "1790000000");
    CHECK(one.jid("to") == peer_lid.bare());
    CHECK(one.children().empty());
    auto const three =
        make_read_receipt(group, peer_lid, {MessageId{"A"}, MessageId{"B"}, MessageId{"C"}}, now);
    CHECK(three.jid("participant") == peer_lid);
    auto const parsed = parse_receipt(Node{three}.set("from", group));
    REQUIRE(parsed);
    CHECK(parsed->ids == std::vector<MessageId>{MessageId{"A"}, MessageId{"B"}, MessageId{"C"}});
    CHECK(three.child("list")->children().size() == 2);
}

TEST_CASE("an incoming receipt needs a sender and an id", "[stanza][receipt]")
{
    CHECK_FALSE(parse_receipt(Node{"receipt"}.set("id", "A")));
    CHECK_FALSE(parse_receipt(Node{"receipt"}.set("from", peer_lid)));
    auto const receipt = parse_receipt(Node{"receipt"}
                                           .set("from", peer_lid)
                                           .set("id", "A")
                                           .set("type", "retry")
                                           .set("t", "17")
                                           .set("recipient", peer_phone)
                                           .set("participant", own_lid));
    REQUIRE(receipt);
    CHECK(receipt->from == peer_lid);
    CHECK(receipt->type == "retry");
    CHECK(receipt->timestamp == wall_from_seconds(17));
    CHECK(receipt->recipient == peer_phone);
    CHECK(receipt->participant == own_lid);
}

TEST_CASE("the phone can be asked for messages, but not for what it keeps to itself", "[stanza][message]")
{
    auto const message = [](std::string const& tag) {
        return Node{"message"}.set("from", peer_lid).set("id", "A").add(Node{tag});
    };
    CHECK(phone_can_resend(message("enc")));
    CHECK(phone_can_resend(message("unavailable")));
    CHECK_FALSE(phone_can_resend(message("enc").set("category", "peer")));
    CHECK_FALSE(phone_can_resend(message("enc").add(Node{"bot"})));
    CHECK_FALSE(phone_can_resend(Node{"message"}.set("id", "A").add(Node{"enc"})));
    auto const unavailable = [&](std::string const& key, std::string const& value) {
        return Node{"message"}.set("from", peer_lid).add(Node{"unavailable"}.set(key, value));
    };
    CHECK_FALSE(phone_can_resend(unavailable("type", "view_once")));
    CHECK_FALSE(phone_can_resend(unavailable("hosted", "true")));
    CHECK(phone_can_resend(unavailable("hosted", "false")));
}

TEST_CASE("a collected receipt names members with their message, type and time", "[stanza]")
{
    Node receipt{"receipt"};
    receipt.set("from", group).set("id", "R").set("t", "5").set("type", "read");
    Node collected{"participants"};
    collected.set("key", "A");
    collected.add(Node{"user"}.set("jid", Jid::hidden("1")).set("t", "7").set("type", "played"));
    collected.add(Node{"user"}.set("jid", Jid::hidden("2")));
    collected.add(Node{"user"}); // nobody
    receipt.add(collected);
    auto const read = parse_receipt(receipt).value();
    REQUIRE(read.members.size() == 2);
    CHECK(read.members[0].id == MessageId{"A"});
    CHECK(read.members[0].type == "played");
    CHECK(read.members[0].timestamp == wall_from_seconds(7));
    CHECK(read.members[1].type == "read");
    CHECK(read.members[1].timestamp == wall_from_seconds(5));
}

TEST_CASE("a receipt is read up to its bounds", "[stanza]")
{
    Node receipt{"receipt"};
    receipt.set("from", Jid::hidden("1")).set("id", "R");
    Node list{"list"};
    Node participants{"participants"};
    for (int i = 0; i < 5000; ++i) {
        list.add(Node{"item"}.set("id", "I" + std::to_string(i)));
        participants.add(Node{"user"}.set("jid", Jid::hidden(std::to_string(i))));
    }
    receipt.add(list).add(participants);
    auto const read = parse_receipt(receipt).value();
    CHECK(read.ids.size() == 256);
    CHECK(read.members.size() == 4096);
}

TEST_CASE("a peer message goes to the number, with the identity only when it starts a session",
          "[stanza][message]")
{
    auto const sent = make_peer_message(own_phone, MessageId{"P"},
                                        {wagate::signal::CiphertextKind::prekey_message, {1, 2}}, Bytes{9});
    CHECK(sent.jid("to") == own_phone.bare());
    CHECK(sent.text("category") == "peer");
    CHECK(sent.text("push_priority") == "high_force");
    CHECK(sent.text("type") == "text");
    CHECK(sent.child("meta")->text("appdata") == "default");
    CHECK(sent.child("enc")->text("type") == "pkmsg");
    CHECK(to_bytes(sent.child("device-identity")->bytes()) == Bytes{9});
    auto const later = make_peer_message(own_phone, MessageId{"P"},
                                         {wagate::signal::CiphertextKind::message, {1}}, Bytes{9});
    CHECK(later.child("device-identity") == nullptr);
}
