#include "known_answers.hpp"
#include "protocol/crypto/crypto.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>

using namespace wagate;
using namespace wagate::crypto;
using namespace wagate::test;

namespace {

// NIST SP 800-38A, appendix F.
auto const nist_key = from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
auto const nist_plaintext = from_hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 "
                                     "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");

} // namespace

TEST_CASE("GCM gives the published vector with associated data", "[crypto][gcm]")
{
    // McGrew and Viega, The Galois/Counter Mode of Operation, test case 16.
    auto const key = from_hex("feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308");
    auto const nonce = from_hex("cafebabefacedbaddecaf888");
    auto const associated = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    auto const plaintext = from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    auto const expected = from_hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                   "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                   "76fc6ece0f4e1768cddf8853bb2d551b");
    CHECK(aes256_gcm_seal(key, nonce, plaintext, associated) == expected);
    CHECK(aes256_gcm_open(key, nonce, expected, associated).value() == plaintext);
}

TEST_CASE("an empty plaintext is sealed to a tag alone", "[crypto][gcm]")
{
    // Test case 13: all-zero key and nonce.
    auto const sealed = aes256_gcm_seal(Bytes(32), Bytes(12), {}, {});
    CHECK(hex_encode(sealed) == "530f8afbc74536b9a963b4f1c4cb738b");
    CHECK(aes256_gcm_open(Bytes(32), Bytes(12), sealed, {}).value().empty());
}

TEST_CASE("every flipped bit of a sealed message is noticed", "[crypto][gcm]")
{
    auto const nonce = from_hex("000000000000000000000007");
    auto const sealed = aes256_gcm_seal(counting_key(), nonce, view("hello"), view("ad"));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto tampered = sealed;
        tampered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        CHECK(aes256_gcm_open(counting_key(), nonce, tampered, view("ad")).error() ==
              CryptoErrc::authentication_failed);
    }
}

TEST_CASE("another key, nonce or associated data does not open a sealed message", "[crypto][gcm]")
{
    auto const nonce = from_hex("000000000000000000000007");
    auto const sealed = aes256_gcm_seal(counting_key(), nonce, view("hello"), view("ad"));
    CHECK(aes256_gcm_open(Bytes(32), nonce, sealed, view("ad")).error() == CryptoErrc::authentication_failed);
    CHECK(aes256_gcm_open(counting_key(), Bytes(12), sealed, view("ad")).error() ==
          CryptoErrc::authentication_failed);
    CHECK(aes256_gcm_open(counting_key(), nonce, sealed, view("da")).error() ==
          CryptoErrc::authentication_failed);
    CHECK(aes256_gcm_open(counting_key(), nonce, sealed, {}).error() == CryptoErrc::authentication_failed);
    CHECK(aes256_gcm_open(counting_key(), nonce, sealed, view("ad")).value() == to_bytes("hello"));
}

TEST_CASE("impossible lengths are errors when opening and bugs when sealing", "[crypto][gcm]")
{
    CHECK(aes256_gcm_open(Bytes(31), Bytes(12), Bytes(16), {}).error() == CryptoErrc::bad_key_length);
    CHECK(aes256_gcm_open(Bytes(32), Bytes(11), Bytes(16), {}).error() == CryptoErrc::bad_key_length);
    CHECK(aes256_gcm_open(Bytes(32), Bytes(12), Bytes(15), {}).error() == CryptoErrc::bad_length);
    CHECK_THROWS(aes256_gcm_seal(Bytes(31), Bytes(12), {}, {}));
    CHECK_THROWS(aes256_gcm_seal(Bytes(32), Bytes(13), {}, {}));
    Bytes target(20);
    CHECK_THROWS(aes256_gcm_seal_into(target, Bytes(32), Bytes(12), Bytes(5), {}));
}

