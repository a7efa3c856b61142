// Frames from a peer that means harm: the decoder answers with an error, quickly and within bounds.
#include "tests/support/random_node.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/protocol/binary/wire_bytes.hpp"

using namespace wagate;
using namespace wagate::binary;

namespace {

/// `depth` nodes, each the only child of the one before.
std::string nested(std::size_t depth)
{
    std::string hex = "00";
    for (std::size_t level = 1; level < depth; ++level)
        hex += "f80213f801";
    return hex + "f80113";
}

} // namespace

TEST_CASE("an empty frame is refused", "[protocol][binary][hostile]")
{
    CHECK(decode_error("") == CodecErrc::truncated);
    CHECK(decode_error("00") == CodecErrc::truncated);
    CHECK(decode_error("02") == CodecErrc::bad_compression);
}

TEST_CASE("a list without items is no node", "[protocol][binary][hostile]")
{
    CHECK(decode_error("0000") == CodecErrc::bad_tag);
    CHECK(decode_error("00f800") == CodecErrc::bad_tag);
    CHECK(decode_error("00f90000") == CodecErrc::bad_tag);
}

TEST_CASE("a node needs a name", "[protocol][binary][hostile]")
{
    CHECK(decode_error("00f80100") == CodecErrc::bad_tag);
    CHECK(decode_error("00f801fc00") == CodecErrc::bad_tag);
    CHECK(decode_error("00f801ff00") == CodecErrc::bad_tag);
}

TEST_CASE("nesting is accepted up to the limit and refused beyond it", "[protocol][binary][hostile]")
{
    CHECK(decode_error(nested(64)) == ErrorCode{});
    CHECK(decode_error(nested(65)) == CodecErrc::too_deep);
    CHECK(decode_error(nested(200'000)) == CodecErrc::too_deep);
}

TEST_CASE("a list cannot announce more than the frame can hold", "[protocol][binary][hostile]")
{
    CHECK(decode_error("00f9ffff13") == CodecErrc::truncated);           // attributes
    CHECK(decode_error("00f80213f9fffff80113") == CodecErrc::truncated); // children
}

TEST_CASE("a raw value cannot announce more than the frame holds", "[protocol][binary][hostile]")
{
    CHECK(decode_error("00f80213fcff00") == CodecErrc::truncated);
    CHECK(decode_error("00f80213fdffffff00") == CodecErrc::truncated);
    CHECK(decode_error("00f80213feffffffff00") == CodecErrc::truncated);
    CHECK(decode_error("00f80213fe8000000000") == CodecErrc::truncated);
}

TEST_CASE("the number of nodes in a frame is limited", "[protocol][binary][hostile]")
{
    DecodeLimits limits;
    limits.max_nodes = 4;
    CHECK(decode_error("00f80213f803f80113f80113f80113", limits) == ErrorCode{});
    CHECK(decode_error("00f80213f804f80113f80113f80113f80113", limits) == CodecErrc::too_large);
    // Lists inside lists count as well.
    CHECK(decode_error("00f80213f802f80213f801f80113f80213f801f80113", limits) == CodecErrc::too_large);
}

TEST_CASE("the number of attributes in a frame is limited", "[protocol][binary][hostile]")
{
    DecodeLimits limits;
    limits.max_attributes = 2;
    CHECK(decode_error("00f8061304040805f801f80113", limits) == ErrorCode{});
    CHECK(decode_error("00f8061304040805f801f8031304"
                       "08",
                       limits) == CodecErrc::too_large);
}

TEST_CASE("inflated data is accepted up to the limit and refused beyond it", "[protocol][binary][hostile]")
{
    auto const node = Node{"a"}.with_bytes(Bytes(10'000));
    auto const plain_bytes = encode(node).size() - 1;
    auto const frame = encode_compressed(node);
    DecodeLimits limits;
    limits.max_inflated_bytes = plain_bytes;
    CHECK(decode(frame, limits).value() == node);
    limits.max_inflated_bytes = plain_bytes - 1;
    CHECK(decode(frame, limits).error() == CodecErrc::too_large);
}

TEST_CASE("a small frame that inflates beyond all measure is refused", "[protocol][binary][hostile]")
{
    auto const frame = encode_compressed(Node{"a"}.with_bytes(Bytes(40u << 20)));
    REQUIRE(frame.size() < 100'000);
    CHECK(decode(frame).error() == CodecErrc::too_large);
}

TEST_CASE("damaged compressed data is refused", "[protocol][binary][hostile]")
{
    testing::SeededRandom random{5};
    auto const frame = encode_compressed(Node{"a"}.with_bytes(random.bytes(20'000)));
    for (std::size_t size = 1; size < frame.size(); size += 97) {
        INFO("cut to " << size << " bytes");
        CHECK(decode(ByteView{frame}.first(size)).error() == CodecErrc::bad_compression);
    }
    auto longer = frame;
    longer.push_back(0);
    CHECK(decode(longer).error() == CodecErrc::trailing_bytes);
    auto wrong_checksum = frame;
    wrong_checksum.back() ^= 1;
    CHECK(decode(wrong_checksum).error() == CodecErrc::bad_compression);
}

TEST_CASE("every truncation of a random frame is an error", "[protocol][binary][hostile]")
{
    testing::SeededRandom random{11};
    testing::NodeShape shape;
    shape.max_children = 3;
    for (int round = 0; round < 60; ++round) {
        auto const frame = encode(testing::random_node(random, shape));
        auto const step = frame.size() > 4'000 ? 101u : 1u;
        for (std::size_t size = 0; size < frame.size(); size += step) {
            INFO("round " << round << ": " << size << " of " << frame.size() << " bytes");
            REQUIRE_FALSE(decode(ByteView{frame}.first(size)));
        }
    }
}

TEST_CASE("any damaged frame gives a node or an error", "[protocol][binary][hostile]")
{
    testing::SeededRandom random{13};
    int refused = 0;
    for (int round = 0; round < 4'000; ++round) {
        auto frame = encode(testing::random_node(random));
        for (auto flips = 1 + random.below(4); flips > 0; --flips)
            frame[random.below(std::min<std::size_t>(frame.size(), 200))] = random.array<1>()[0];
        auto const node = decode(frame);
        if (!node) {
            ++refused;
            continue;
        }
        auto const again = decode(encode(*node));
        REQUIRE(again);
        CHECK(*again == testing::normalised(*node));
    }
    CHECK(refused > 1'000);
}

TEST_CASE("any bytes give a node or an error", "[protocol][binary][hostile]")
{
    testing::SeededRandom random{17};
    for (int round = 0; round < 20'000; ++round) {
        auto frame = random.bytes(1 + random.below(40));
        frame[0] &= 0x02; // half plain, half compressed
        auto const node = decode(frame);
        if (node) CHECK(decode(encode(*node)).value() == testing::normalised(*node));
    }
}
