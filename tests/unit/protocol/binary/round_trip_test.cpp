#include "tests/support/random_node.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/protocol/binary/wire_bytes.hpp"

using namespace wagate;
using namespace wagate::binary;

TEST_CASE("a random stanza survives the wire", "[protocol][binary][property]")
{
    testing::SeededRandom random{1};
    for (int round = 0; round < 2'000; ++round) {
        auto const node = testing::random_node(random);
        INFO("round " << round << ": " << describe(node));
        auto const frame = encode(node);
        auto const back = decode(frame);
        REQUIRE(back);
        REQUIRE(*back == testing::normalised(node));
        REQUIRE(encode(*back) == frame);
    }
}

TEST_CASE("a random stanza survives compression", "[protocol][binary][property]")
{
    testing::SeededRandom random{2};
    for (int round = 0; round < 300; ++round) {
        auto const node = testing::random_node(random);
        INFO("round " << round << ": " << describe(node));
        auto const back = decode(encode_compressed(node));
        REQUIRE(back);
        REQUIRE(*back == testing::normalised(node));
    }
}

TEST_CASE("every token survives the wire as name, value and content", "[protocol][binary][property]")
{
    auto const check = [](std::string_view word) {
        if (word == "xmlstreamend") return;
        auto const node = Node{word}.set(word, word).with_text(word);
        CHECK(decode(encode(node)).value() == node);
    };
    for (unsigned index = 1; index < 236; ++index)
        check(*single_token(static_cast<std::uint8_t>(index)));
    for (unsigned code = 0; code < 1024; ++code)
        check(*double_token(static_cast<std::uint8_t>(236 + code / 256),
                            static_cast<std::uint8_t>(code % 256)));
}
