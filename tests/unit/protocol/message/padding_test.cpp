#include "protocol/message/padding.hpp"

#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::message;

TEST_CASE("padding adds 1 to 16 bytes of their own count and comes off again", "[message][padding]")
{
    testing::SeededRandom random{1};
    std::set<std::size_t> lengths;
    for (int i = 0; i < 500; ++i) {
        auto const plain = random.bytes(static_cast<std::size_t>(random.below(40)));
        auto const padded = pad(plain, random);
        auto const added = padded.size() - plain.size();
        lengths.insert(added);
        for (std::size_t at = plain.size(); at < padded.size(); ++at)
            REQUIRE(padded[at] == added);
        auto const back = unpad(padded);
        REQUIRE(back);
        CHECK(equal(*back, plain));
    }
    CHECK(lengths.size() == 16);
    CHECK(*lengths.begin() == 1);
    CHECK(*lengths.rbegin() == 16);
}

TEST_CASE("bad padding is refused", "[message][padding]")
{
    CHECK_FALSE(unpad({}));
    CHECK_FALSE(unpad(Bytes{1, 2, 0}));       // a length of zero
    CHECK_FALSE(unpad(Bytes{3, 3}));          // longer than the whole
    CHECK_FALSE(unpad(Bytes{9, 9, 2, 3, 3})); // not the same byte all along
    CHECK(unpad(Bytes{9, 3, 3, 3})->size() == 1);
    CHECK(unpad(Bytes{1})->empty());
}

TEST_CASE("longer padding than we make is accepted", "[message][padding]")
{
    CHECK(unpad(Bytes(200, 200))->empty());
}
