#include "protocol/appstate/index.hpp"
#include "protocol/appstate/macs.hpp"
#include "protocol/base/encoding.hpp"
#include "tests/support/random_actions.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace wagate;
using namespace wagate::appstate;

namespace {

MutationKeys counting_keys()
{
    Bytes key(32);
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return expand_mutation_keys(key);
}

LtHash sum_of(std::vector<Bytes> const& items)
{
    LtHash hash;
    for (auto const& item : items)
        hash.add(item);
    return hash;
}

} // namespace

TEST_CASE("app-state keys are the vector of the protocol", "[appstate]")
{
    // protocol.md 14
    auto const keys = counting_keys();
    CHECK(hex_encode(keys.index.reveal()) ==
          "61387bcf643616a68bd611a45516b3980418323087d78bf08c615645549434b4");
    CHECK(hex_encode(keys.value_encryption.reveal()) ==
          "900ba2843ba5fb0cee55cf2a4de9503dce68187d3f6b95b420b008bde66f5a20");
    CHECK(hex_encode(keys.value_mac.reveal()) ==
          "d0879f6b61f0bcba79faad3f47a8a768fd7fc04a6cc8b3ecefedfa087413226f");
    CHECK(hex_encode(keys.snapshot_mac.reveal()) ==
          "69b2e91be6587307c43c29b027a71fdd55be25f07ca726714115430d23093071");
    CHECK(hex_encode(keys.patch_mac.reveal()) ==
          "693845bdd996652aca9ca0b96d0f081abf29943303c5eb19bdb84f38b24c32ab");
}

TEST_CASE("the hash and the MACs are the vectors of the protocol", "[appstate]")
{
    // protocol.md 14
    CollectionState state{.collection = Collection::regular, .version = 2, .hash = {}};
    state.hash.add(Bytes(32, 0xaa));
    CHECK(hex_encode(ByteView{state.hash.bytes()}.first(16)) == "5d3c1b691739565e23471109ff462769");
    state.hash.add(Bytes(32, 0xbb));
    CHECK(hex_encode(ByteView{state.hash.bytes()}.first(16)) == "8f5f84183ad6ae0d50ddf182f0b25598");
    CHECK(hex_encode(crypto::sha256(state.hash.bytes())) ==
          "82431dce6a3b2bacc5a431798474c4c1ffe76307f0f9ad3dcf6a82758c215b7a");
    auto const keys = counting_keys();
    CHECK(hex_encode(snapshot_mac(keys, state)) ==
          "7da9e7f3f2b1b88243cf9bcf6ee7d79c1f025e0cea999cf887c52c7b611672c9");
    CHECK(hex_encode(value_mac(keys, Operation::set, *hex_decode("000000000001"), *hex_decode("00112233"))) ==
          "bbaba634337a53da299d2ca5ec47ba23e9eed47ff94103467eaf1b81458b7ca4");
    CHECK(hex_encode(index_mac(keys, view(R"(["mute","15550001111@s.whatsapp.net"])"))) ==
          "4788b7e57939b9e9a715269eea580ef78246d1093f38e5742ef319bc658b287c");
}

TEST_CASE("the hash does not know the order of its items", "[appstate]")
{
    testing::SeededRandom random{1};
    for (int round = 0; round < 20; ++round) {
        std::vector<Bytes> items;
        for (auto count = 2 + random.below(20); count > 0; --count)
            items.push_back(random.bytes(32));
        auto const hash = sum_of(items);
        auto shuffled = items;
        for (std::size_t i = shuffled.size(); i > 1; --i)
            std::swap(shuffled[i - 1], shuffled[random.below(i)]);
        CHECK(sum_of(shuffled) == hash);

        // Taking items away in any order arrives at the sum of the others, also below zero on the way.
        auto const removed = 1 + random.below(items.size() - 1);
        LtHash rest;
        for (std::size_t i = 0; i < removed; ++i)
            rest.subtract(shuffled[i]);
        for (auto const& item : items)
            rest.add(item);
        CHECK(rest == sum_of({shuffled.begin() + static_cast<std::ptrdiff_t>(removed), shuffled.end()}));
        CHECK_FALSE(rest == hash);
    }
}

