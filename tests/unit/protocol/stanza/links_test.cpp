#include "protocol/stanza/links.hpp"

#include "protocol/binary/codec.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

TEST_CASE("a code is taken out of its link, or stands alone", "[stanza][links]")
{
    CHECK(link_code("4ATXS6OFLXNOB1", LinkKind::contact) == "4ATXS6OFLXNOB1");
    CHECK(link_code("https://wa.me/qr/4ATXS6OFLXNOB1", LinkKind::contact) == "4ATXS6OFLXNOB1");
    CHECK(link_code("https://api.whatsapp.com/qr/4ATX?src=qr", LinkKind::contact) == "4ATX");
    CHECK(link_code("https://wa.me/message/MUM7H6LDUTY5M1", LinkKind::message) == "MUM7H6LDUTY5M1");
    auto const wrong =
        GENERATE(values<std::string>({"", "https://wa.me/qr/", "https://wa.me/message/MUM7", "a b", "a/b",
                                      "a?b", "https://wa.me/qr/a/b", std::string(65, 'A')}));
    CHECK_FALSE(link_code(wrong, LinkKind::contact));
}

TEST_CASE("the own link is asked for or made anew, without an address", "[stanza][links]")
{
    auto const iq = contact_link_request(false);
    CHECK(iq.text("xmlns") == "w:qr");
    CHECK(iq.text("type") == "set");
    CHECK_FALSE(iq.has("to"));
    CHECK(*iq.child("qr") == Node{"qr"}.set("type", "contact").set("action", "get"));
    CHECK(contact_link_request(true).child("qr")->text("action") == "revoke");
    Node reply{"iq"};
    CHECK_FALSE(parse_contact_link(reply));
    reply.add(Node{"qr"}.set("type", "contact").set("code", "4ATXS6OFLXNOB1"));
    CHECK(parse_contact_link(reply) == "4ATXS6OFLXNOB1");
    CHECK_FALSE(parse_contact_link(Node{"iq"}.add(Node{"qr"}.set("code", "../x"))));
}

TEST_CASE("a contact's link leads to a person with a name", "[stanza][links]")
{
    auto const iq = link_request("4ATXS6OFLXNOB1");
    CHECK(iq.text("type") == "get");
    CHECK(*iq.child("qr") == Node{"qr"}.set("code", "4ATXS6OFLXNOB1"));
    Node qr{"qr"};
    qr.set("code", "4ATXS6OFLXNOB1")
        .set("type", "contact")
        .set("jid", Jid::phone("4915"))
        .set("notify", "Ben");
    auto const found = parse_contact_target(Node{"iq"}.add(qr));
    REQUIRE(found.has_value());
    CHECK(*found == ContactLinkTarget{Jid::phone("4915"), "contact", "Ben"});
    CHECK_FALSE(parse_message_target(Node{"iq"}.add(qr)).has_value());
    CHECK_FALSE(parse_contact_target(Node{"iq"}).has_value());
    CHECK_FALSE(parse_contact_target(Node{"iq"}.add(Node{"qr"}.set("code", "4ATX"))).has_value());
}

TEST_CASE("a business's link carries the text to write and the verified name", "[stanza][links]")
{
    Node qr{"qr"};
    qr.set("code", "MUM7H6LDUTY5M1")
        .set("type", "message")
        .set("jid", Jid::phone("4916"))
        .set("notify", "Shop");
    auto const bare = parse_message_target(Node{"iq"}.add(qr));
    REQUIRE(bare.has_value());
    CHECK(*bare == MessageLinkTarget{Jid::phone("4916"), "Shop", "", "", "", false});
    qr.add(Node{"message"}.with_text("I want bread"));
    qr.add(Node{"business"}
               .set("is_signed", "true")
               .set("verified_name", "Bakery")
               .set("verified_level", "high"));
    auto const found = parse_message_target(Node{"iq"}.add(qr));
    REQUIRE(found.has_value());
    CHECK(*found == MessageLinkTarget{Jid::phone("4916"), "Shop", "I want bread", "Bakery", "high", true});
    CHECK_FALSE(parse_contact_target(Node{"iq"}.add(qr)).has_value());
}

TEST_CASE("a link into a call is asked of the call server, and answered by an ack", "[stanza][links]")
{
    auto const call = call_link_request(CallMedia::video, wall_from_seconds(1'790'000'000));
    CHECK(call.tag == "call");
    CHECK(call.jid("to") == Jid{{}, JidServer::call});
    auto const again = binary::decode(binary::encode(call));
    REQUIRE(again.has_value());
    CHECK(again->jid("to") == Jid{{}, JidServer::call});
    CHECK(call.child("link_create")->text("media") == "video");
    CHECK(call.path({"link_create", "event"})->text("start_time") == "1790000000");
    CHECK(call_link_request(CallMedia::audio, {}).child("link_create")->children().empty());
    Node ack{"ack"};
    ack.set("class", "call").set("type", "link_create").set("from", Jid{{}, JidServer::call}).set("id", "1");
    CHECK(parse_call_link(ack).error == 500);
    auto refused = ack;
    CHECK(parse_call_link(refused.set("error", "503")).error == 503);
    auto made = ack;
    made.add(Node{"link_create"}.set("token", "GnTvm4NDSfrB9VuI1pe077").set("media", "video"));
    CHECK(parse_call_link(made).token == "GnTvm4NDSfrB9VuI1pe077");
    CHECK(parse_call_link(made).error == 0);
    CHECK(call_link(CallMedia::video, "T") == "https://call.whatsapp.com/video/T");
    CHECK(call_link(CallMedia::audio, "T") == "https://call.whatsapp.com/voice/T");
}
