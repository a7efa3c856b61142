#include "tests/unit/protocol/binary/wire_bytes.hpp"

using namespace wagate;
using namespace wagate::binary;

namespace {

std::string text_from(std::string const& hex)
{
    return std::get<std::string>(value_from(hex));
}

} // namespace

TEST_CASE("the shortest form of a text is chosen: token, nibbles, hex, raw", "[protocol][binary]")
{
    CHECK(value_hex("s.whatsapp.net") == "03");
    CHECK(value_hex("active") == "ec01");
    CHECK(value_hex("0123456789-.") == "ff060123456789ab");
    CHECK(value_hex("0123456789ABCDEF") == "fb080123456789abcdef");
    CHECK(value_hex("abc") == "fc03616263");
    CHECK(value_hex("404") == "ec35"); // a token although it could be packed
}

TEST_CASE("an odd count of packed characters is marked and padded", "[protocol][binary]")
{
    CHECK(value_hex("7-7") == "ff827a7f");
    CHECK(value_hex("ABC") == "fb82abcf");
    CHECK(text_from("ff827a7f") == "7-7");
    CHECK(text_from("ff827a70") == "7-7"); // the padding carries nothing
}

TEST_CASE("texts are packed up to 127 characters", "[protocol][binary]")
{
    CHECK(value_hex(std::string(127, '7')).substr(0, 4) == "ffc0");
    CHECK(value_hex(std::string(128, '7')).substr(0, 4) == "fc80");
    CHECK(value_hex(std::string(127, 'B')).substr(0, 4) == "fbc0");
    CHECK(value_hex(std::string(128, 'B')).substr(0, 4) == "fc80");
}

TEST_CASE("up to 127 packed bytes are accepted", "[protocol][binary]")
{
    CHECK(text_from("ff7f" + std::string(254, '7')) == std::string(254, '7'));
}

TEST_CASE("the empty text is sent raw and accepted in its three forms", "[protocol][binary]")
{
    CHECK(value_hex("") == "fc00");
    CHECK(text_from("fc00").empty());
    CHECK(text_from("ff00").empty());
    CHECK(text_from("00").empty());
}

TEST_CASE("characters that cannot be packed are refused", "[protocol][binary][hostile]")
{
    CHECK(value_error("ff01c1") == CodecErrc::bad_token); // nibble 12
    CHECK(value_error("ff011f") == CodecErrc::bad_token); // padding in an even text
    CHECK(value_error("ff80") == CodecErrc::bad_token);   // odd, yet no bytes
}

TEST_CASE("bytes without a meaning are refused where a text must stand", "[protocol][binary][hostile]")
{
    for (std::string const hex : {"f0", "f1", "f2", "f3", "f4", "f801", "f90001"}) {
        INFO(hex);
        CHECK(value_error(hex) == CodecErrc::bad_tag);
    }
}

TEST_CASE("raw values take the smallest length form", "[protocol][binary]")
{
    struct Case {
        std::size_t size;
        std::string header;
    };
    auto const sample = GENERATE(values<Case>({{0, "fc00"},
                                               {255, "fcff"},
                                               {256, "fd000100"},
                                               {(1u << 20) - 1, "fd0fffff"},
                                               {1u << 20, "fe00100000"}}));
    auto const node = Node{"a"}.with_bytes(Bytes(sample.size, 0x5A));
    auto const frame = encode(node);
    auto const start = std::string{"00f802fc0161"} + sample.header;
    REQUIRE(frame.size() == start.size() / 2 + sample.size);
    CHECK(hex_encode(ByteView{frame}.first(start.size() / 2)) == start);
    auto const back = decode(frame);
    REQUIRE(back);
    CHECK(*back == node);
}

TEST_CASE("longer length forms than necessary are accepted", "[protocol][binary]")
{
    CHECK(text_from("fdf0000161") == "a"); // the top four bits are ignored
    CHECK(text_from("fe0000000161") == "a");
}

TEST_CASE("content keeps whether it came as bytes or as text", "[protocol][binary]")
{
    CHECK(decoded("00f802fc0161fc0131").content == Content{Bytes{'1'}});
    CHECK(decoded("00f802fc0161ff813f").content == Content{std::string{"3"}});
    CHECK(decoded("00f802fc016103").content == Content{std::string{"s.whatsapp.net"}});
}

TEST_CASE("an empty list of children is written as such", "[protocol][binary]")
{
    Node node{"a"};
    node.content = Nodes{};
    CHECK(hex_encode(encode(node)) == "00f802fc016100");
    CHECK(decoded("00f802fc016100") == node);
    CHECK(decoded("00f802fc0161f800") == node);
}

TEST_CASE("lists beyond 255 items use the wide header", "[protocol][binary]")
{
    Node node{"a"};
    for (int i = 0; i < 300; ++i)
        node.add(Node{"b"}.set("n", i));
    auto const frame = encode(node);
    CHECK(hex_encode(ByteView{frame}.subspan(6, 3)) == "f9012c");
    auto const back = decode(frame);
    REQUIRE(back);
    CHECK(*back == node);
}

TEST_CASE("a list that no header can announce is refused by the encoder", "[protocol][binary]")
{
    Node node{"a"};
    node.content = Nodes(65'536, Node{"b"});
    CHECK_THROWS_AS(encode(node), std::length_error);
}
