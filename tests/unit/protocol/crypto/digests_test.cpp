#include "known_answers.hpp"
#include "protocol/crypto/crypto.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::crypto;
using namespace wagate::test;

TEST_CASE("digests give the published values for abc", "[crypto][digest]")
{
    // RFC 1321 A.5, FIPS 180-4 examples.
    CHECK(hex_encode(md5(view("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(hex_encode(sha1(view("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex_encode(sha256(view("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex_encode(sha512(view("abc"))) ==
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("digests of nothing are the published values", "[crypto][digest]")
{
    CHECK(hex_encode(md5({})) == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(hex_encode(sha1({})) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(hex_encode(sha256(ByteView{})) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest does not depend on how the data is cut", "[crypto][digest]")
{
    auto const whole = sha256(view("one two three"));
    CHECK(sha256({view("one "), view("two"), ByteView{}, view(" three")}) == whole);
}

TEST_CASE("the build hash is the MD5 of the dotted version", "[crypto][digest]")
{
    // protocol.md 14
    CHECK(hex_encode(md5(view("2.3000.1035194821"))) == "a2c9471eff910a9e1ae659890a28872d");
    CHECK(hex_encode(md5(view("2.3000.1045649367"))) == "9fa53af9421567b114e33c9bb1ef7db2");
}

TEST_CASE("a poll option is the SHA-256 of its text", "[crypto][digest]")
{
    CHECK(hex_encode(sha256(view("yes"))) ==
          "8a798890fe93817163b10b5f7bd2ca4d25d84c52739a645a889c173eee7d9d3d");
}

TEST_CASE("HMAC gives the vectors of RFC 4231", "[crypto][hmac]")
{
    struct Vector {
        Bytes key, message;
        std::string mac256, mac512;
    };
    auto const v = GENERATE(values<Vector>({
        {Bytes(20, 0x0b), to_bytes("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9"
         "d914eeb61f1702e"
         "696c203a126854"},
        {to_bytes("Jefe"), to_bytes("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcae"
         "ab1a34d4a6b4b63"
         "6e070a38bce737"},
        {Bytes(131, 0xaa), to_bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e"
         "64f73f63f0aec8b"
         "915a985d786598"},
    }));
    CHECK(hex_encode(hmac_sha256(v.key, {v.message})) == v.mac256);
    CHECK(hex_encode(hmac_sha512(v.key, {v.message})) == v.mac512);
}

TEST_CASE("an empty key does not fall back to the key before", "[crypto][hmac]")
{
    auto const expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    CHECK(hex_encode(hmac_sha256({}, {})) == expected);
    hmac_sha256(Bytes(32, 0x55), {view("another key in between")});
    CHECK(hex_encode(hmac_sha256({}, {})) == expected);
}

TEST_CASE("the app-state MACs of protocol.md 14 come out of HMAC over parts", "[crypto][hmac]")
{
    auto const keys = hkdf_sha256(counting_key(), {}, "WhatsApp Mutation Keys", 160);
    auto const index_key = ByteView{keys}.subspan(0, 32);
    auto const value_key = ByteView{keys}.subspan(64, 32);
    auto const snapshot_key = ByteView{keys}.subspan(96, 32);

    CHECK(hex_encode(hmac_sha256(index_key, {view(R"(["mute","15550001111@s.whatsapp.net"])")})) ==
          "4788b7e57939b9e9a715269eea580ef78246d1093f38e5742ef319bc658b287c");

    auto const key_id = from_hex("000000000001");
    auto const value_mac = hmac_sha512(
        value_key, {from_hex("01"), key_id, from_hex("00112233"), big_endian(key_id.size() + 1, 8)});
    CHECK(hex_encode(ByteView{value_mac}.first(32)) ==
          "bbaba634337a53da299d2ca5ec47ba23e9eed47ff94103467eaf1b81458b7ca4");

    // LTHash state after adding two value MACs (protocol.md 9.5).
    Bytes state(128);
    for (std::uint8_t const filler : {0xaa, 0xbb}) {
        auto const addend = hkdf_sha256(Bytes(32, filler), {}, "WhatsApp Patch Integrity", 128);
        for (std::size_t lane = 0; lane < 128; lane += 2) {
            auto const sum = state[lane] + addend[lane] + 256 * (state[lane + 1] + addend[lane + 1]);
            state[lane] = static_cast<std::uint8_t>(sum);
            state[lane + 1] = static_cast<std::uint8_t>(sum >> 8);
        }
    }
    REQUIRE(hex_encode(sha256(state)) == "82431dce6a3b2bacc5a431798474c4c1ffe76307f0f9ad3dcf6a82758c215b7a");
    CHECK(hex_encode(hmac_sha256(snapshot_key, {state, big_endian(2, 8), view("regular")})) ==
          "7da9e7f3f2b1b88243cf9bcf6ee7d79c1f025e0cea999cf887c52c7b611672c9");
}
