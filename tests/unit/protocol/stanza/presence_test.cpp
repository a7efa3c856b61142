#include "protocol/stanza/presence.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Node from(std::string_view tag, Jid jid)
{
    Node node{tag};
    node.set("from", std::move(jid));
    return node;
}

} // namespace

TEST_CASE("a subscription carries the token of the person when there is one", "[stanza][presence]")
{
    auto const bare = presence_subscribe(Jid::hidden("77", 3), std::nullopt);
    Node expected{"presence"};
    expected.set("type", "subscribe").set("to", Jid::hidden("77"));
    CHECK(bare == expected);
    expected.add(Node{"tctoken"}.with_bytes(Bytes{1, 2}));
    CHECK(presence_subscribe(Jid::hidden("77"), Bytes{1, 2}) == expected);
}

TEST_CASE("typing, recording and pausing are three stanzas that are read back as they were meant",
          "[stanza][presence]")
{
    auto const state = GENERATE(PresenceState::typing, PresenceState::recording, PresenceState::paused);
    auto stanza = chatstate(Jid::phone("4915"), state);
    CHECK(stanza.jid("to") == Jid::phone("4915"));
    stanza.set("from", Jid::phone("4915", 7));
    auto const news = parse_presence(stanza);
    REQUIRE(news);
    CHECK(news->state == state);
    CHECK(news->chat == Jid::phone("4915"));
    CHECK(news->participant == Jid::phone("4915"));
}

TEST_CASE("who is online, offline, and since when", "[stanza][presence]")
{
    CHECK(parse_presence(from("presence", Jid::hidden("77")))->state == PresenceState::online);
    auto away = from("presence", Jid::hidden("77"));
    away.set("type", "unavailable").set("last", "1700000000");
    auto const news = parse_presence(away);
    REQUIRE(news);
    CHECK(news->state == PresenceState::offline);
    CHECK(news->last_seen == wall_from_seconds(1'700'000'000));
    auto const hidden = GENERATE("deny", "-1", "none", "", "99999999999999999");
    auto shy = from("presence", Jid::hidden("77"));
    shy.set("type", "unavailable").set("last", hidden);
    CHECK_FALSE(parse_presence(shy)->last_seen);
}

TEST_CASE("in a group the participant types", "[stanza][presence]")
{
    auto const group = Jid::parse("120363000000000001@g.us").value();
    auto stanza = from("chatstate", group);
    stanza.add(Node{"composing"});
    CHECK_FALSE(parse_presence(stanza));
    stanza.set("participant", Jid::hidden("77", 2));
    auto const news = parse_presence(stanza);
    REQUIRE(news);
    CHECK(news->chat == group);
    CHECK(news->participant == Jid::hidden("77"));
}

TEST_CASE("what is about nobody, or says nothing, is no news", "[stanza][presence]")
{
    CHECK_FALSE(parse_presence(Node{"presence"}));
    CHECK_FALSE(parse_presence(from("presence", Jid::server_jid())));
    CHECK_FALSE(parse_presence(from("presence", Jid::parse("120363000000000001@g.us").value())));
    CHECK_FALSE(parse_presence(from("chatstate", Jid::hidden("77"))));
    CHECK_FALSE(parse_presence(from("message", Jid::hidden("77"))));
    CHECK_FALSE(parse_presence(from("presence", Jid::hidden("77")).set("type", "error")));
}
