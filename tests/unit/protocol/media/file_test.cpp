#include "protocol/base/encoding.hpp"
#include "protocol/media/decryptor.hpp"
#include "protocol/media/encryptor.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace wagate;
using namespace wagate::media;

namespace {

Bytes counting_key()
{
    Bytes key(32);
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

FileKeys keys_for(MediaType type)
{
    return expand_media_key(counting_key(), type).value();
}

struct Encrypted {
    Bytes bytes;
    EncryptedFile facts;
};

Encrypted encrypt(ByteView plain, std::size_t chunk_bytes,
                  Encryptor::Sidecar sidecar = Encryptor::Sidecar::no)
{
    Encrypted result;
    Encryptor encryptor{keys_for(MediaType::video), sidecar};
    for (auto rest = plain; !rest.empty(); rest = rest.subspan(std::min(chunk_bytes, rest.size())))
        encryptor.update(rest.first(std::min(chunk_bytes, rest.size())), result.bytes);
    result.facts = encryptor.finish(result.bytes);
    return result;
}

Result<Bytes> decrypt(ByteView file, ExpectedFile const& expected, std::size_t chunk_bytes = 1000,
                      std::uint64_t max_plain_bytes = 1u << 20, MediaType type = MediaType::video)
{
    Bytes plain;
    Decryptor decryptor{keys_for(type), expected, max_plain_bytes};
    for (auto rest = file; !rest.empty(); rest = rest.subspan(std::min(chunk_bytes, rest.size())))
        WAGATE_CHECK_OK(decryptor.update(rest.first(std::min(chunk_bytes, rest.size())), plain));
    WAGATE_TRY(auto const length, decryptor.finish(plain));
    REQUIRE(length == plain.size());
    return plain;
}

ExpectedFile promises(EncryptedFile const& facts)
{
    return {.plain_sha256 = facts.plain_sha256,
            .encrypted_sha256 = facts.encrypted_sha256,
            .plain_bytes = facts.plain_bytes};
}

} // namespace

TEST_CASE("media keys are the vector of the protocol", "[media]")
{
    // protocol.md 14
    auto const keys = keys_for(MediaType::image);
    CHECK(hex_encode(keys.iv.reveal()) == "aa6a127218397cbd2383e4ccf7176a79");
    CHECK(hex_encode(keys.cipher.reveal()) ==
          "008c9aea9b7c5d81eb56b3f530f87d42dcc92d27b11ad6b5bd66f0560d0d8c46");
    CHECK(hex_encode(keys.mac.reveal()) ==
          "91d09ffec108833c1699574c52657923fb6e3e161d9698bc6b3a05fbc508a515");
}

TEST_CASE("an encrypted file is the vector of the protocol", "[media]")
{
    // protocol.md 14
    Bytes file;
    Encryptor encryptor{keys_for(MediaType::image)};
    encryptor.update(view("hello"), file);
    auto const facts = encryptor.finish(file);
    CHECK(hex_encode(file) == "d6dae84a388d36554b4babc2ea10204a9971f756a2561f9b8f20");
    CHECK(hex_encode(facts.encrypted_sha256) ==
          "755309ed03c3bc72136d1579994db3072ff8bbcb06adb365a40cd0ac0bbd35bd");
    CHECK(facts.plain_sha256 == crypto::sha256(view("hello")));
    CHECK(facts.plain_bytes == 5);
    CHECK(facts.encrypted_bytes == file.size());
    CHECK(hex_encode(facts.mac) == "9971f756a2561f9b8f20");
}

TEST_CASE("a media key of another length is refused", "[media]")
{
    for (std::size_t const length : {0, 16, 31, 33})
        CHECK(expand_media_key(Bytes(length), MediaType::image).error() == MediaErrc::bad_key);
}

TEST_CASE("types that share keys and types that do not", "[media]")
{
    CHECK(keys_for(MediaType::sticker).cipher.reveal() == keys_for(MediaType::image).cipher.reveal());
    CHECK(keys_for(MediaType::video).cipher.reveal() != keys_for(MediaType::image).cipher.reveal());
}

TEST_CASE("how a file is cut into chunks changes nothing", "[media]")
{
    testing::SeededRandom random{1};
    for (std::size_t const length : {0, 1, 15, 16, 17, 31, 32, 33, 4095, 4096, 70'000}) {
        auto const plain = random.bytes(length);
        auto const whole = encrypt(plain, length + 1);
        REQUIRE(whole.bytes.size() == encrypted_size(length));
        for (std::size_t const chunk_bytes : {1, 7, 16, 26, 1000, 65'536}) {
            if (length / chunk_bytes > 5000) continue;
            INFO(length << " in chunks of " << chunk_bytes);
            CHECK(encrypt(plain, chunk_bytes).bytes == whole.bytes);
            CHECK(decrypt(whole.bytes, promises(whole.facts), chunk_bytes).value() == plain);
        }
    }
}

TEST_CASE("every changed byte of a file is noticed", "[media]")
{
    auto const file = encrypt(view("a file that is a little longer than two blocks"), 100);
    for (std::size_t i = 0; i < file.bytes.size(); ++i) {
        auto changed = file.bytes;
        changed[i] ^= 0x40;
        INFO("byte " << i);
        CHECK(decrypt(changed, {}).error() == MediaErrc::mac_mismatch);
        CHECK(decrypt(changed, promises(file.facts)).error() == MediaErrc::encrypted_hash_mismatch);
    }
}

TEST_CASE("a file that ends early is refused, wherever it ends", "[media]")
{
    auto const file = encrypt(view("a file that is a little longer than two blocks"), 100);
    for (std::size_t length = 0; length < file.bytes.size(); ++length) {
        INFO(length);
        auto const outcome = decrypt(ByteView{file.bytes}.first(length), {});
        REQUIRE(outcome.has_error());
        bool const is_whole_blocks = length >= 26 && (length - 10) % 16 == 0;
        CHECK(outcome.error() == (is_whole_blocks ? MediaErrc::mac_mismatch : MediaErrc::truncated));
    }
}

TEST_CASE("a file under the keys of another type is refused", "[media]")
{
    auto const file = encrypt(view("video"), 100);
    CHECK(decrypt(file.bytes, {}, 100, 1000, MediaType::audio).error() == MediaErrc::mac_mismatch);
}

TEST_CASE("what comes out must be what the message promises", "[media]")
{
    auto const file = encrypt(view("promised"), 100);
    auto wrong_hash = promises(file.facts);
    wrong_hash.plain_sha256 = crypto::sha256(view("something else"));
    CHECK(decrypt(file.bytes, wrong_hash).error() == MediaErrc::plain_hash_mismatch);
    auto wrong_length = promises(file.facts);
    wrong_length.plain_bytes = 9;
    CHECK(decrypt(file.bytes, wrong_length).error() == MediaErrc::length_mismatch);
}

TEST_CASE("wrong padding under a right MAC is refused", "[media]")
{
    auto const keys = keys_for(MediaType::video);
    for (auto const last : {0, 17, 255, 2}) {
        // The last byte names 2 bytes of padding, but only one of them is 2.
        Bytes block(16, 1);
        block[15] = static_cast<std::uint8_t>(last);
        Bytes file;
        CbcStream{CbcDirection::encrypt, keys.cipher.reveal(), keys.iv.reveal()}.update(block, file);
        HmacStream mac{keys.mac.reveal()};
        mac.update(keys.iv.reveal());
        mac.update(file);
        append(file, ByteView{mac.finish()}.first(file_mac_bytes));
        CHECK(decrypt(file, {}).error() == MediaErrc::bad_padding);
    }
}

TEST_CASE("a file beyond the limit is refused before it is complete", "[media]")
{
    testing::SeededRandom random{2};
    auto const file = encrypt(random.bytes(1000), 1000);
    CHECK(decrypt(file.bytes, {}, 100, 1000).has_value());
    CHECK(decrypt(file.bytes, {}, 100, 999).error() == MediaErrc::too_large);
    Decryptor decryptor{keys_for(MediaType::video), {}, 100};
    Bytes out;
    REQUIRE(decryptor.update(ByteView{file.bytes}.first(100), out));
    CHECK(decryptor.update(ByteView{file.bytes}.subspan(100, 100), out).error() == MediaErrc::too_large);
    CHECK(out.size() <= 100);
    // It stays refused.
    CHECK(decryptor.update({}, out).error() == MediaErrc::too_large);
    CHECK(decryptor.finish(out).error() == MediaErrc::too_large);
}

TEST_CASE("the sidecar has a MAC for each 64 KiB and the block after it", "[media]")
{
    testing::SeededRandom random{3};
    auto const keys = keys_for(MediaType::video);
    // With the IV before and padding and MAC behind, around the ends of pieces.
    for (std::size_t const length : {0, 100, 65'503, 65'504, 65'510, 65'536, 131'050, 131'072, 200'000}) {
        auto const file = encrypt(random.bytes(length), 4099, Encryptor::Sidecar::yes);
        auto const stream = concat({keys.iv.reveal(), file.bytes});
        Bytes expected;
        for (std::size_t start = 0; start < stream.size(); start += 65'536) {
            auto const piece =
                ByteView{stream}.subspan(start, std::min<std::size_t>(65'552, stream.size() - start));
            append(expected, ByteView{crypto::hmac_sha256(keys.mac.reveal(), {piece})}.first(10));
        }
        INFO(length);
        CHECK(hex_encode(file.facts.sidecar) == hex_encode(expected));
    }
}

TEST_CASE("an unencrypted file is held against hash and length", "[media]")
{
    PlainDigester digester;
    digester.update(view("chan"));
    digester.update(view("nel"));
    auto const hash = digester.finish();
    CHECK(hash == crypto::sha256(view("channel")));
    ExpectedFile expected{.plain_sha256 = hash, .encrypted_sha256 = std::nullopt, .plain_bytes = 7};
    CHECK(verify_plain(expected, hash, digester.bytes()));
    CHECK(verify_plain(expected, hash, 8).error() == MediaErrc::length_mismatch);
    CHECK(verify_plain(expected, crypto::sha256(view("x")), 7).error() == MediaErrc::plain_hash_mismatch);
}
