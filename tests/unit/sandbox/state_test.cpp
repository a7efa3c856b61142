#include "network_fixture.hpp"
#include "tools/sandbox/control/fault_json.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::sandbox;
using namespace wagate::sandbox::testing;
using binary::Node;

namespace {

Node stanza_from(std::string_view tag, Jid const& from, std::string_view id)
{
    Node node{tag};
    node.set("from", from).set("id", id);
    return node;
}

} // namespace

TEST_CASE("an ack settles the stanza of its sender where ids collide", "[sandbox][mailbox]")
{
    Mailbox mailbox;
    mailbox.put(DeliveryKind::receipt, stanza_from("receipt", Jid::hidden("11111", 1), "A"));
    mailbox.put(DeliveryKind::receipt, stanza_from("receipt", Jid::hidden("11111", 2), "A"));
    Node ack{"ack"};
    ack.set("class", "receipt").set("id", "A").set("to", Jid::hidden("11111", 2));
    REQUIRE(mailbox.confirm_ack(ack));
    REQUIRE(mailbox.pending().size() == 1);
    CHECK(mailbox.pending().front().stanza.jid("from") == Jid::hidden("11111", 1));
}

TEST_CASE("a receipt for another user's message settles nothing", "[sandbox][mailbox]")
{
    Mailbox mailbox;
    mailbox.put(DeliveryKind::message, stanza_from("message", Jid::hidden("11111", 1), "A"));
    CHECK(mailbox.confirm_messages("A", Jid::hidden("22222")) == 0);
    CHECK(mailbox.confirm_messages("A", Jid::hidden("11111")) == 1);
}

TEST_CASE("bundles hand out each one-time prekey once and then come without", "[sandbox][keys]")
{
    SeededRandom random{3};
    CompanionKeys const companion{random};
    KeyStore keys;
    KeyStore::SignedKey const signed_key{companion.signed_prekey.id, companion.signed_prekey.keys.public_key,
                                         companion.signed_prekey.signature};
    REQUIRE(keys.set_identity(5, companion.local.identity.public_key, signed_key));
    keys.add({1, random.array<32>()});
    keys.add({2, random.array<32>()});
    CHECK(keys.take_bundle(true).one_time == std::nullopt);
    CHECK(keys.take_bundle(false).one_time->id == 1);
    CHECK(keys.take_bundle(false).one_time->id == 2);
    CHECK_FALSE(keys.take_bundle(false).one_time);
}

TEST_CASE("a signed prekey with a wrong signature changes nothing", "[sandbox][keys]")
{
    SeededRandom random{4};
    CompanionKeys const companion{random};
    KeyStore::SignedKey signed_key{companion.signed_prekey.id, companion.signed_prekey.keys.public_key,
                                   companion.signed_prekey.signature};
    signed_key.signature[10] ^= 1;
    KeyStore keys;
    CHECK_FALSE(keys.set_identity(5, companion.local.identity.public_key, signed_key));
    CHECK_FALSE(keys.uploaded());
}

TEST_CASE("faults survive the way through JSON, and unknown ones are refused", "[sandbox][faults]")
{
    std::string error;
    auto const given =
        json::parse(R"({"dropAfter":3,"duplicate":true,"slowMs":20,"ackError":"463"})").as_object();
    auto const faults = faults_from_json(given, error);
    REQUIRE(faults);
    CHECK(faults->drop_after == 3);
    CHECK(faults->ack_error_count == 1);
    auto const again = faults_from_json(faults_to_json(*faults), error);
    REQUIRE(again);
    CHECK(again->duplicate);
    CHECK(again->slow == Milliseconds{20});
    CHECK_FALSE(faults_from_json(json::parse(R"({"explode":true})").as_object(), error));
    CHECK(error.find("explode") != std::string::npos);
    CHECK_FALSE(faults_from_json(json::parse(R"({"duplicate":1})").as_object(), error));
}

TEST_CASE("a phone and the LID derived from its number are the same in every run", "[sandbox][accounts]")
{
    World first;
    World second;
    CHECK(first.account("491510000001").lid == second.account("491510000001").lid);
    AccountSettings taken;
    taken.phone = "491510000001";
    CHECK(first.network.create_account(taken) == nullptr);
}
