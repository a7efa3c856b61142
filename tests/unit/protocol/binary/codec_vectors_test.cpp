// Known answers, computed with a public client's encoder (protocol.md 14).
#include "tests/unit/protocol/binary/wire_bytes.hpp"

using namespace wagate;
using namespace wagate::binary;

namespace {

struct Vector {
    Node node;
    std::string hex;
};

std::vector<Vector> vectors()
{
    auto const server = Jid::server_jid();
    std::vector<Vector> all;
    all.push_back({Node{"iq"}.set("to", server).set("type", "get").set("xmlns", "w:p").set("id", "1.1-1"),
                   "00f8091911fa00030429165708ff831b1a1f"});
    all.push_back({Node{"iq"}
                       .set("to", server)
                       .set("xmlns", "passive")
                       .set("type", "set")
                       .set("id", "2")
                       .add(Node{"active"}),
                   "00f80a1911fa000316ec18045a0845f801f801ec01"});
    all.push_back({Node{"ack"}
                       .set("class", "notification")
                       .set("id", "3EB0ABCDEF0123456789AB")
                       .set("to", Jid::phone("15550001111", 5))
                       .set("type", "privacy_token"),
                   "00f8091b150908fb0b3eb0abcdef0123456789ab11f70005ff8615550001111f04dd"});
    all.push_back({Node{"receipt"}.set("id", "A").set("to", Jid::hidden("900000000000002", 12)),
                   "00f8050708fb81af11f7010cff88900000000000002f"});
    all.push_back({Node{"message"}
                       .set("to", Jid{"120363000000000001", JidServer::group})
                       .set("id", "3EB0")
                       .set("type", "text")
                       .add(Node{"enc"}.set("v", "2").set("type", "skmsg").with_bytes({0x01, 0x02})),
                   "00f8081311faff091203630000000000011c08fb023eb00438f801f8061d51450432fc020102"});
    all.push_back({Node{"a"}.set("x", "123"), "00f803fc0161fc0178ff82123f"});
    all.push_back({Node{"a"}.set("x", "AB12F"), "00f803fc0161fc0178fb83ab12ff"});
    all.push_back({Node{"a"}.set("x", "h\xC3\xA9llo"), "00f803fc0161fc0178fc0668c3a96c6c6f"});
    return all;
}

} // namespace

TEST_CASE("known stanzas encode to the bytes of public clients", "[protocol][binary]")
{
    for (auto const& vector : vectors()) {
        INFO(describe(vector.node));
        CHECK(hex_encode(encode(vector.node)) == vector.hex);
    }
}

TEST_CASE("bytes of public clients decode to the known stanzas", "[protocol][binary]")
{
    for (auto const& vector : vectors()) {
        INFO(vector.hex);
        auto const node = decode(from_hex(vector.hex));
        REQUIRE(node);
        CHECK(*node == vector.node);
    }
}

TEST_CASE("every truncation of a known frame is an error", "[protocol][binary][hostile]")
{
    for (auto const& vector : vectors()) {
        auto const frame = from_hex(vector.hex);
        for (std::size_t size = 0; size < frame.size(); ++size) {
            INFO(vector.hex << " cut to " << size << " bytes");
            auto const node = decode(ByteView{frame}.first(size));
            REQUIRE_FALSE(node);
            CHECK(node.error() == CodecErrc::truncated);
        }
    }
}

TEST_CASE("a byte after a known frame is an error", "[protocol][binary][hostile]")
{
    for (auto const& vector : vectors())
        CHECK(decode_error(vector.hex + "00") == CodecErrc::trailing_bytes);
}

TEST_CASE("the end of the stream is told apart from a stanza", "[protocol][binary]")
{
    CHECK(decode_error("00f80102") == CodecErrc::stream_end);
    CHECK(hex_encode(encode(Node{"xmlstreamend"})) == "00f80102");
}

TEST_CASE("a compressed frame decodes to the same stanza", "[protocol][binary]")
{
    for (auto const& vector : vectors()) {
        auto const frame = encode_compressed(vector.node);
        REQUIRE(frame.front() == 0x02);
        auto const node = decode(frame);
        REQUIRE(node);
        CHECK(*node == vector.node);
    }
}