TEST_CASE("a failed open leaves no entry in OpenSSL's error queue", "[crypto][gcm]")
{
    ERR_clear_error();
    CHECK(aes256_gcm_open(Bytes(32), Bytes(12), Bytes(40), {}).has_error());
    CHECK(aes256_cbc_decrypt(Bytes(32), Bytes(16), Bytes(32)).has_error());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("CBC gives the NIST vector and a block of padding", "[crypto][cbc]")
{
    auto const iv = from_hex("000102030405060708090a0b0c0d0e0f");
    auto const ciphertext = aes256_cbc_encrypt(nist_key, iv, nist_plaintext);
    REQUIRE(ciphertext.size() == nist_plaintext.size() + 16);
    CHECK(hex_encode(ByteView{ciphertext}.first(64)) ==
          "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
          "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b");
    CHECK(aes256_cbc_decrypt(nist_key, iv, ciphertext).value() == nist_plaintext);
}

TEST_CASE("CBC round trips every length around the block size", "[crypto][cbc]")
{
    for (std::size_t size = 0; size <= 49; ++size) {
        Bytes const plaintext(size, 0x42);
        auto const ciphertext = aes256_cbc_encrypt(counting_key(), Bytes(16), plaintext);
        CHECK(ciphertext.size() == (size / 16 + 1) * 16);
        CHECK(aes256_cbc_decrypt(counting_key(), Bytes(16), ciphertext).value() == plaintext);
    }
}

TEST_CASE("malformed CBC input is refused", "[crypto][cbc]")
{
    CHECK(aes256_cbc_decrypt(Bytes(16), Bytes(16), Bytes(16)).error() == CryptoErrc::bad_key_length);
    CHECK(aes256_cbc_decrypt(Bytes(32), Bytes(12), Bytes(16)).error() == CryptoErrc::bad_key_length);
    CHECK(aes256_cbc_decrypt(Bytes(32), Bytes(16), {}).error() == CryptoErrc::bad_length);
    CHECK(aes256_cbc_decrypt(Bytes(32), Bytes(16), Bytes(17)).error() == CryptoErrc::bad_length);
}

TEST_CASE("each kind of wrong CBC padding is refused", "[crypto][cbc]")
{
    // In CBC the IV is XORed onto the first plaintext block, so it can set the padding at will.
    auto const ciphertext = aes256_cbc_encrypt(counting_key(), Bytes(16), {}); // sixteen bytes of 0x10
    auto const with_last_block = [&](Bytes const& block) {
        Bytes iv(16);
        for (std::size_t i = 0; i < 16; ++i)
            iv[i] = static_cast<std::uint8_t>(block[i] ^ 0x10);
        return aes256_cbc_decrypt(counting_key(), iv, ciphertext);
    };
    CHECK(with_last_block(from_hex("41414141414141414141414141 030303")).value() == Bytes(13, 0x41));
    CHECK(with_last_block(from_hex("41414141414141414141414141 030203")).error() == CryptoErrc::bad_padding);
    CHECK(with_last_block(from_hex("414141414141414141414141414141 00")).error() == CryptoErrc::bad_padding);
    CHECK(with_last_block(from_hex("414141414141414141414141414141 11")).error() == CryptoErrc::bad_padding);
    CHECK(with_last_block(from_hex("414141414141414141414141414141 ff")).error() == CryptoErrc::bad_padding);
}

TEST_CASE("CTR gives the NIST vector and is its own inverse", "[crypto][ctr]")
{
    auto const iv = from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    auto const ciphertext = aes256_ctr(nist_key, iv, nist_plaintext);
    CHECK(hex_encode(ciphertext) == "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
                                    "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
    CHECK(aes256_ctr(nist_key, iv, ciphertext) == nist_plaintext);
    CHECK(aes256_ctr(nist_key, iv, ByteView{nist_plaintext}.first(5)) ==
          to_bytes(ByteView{ciphertext}.first(5)));
    CHECK_THROWS(aes256_ctr(nist_key, Bytes(12), nist_plaintext));
}
