#include "known_answers.hpp"
#include "protocol/crypto/crypto.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::crypto;
using namespace wagate::test;

TEST_CASE("HKDF gives the vectors of RFC 5869", "[crypto][kdf]")
{
    CHECK(hex_encode(hkdf_sha256(Bytes(22, 0x0b), from_hex("000102030405060708090a0b0c"),
                                 text_view(from_hex("f0f1f2f3f4f5f6f7f8f9")), 42)) ==
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

    auto const range = [](int first, int last) {
        Bytes out;
        for (int value = first; value <= last; ++value)
            out.push_back(static_cast<std::uint8_t>(value));
        return out;
    };
    CHECK(hex_encode(hkdf_sha256(range(0x00, 0x4f), range(0x60, 0xaf), text_view(range(0xb0, 0xff)), 82)) ==
          "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
          "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");

    CHECK(hex_encode(hkdf_sha256(Bytes(22, 0x0b), {}, "", 42)) ==
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("an empty HKDF salt means 32 zero bytes", "[crypto][kdf]")
{
    CHECK(hkdf_sha256(view("key"), {}, "info", 64) == hkdf_sha256(view("key"), Bytes(32), "info", 64));
}

TEST_CASE("a shorter HKDF output is the start of a longer one, up to the limit", "[crypto][kdf]")
{
    auto const longest = hkdf_sha256(view("key"), {}, "info", 8'160);
    REQUIRE(longest.size() == 8'160);
    for (std::size_t const size : {0, 1, 31, 32, 33, 64, 8'159}) {
        CHECK(hkdf_sha256(view("key"), {}, "info", size) == to_bytes(ByteView{longest}.first(size)));
    }
    CHECK_THROWS(hkdf_sha256(view("key"), {}, "info", 8'161));
}

TEST_CASE("media and app-state keys expand as protocol.md 14 says", "[crypto][kdf]")
{
    CHECK(hkdf_sha256(counting_key(), {}, "WhatsApp Image Keys", 112) ==
          from_hex("aa6a127218397cbd2383e4ccf7176a79 "
                   "008c9aea9b7c5d81eb56b3f530f87d42dcc92d27b11ad6b5bd66f0560d0d8c46 "
                   "91d09ffec108833c1699574c52657923fb6e3e161d9698bc6b3a05fbc508a515 "
                   "4d4981725e9eb39838fcff2130508f1360cbb319f99cef163d57ab7c050a667e"));
    CHECK(hkdf_sha256(counting_key(), {}, "WhatsApp Mutation Keys", 160) ==
          from_hex("61387bcf643616a68bd611a45516b3980418323087d78bf08c615645549434b4 "
                   "900ba2843ba5fb0cee55cf2a4de9503dce68187d3f6b95b420b008bde66f5a20 "
                   "d0879f6b61f0bcba79faad3f47a8a768fd7fc04a6cc8b3ecefedfa087413226f "
                   "69b2e91be6587307c43c29b027a71fdd55be25f07ca726714115430d23093071 "
                   "693845bdd996652aca9ca0b96d0f081abf29943303c5eb19bdb84f38b24c32ab"));
    CHECK(hkdf_sha256(counting_key(), {}, "WhatsApp Media Retry Notification", 32) ==
          from_hex("c84dfe50a708e0ec382a7ad2ba40135256f41b652cebe2129661d27871111cb2"));
}

TEST_CASE("an encrypted media file is the one of protocol.md 14", "[crypto][kdf]")
{
    auto const keys = hkdf_sha256(counting_key(), {}, "WhatsApp Image Keys", 112);
    auto const iv = ByteView{keys}.first(16);
    auto const ciphertext = aes256_cbc_encrypt(ByteView{keys}.subspan(16, 32), iv, view("hello"));
    auto const mac = hmac_sha256(ByteView{keys}.subspan(48, 32), {iv, ciphertext});
    auto const file = concat({ciphertext, ByteView{mac}.first(10)});
    CHECK(file == from_hex("d6dae84a388d36554b4babc2ea10204a 9971f756a2561f9b8f20"));
    CHECK(hex_encode(sha256(file)) == "755309ed03c3bc72136d1579994db3072ff8bbcb06adb365a40cd0ac0bbd35bd");
}

TEST_CASE("PBKDF2 gives the vectors of RFC 7914", "[crypto][kdf]")
{
    CHECK(hex_encode(pbkdf2_sha256(view("passwd"), view("salt"), 1, 64)) ==
          "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
          "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
    CHECK(hex_encode(pbkdf2_sha256(view("Password"), view("NaCl"), 80'000, 64)) ==
          "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
          "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
}

TEST_CASE("a link code becomes the key and the wrap of protocol.md 14", "[crypto][kdf]")
{
    auto const key = pbkdf2_sha256(view("ABCDEFGH"), counting_key(), 131'072, 32);
    CHECK(hex_encode(key) == "920ceedbc74a9319a309daf1493c79d001e31d9a6b3ed51cf7374849878d84e4");
    CHECK(hex_encode(aes256_ctr(key, Bytes(16), Bytes(32))) ==
          "a6687122d27011150554aa0ebe74f6528716c53ed2eacf8d47acd546dada91b6");
}
