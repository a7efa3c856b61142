#include "protocol/stanza/calls.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Node call_with(Node what)
{
    Node call{"call"};
    call.set("from", Jid::hidden("77")).set("id", "1").set("t", "1700000000");
    return call.add(std::move(what));
}

Node about(std::string_view tag)
{
    Node what{tag};
    what.set("call-id", "CALL").set("call-creator", Jid::hidden("77")).set("caller_pn", Jid::phone("4915"));
    return what;
}

} // namespace

TEST_CASE("an offer tells who calls, when, and whether with a picture", "[stanza][call]")
{
    auto offer = about("offer");
    offer.add(Node{"audio"});
    auto const call = parse_call(call_with(offer));
    REQUIRE(call);
    CHECK(call->news == CallNews::offered);
    CHECK(call->id == "CALL");
    CHECK(call->creator == Jid::hidden("77"));
    CHECK(call->creator_other == Jid::phone("4915"));
    CHECK(call->timestamp == wall_from_seconds(1'700'000'000));
    CHECK_FALSE(call->is_video);
    CHECK_FALSE(call->group);
    offer.add(Node{"video"});
    CHECK(parse_call(call_with(offer))->is_video);
}

TEST_CASE("a notice of a group call names the group and the kind", "[stanza][call]")
{
    auto const group = Jid::parse("120363000000000001@g.us").value();
    auto notice = about("offer_notice");
    notice.set("media", "video").set("type", "group").set("group-jid", group);
    auto const call = parse_call(call_with(notice));
    REQUIRE(call);
    CHECK(call->news == CallNews::offered);
    CHECK(call->is_video);
    CHECK(call->group == group);
}

TEST_CASE("the other things that are said of a call", "[stanza][call]")
{
    CHECK(parse_call(call_with(about("accept")))->news == CallNews::accepted);
    CHECK(parse_call(call_with(about("reject")))->news == CallNews::rejected);
    CHECK(parse_call(call_with(about("preaccept")))->news == CallNews::other);
    CHECK(parse_call(call_with(about("relaylatency")))->news == CallNews::other);
    auto const ended = parse_call(call_with(about("terminate").set("reason", "timeout")));
    CHECK(ended->news == CallNews::terminated);
    CHECK(ended->reason == "timeout");
}

TEST_CASE("broken calls are none", "[stanza][call]")
{
    CHECK_FALSE(parse_call(Node{"call"}));
    CHECK_FALSE(parse_call(call_with(Node{"offer"})));
    CHECK_FALSE(parse_call(call_with(about("offer")).add(about("offer"))));
    CHECK_FALSE(parse_call(call_with(about("offer").set("call-id", std::string(129, 'A')))));
    auto late = call_with(about("offer"));
    late.set("t", "9223372036854775807");
    CHECK(parse_call(late)); // and no overflow
}

TEST_CASE("a refusal is between accounts, not devices", "[stanza][call]")
{
    auto const stanza = reject_call("9", Jid::hidden("11", 4), Jid::hidden("77", 2), "CALL");
    Node reject{"reject"};
    reject.set("call-id", "CALL").set("call-creator", Jid::hidden("77")).set("count", "0");
    Node expected{"call"};
    expected.set("id", "9")
        .set("from", Jid::hidden("11"))
        .set("to", Jid::hidden("77"))
        .add(std::move(reject));
    CHECK(stanza == expected);
}