TEST_CASE("a hash is 128 bytes", "[appstate]")
{
    auto const hash = sum_of({{1}, {2}});
    CHECK(LtHash::from_bytes(hash.bytes()) == hash);
    CHECK_FALSE(LtHash::from_bytes(Bytes(127)));
    CHECK_FALSE(LtHash::from_bytes(Bytes(129)));
}

TEST_CASE("each part of what a MAC covers changes it", "[appstate]")
{
    auto const keys = counting_keys();
    auto const base = value_mac(keys, Operation::set, Bytes{1, 2}, Bytes{3, 4});
    CHECK(value_mac(keys, Operation::remove, Bytes{1, 2}, Bytes{3, 4}) != base);
    CHECK(value_mac(keys, Operation::set, Bytes{1}, Bytes{2, 3, 4}) != base);
    auto const patch = patch_mac(keys, Bytes(32), {ValueMac{1}, ValueMac{2}}, 5, Collection::regular);
    CHECK(patch_mac(keys, Bytes(32), {ValueMac{2}, ValueMac{1}}, 5, Collection::regular) != patch);
    CHECK(patch_mac(keys, Bytes(32), {ValueMac{1}, ValueMac{2}}, 6, Collection::regular) != patch);
    CHECK(patch_mac(keys, Bytes(32), {ValueMac{1}, ValueMac{2}}, 5, Collection::regular_low) != patch);
}

TEST_CASE("collections know their names", "[appstate]")
{
    for (auto const collection : all_collections)
        CHECK(collection_from_name(collection_name(collection)) == collection);
    CHECK_FALSE(collection_from_name("regular_higher"));
}

TEST_CASE("an index is written as JavaScript writes it", "[appstate]")
{
    CHECK(write_index({"mute", "123@s.whatsapp.net"}) == R"(["mute","123@s.whatsapp.net"])");
    CHECK(write_index({}) == "[]");
    CHECK(write_index({""}) == R"([""])");
    CHECK(write_index({"\"\\/\b\f\n\r\t\x01\x1f\x7f<é👍"}) ==
          "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f<é👍\"]");
}

TEST_CASE("an index is read whoever wrote it", "[appstate]")
{
    CHECK(parse_index(R"( [ "a" , "b" ] )") == Index{"a", "b"});
    CHECK(parse_index("[]") == Index{});
    CHECK(parse_index(R"(["\u003ctag\u003e\/\u00e9\ud83d\udc4d\n"])") == Index{"<tag>/é👍\n"});
    testing::SeededRandom random{5};
    for (int round = 0; round < 300; ++round) {
        Index index;
        for (auto count = random.below(5); count > 0; --count)
            index.push_back(testing::random_words(random) +
                            to_text(ByteArray<1>{static_cast<std::uint8_t>(random.below(128))}));
        CHECK(parse_index(write_index(index)) == index);
    }
}

TEST_CASE("what is no array of strings is no index", "[appstate]")
{
    for (auto const* json : {"",
                             "[",
                             "]",
                             "[\"a\"",
                             "[\"a\",]",
                             "[,]",
                             "[\"a\"]x",
                             "[\"a\" \"b\"]",
                             "[1]",
                             "[null]",
                             "[[\"a\"]]",
                             "{}",
                             "\"a\"",
                             "[\"\\x\"]",
                             "[\"\\u12\"]",
                             "[\"\\ud800\"]",
                             "[\"\\udc00\"]",
                             "[\"\\ud83dx\"]",
                             "[\"\\ud83d\\u0041\"]",
                             "[\"a\nb\"]",
                             "[\"a"}) {
        INFO(json);
        CHECK_FALSE(parse_index(json));
    }
    CHECK(parse_index(write_index(Index(64, "x"))));
    CHECK_FALSE(parse_index(write_index(Index(65, "x"))));
    CHECK_FALSE(parse_index(write_index({std::string(65'536, 'x')})));
}
