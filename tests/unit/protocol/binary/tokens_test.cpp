#include "protocol/binary/tokens.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace wagate::binary;

TEST_CASE("every token is found again under its own code", "[protocol][binary][tokens]")
{
    std::set<std::string_view> words;
    for (unsigned index = 1; index < 236; ++index) {
        auto const word = single_token(static_cast<std::uint8_t>(index));
        REQUIRE(word);
        INFO(*word);
        CHECK(find_token(*word) == TokenCode{0, static_cast<std::uint8_t>(index)});
        words.insert(*word);
    }
    for (unsigned lead = 236; lead < 240; ++lead) {
        for (unsigned index = 0; index < 256; ++index) {
            auto const word = double_token(static_cast<std::uint8_t>(lead), static_cast<std::uint8_t>(index));
            REQUIRE(word);
            INFO(*word);
            CHECK(find_token(*word) ==
                  TokenCode{static_cast<std::uint8_t>(lead), static_cast<std::uint8_t>(index)});
            words.insert(*word);
        }
    }
    CHECK(words.size() == 235 + 4 * 256);
}

TEST_CASE("tokens stand where the network expects them", "[protocol][binary][tokens]")
{
    CHECK(single_token(1) == "xmlstreamstart");
    CHECK(single_token(2) == "xmlstreamend");
    CHECK(single_token(3) == "s.whatsapp.net");
    CHECK(single_token(235) == "screen_height");
    CHECK(double_token(236, 0) == "read-self");
    CHECK(double_token(237, 0) == "reject");
    CHECK(double_token(238, 0) == "64");
    CHECK(double_token(239, 0) == "1724");
    CHECK(double_token(239, 255) == "1961");
}

TEST_CASE("codes outside the tables have no word", "[protocol][binary][tokens]")
{
    CHECK_FALSE(single_token(0));
    CHECK_FALSE(single_token(236));
    CHECK_FALSE(double_token(235, 0));
    CHECK_FALSE(double_token(240, 0));
}

TEST_CASE("other words are no tokens", "[protocol][binary][tokens]")
{
    CHECK_FALSE(find_token(""));
    CHECK_FALSE(find_token("S.WHATSAPP.NET"));
    CHECK_FALSE(find_token("s.whatsapp.ne"));
    CHECK_FALSE(find_token(std::string(48, 'x')));
    CHECK_FALSE(find_token(std::string(100'000, 'x')));
}
