#include "protocol/binary/node.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::binary;

TEST_CASE("a node is built in one expression and read back", "[protocol][binary][node]")
{
    auto const node = Node{"iq"}
                          .set("to", Jid::server_jid())
                          .set("t", 1'700'000'000)
                          .add(Node{"user"}.set("jid", "12@lid"))
                          .add(Node{"list"}.add(Node{"key"}.with_bytes({1, 2})));
    CHECK(node.text("to") == "s.whatsapp.net");
    CHECK(node.integer("t") == 1'700'000'000);
    CHECK(node.children().size() == 2);
    CHECK(node.child("user")->jid("jid") == Jid::hidden("12"));
    auto const* key = node.path({"list", "key"});
    REQUIRE(key != nullptr);
    CHECK(equal(key->bytes(), Bytes{1, 2}));
}

TEST_CASE("setting an attribute again replaces its value in place", "[protocol][binary][node]")
{
    auto const node = Node{"a"}.set("x", "1").set("y", "2").set("x", Jid::phone("12"));
    REQUIRE(node.attributes.size() == 2);
    CHECK(node.attributes[0].key == "x");
    CHECK(node.jid("x") == Jid::phone("12"));
}

TEST_CASE("reading what is missing gives nothing", "[protocol][binary][node]")
{
    Node const node{"a"};
    CHECK_FALSE(node.has("x"));
    CHECK(node.text("x").empty());
    CHECK_FALSE(node.jid("x"));
    CHECK_FALSE(node.integer("x"));
    CHECK(node.children().empty());
    CHECK(node.child("b") == nullptr);
    CHECK(node.path({"b", "c"}) == nullptr);
    CHECK(node.bytes().empty());
}

TEST_CASE("an empty path is the node itself", "[protocol][binary][node]")
{
    Node const node{"a"};
    CHECK(node.path({}) == &node);
}

TEST_CASE("only whole decimal numbers are integers", "[protocol][binary][node]")
{
    auto const integer = [](std::string_view text) { return Node{"a"}.set("x", text).integer("x"); };
    CHECK(integer("-5") == -5);
    CHECK(integer("9223372036854775807") == INT64_MAX);
    CHECK_FALSE(integer("9223372036854775808"));
    CHECK_FALSE(integer(""));
    CHECK_FALSE(integer("5 "));
    CHECK_FALSE(integer("0x5"));
    CHECK_FALSE(Node{"a"}.set("x", Jid::phone("5")).integer("x"));
}

TEST_CASE("text that is no JID gives none", "[protocol][binary][node]")
{
    CHECK_FALSE(Node{"a"}.set("x", "12@unknown.example").jid("x"));
    CHECK_FALSE(Node{"a"}.set("x", "hello").jid("x"));
}

TEST_CASE("content bytes are read whether they came as bytes or as text", "[protocol][binary][node]")
{
    CHECK(text_view(Node{"a"}.with_text("123").bytes()) == "123");
    CHECK(text_view(Node{"a"}.with_bytes({'1', '2', '3'}).bytes()) == "123");
    CHECK(Node{"a"}.add(Node{"b"}).bytes().empty());
}

TEST_CASE("adding a child to other content replaces that content", "[protocol][binary][node]")
{
    CHECK(Node{"a"}.with_text("x").add(Node{"b"}).children().size() == 1);
}
