#include "protocol/engine/envelope.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using binary::Node;

namespace {

Node dressed(Jid const& to, message::MessageBody body)
{
    Node stanza{"message"};
    stanza.set("to", to);
    message::TypedMessage content;
    content.body = std::move(body);
    engine::dress(stanza, message::stanza_traits(content), wall_from_seconds(1'790'000'000));
    return stanza;
}

message::Interactive buttons()
{
    message::Interactive flow;
    flow.buttons = {{"quick_reply", "{}"}};
    return flow;
}

} // namespace

TEST_CASE("buttons say to the server that a business flow is inside", "[engine]")
{
    auto const stanza = dressed(Jid::phone("49151"), buttons());
    CHECK(stanza.text("type") == "text");
    auto const* biz = stanza.child("biz");
    REQUIRE(biz);
    CHECK(biz->text("actual_actors") == "2");
    CHECK(biz->text("host_storage") == "2");
    CHECK(biz->text("privacy_mode_ts") == "1790000000");
    auto const* flow = stanza.path({"biz", "interactive", "native_flow"});
    REQUIRE(flow);
    CHECK(stanza.path({"biz", "interactive"})->text("type") == "native_flow");
    CHECK(flow->text("name") == "mixed");
    CHECK(flow->text("v") == "9");
    CHECK(stanza.path({"biz", "quality_control"})->text("source_type") == "third_party");
    REQUIRE(stanza.child("bot"));
    CHECK(stanza.child("bot")->text("biz_bot") == "1");
}

TEST_CASE("in groups no bot goes along with buttons", "[engine]")
{
    auto const stanza = dressed(Jid::parse("120363000000000001@g.us").value(), buttons());
    CHECK(stanza.child("biz"));
    CHECK_FALSE(stanza.child("bot"));
}

TEST_CASE("lists have their own mark, other content has none", "[engine]")
{
    auto const list = dressed(Jid::phone("49151"), message::List{});
    REQUIRE(list.path({"biz", "list"}));
    CHECK(list.path({"biz", "list"})->text("type") == "product_list");
    CHECK_FALSE(list.child("bot"));
    CHECK_FALSE(dressed(Jid::phone("49151"), message::Text{"hi", {}, {}}).child("biz"));
}
