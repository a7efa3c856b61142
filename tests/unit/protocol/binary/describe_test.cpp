#include "protocol/binary/node.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::binary;

TEST_CASE("a stanza is described as XML", "[protocol][binary][describe]")
{
    auto const node = Node{"iq"}
                          .set("to", Jid::server_jid())
                          .set("type", "set")
                          .add(Node{"active"})
                          .add(Node{"mode"}.with_text("all"));
    CHECK(describe(node) == R"(<iq to="s.whatsapp.net" type="set"><active/><mode>all</mode></iq>)");
}

TEST_CASE("content never reaches a description, only its length", "[protocol][binary][describe]")
{
    CHECK(describe(Node{"enc"}.with_bytes({1, 2, 3})) == "<enc>[3 bytes]</enc>");
    CHECK(describe(Node{"enc"}.with_text("a text that somebody wrote")) == "<enc>[26 characters]</enc>");
}

TEST_CASE("phone numbers are masked, hidden ids and groups are not", "[protocol][binary][describe]")
{
    auto const shown = [](Jid jid) { return describe(Node{"a"}.set("x", std::move(jid))); };
    CHECK(shown(Jid::phone("15550001111", 5)) == R"(<a x="*******1111:5@s.whatsapp.net"/>)");
    CHECK(shown(Jid{"15550001111", JidServer::legacy_user}) == R"(<a x="*******1111@c.us"/>)");
    CHECK(shown(Jid{"15550001111-1400000000", JidServer::group}) ==
          R"(<a x="*******1111-******0000@g.us"/>)");
    CHECK(shown(Jid{"120363000000000001", JidServer::group}) == R"(<a x="120363000000000001@g.us"/>)");
    CHECK(shown(Jid::hidden("900000000000002")) == R"(<a x="900000000000002@lid"/>)");
    CHECK(describe(Node{"a"}.set("x", "15550001111@s.whatsapp.net")) ==
          R"(<a x="*******1111@s.whatsapp.net"/>)");
    CHECK(describe(Node{"contact"}.with_text("+15550001111")) == "<contact>+*******1111</contact>");
}

TEST_CASE("a description stays on one line and cannot forge markup", "[protocol][binary][describe]")
{
    CHECK(describe(Node{"a"}.set("x", "\n\x7f\"><b/>&")) == R"(<a x="\x0a\x7f&quot;&gt;&lt;b/&gt;&amp;"/>)");
}

TEST_CASE("a description is bounded", "[protocol][binary][describe]")
{
    CHECK(describe(Node{"a"}.set("x", std::string_view{std::string(65, 'q')})) ==
          "<a x=\"" + std::string(64, 'q') + "...\"/>");
    Node list{"list"};
    for (int i = 0; i < 10'000; ++i)
        list.add(Node{"item"}.set("n", i));
    CHECK(describe(list).size() < 17'000);
}
