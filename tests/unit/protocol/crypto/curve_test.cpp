#include "known_answers.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/signal_curve.hpp"
#include "protocol/crypto/x25519_override.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <sodium.h>

#include <memory>
#include <thread>

using namespace wagate;
using namespace wagate::crypto;
using namespace wagate::test;

namespace {

using BigNumber = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

BigNumber big_number(Bytes little_endian)
{
    return {BN_lebin2bn(little_endian.data(), static_cast<int>(little_endian.size()), nullptr), BN_free};
}

/// The Edwards form of a Montgomery public key, y = (u - 1) / (u + 1) mod 2^255 - 19, with the given sign of
/// x.
Key32 edwards_key(ByteView montgomery, std::uint8_t sign_bit)
{
    std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> const context{BN_CTX_new(), BN_CTX_free};
    auto prime_bytes = Bytes(32, 0xff);
    prime_bytes.front() = 0xed;
    prime_bytes.back() = 0x7f;
    auto const prime = big_number(prime_bytes);
    auto const u = big_number(to_bytes(montgomery));
    auto const one = big_number({1});
    BigNumber const above{BN_new(), BN_free};
    BigNumber const below{BN_new(), BN_free};
    BigNumber const y{BN_new(), BN_free};
    BN_mod_sub(above.get(), u.get(), one.get(), prime.get(), context.get());
    BN_mod_add(below.get(), u.get(), one.get(), prime.get(), context.get());
    BN_mod_inverse(below.get(), below.get(), prime.get(), context.get());
    BN_mod_mul(y.get(), above.get(), below.get(), prime.get(), context.get());
    Key32 out{};
    BN_bn2lebinpad(y.get(), out.data(), 32);
    out[31] |= sign_bit;
    return out;
}

/// Verifies as plain Ed25519: the signature carries the sign of x in its last bit.
bool is_valid_ed25519(ByteView montgomery, ByteView message, Signature signature)
{
    auto const sign_bit = static_cast<std::uint8_t>(signature[63] & 0x80);
    signature[63] &= 0x7f;
    auto const key = edwards_key(montgomery, sign_bit);
    return crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(),
                                               key.data()) == 0;
}

} // namespace

TEST_CASE("X25519 gives the vectors of RFC 7748", "[crypto][curve]")
{
    // 5.2; the second point has its top bit set, which is ignored.
    CHECK(hex_encode(x25519(from_hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                            from_hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
                         .value()) == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    CHECK(hex_encode(x25519(from_hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                            from_hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))
                         .value()) == "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST_CASE("a thousand rounds of X25519 end where RFC 7748 says", "[crypto][curve]")
{
    Key32 scalar{9};
    Key32 point{9};
    for (int round = 0; round < 1'000; ++round) {
        auto const product = x25519(scalar, point).value();
        point = scalar;
        scalar = product;
    }
    CHECK(hex_encode(scalar) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST_CASE("both sides of an agreement get the same secret", "[crypto][curve]")
{
    SeededRandom random{1};
    for (int round = 0; round < 20; ++round) {
        auto const alice = generate_key_pair(random);
        auto const bob = generate_key_pair(random);
        CHECK(x25519(alice.private_key, bob.public_key).value() ==
              x25519(bob.private_key, alice.public_key).value());
    }
}

TEST_CASE("a low-order point gives no secret", "[crypto][curve]")
{
    auto const point =
        GENERATE(as<std::string>{}, "0000000000000000000000000000000000000000000000000000000000000000",
                 "0100000000000000000000000000000000000000000000000000000000000000",
                 "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                 "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    CHECK(x25519(counting_key(), from_hex(point)).error() == CryptoErrc::weak_key);
}

TEST_CASE("keys of a wrong length give no secret", "[crypto][curve]")
{
    CHECK(x25519(Bytes(31), Bytes(32, 9)).error() == CryptoErrc::bad_key_length);
    CHECK(x25519(Bytes(32), Bytes(33, 9)).error() == CryptoErrc::bad_key_length);
    CHECK_THROWS(public_from_private(Bytes(33)));
    CHECK_THROWS(typed_key(Bytes(33)));
}

TEST_CASE("a new private key is clamped and belongs to its public key", "[crypto][curve]")
{
    SeededRandom random{2};
    auto const pair = generate_key_pair(random);
    CHECK((pair.private_key[0] & 7) == 0);
    CHECK((pair.private_key[31] & 0xc0) == 0x40);
    CHECK(x25519(pair.private_key, Key32{9}).value() == pair.public_key);
    CHECK(public_from_private(pair.private_key) == pair.public_key);
}

TEST_CASE("a typed key starts with its type", "[crypto][curve]")
{
    auto const typed = typed_key(counting_key());
    CHECK(typed[0] == 0x05);
    CHECK(equal(ByteView{typed}.subspan(1), counting_key()));
}

TEST_CASE("a signature made by the first Signal client verifies", "[crypto][xeddsa]")
{
    // From libsignal's own curve tests.
    auto const key = from_hex("ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64");
    auto const message = from_hex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a");
    auto const signature = from_hex("5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
                                    "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88");
    CHECK(public_from_private(from_hex("c097248412e58bf05df487968205132794178e367637f5818f81e0e6ce73e865")) ==
          to_array<32>(key));
    CHECK(xeddsa_verify(key, message, signature));
    for (std::size_t at = 0; at < signature.size(); ++at) {
        auto tampered = signature;
        tampered[at] ^= 1;
        CHECK_FALSE(xeddsa_verify(key, message, tampered));
    }
}

TEST_CASE("our signatures verify here and as plain Ed25519 in another library", "[crypto][xeddsa]")
{
    SeededRandom random{3};
    for (std::size_t round = 0; round < 20; ++round) {
        auto const pair = generate_key_pair(random);
        auto const message = random.bytes(round * 7);
        auto const signature = xeddsa_sign(pair.private_key, message, random);
        CHECK(xeddsa_verify(pair.public_key, message, signature));
        CHECK(is_valid_ed25519(pair.public_key, message, signature));
    }
}

TEST_CASE("an unclamped private key signs for the public key that X25519 gives it", "[crypto][xeddsa]")
{
    SeededRandom random{4};
    auto const signature = xeddsa_sign(counting_key(), view("message"), random);
    CHECK(xeddsa_verify(public_from_private(counting_key()), view("message"), signature));
}

TEST_CASE("a signature is bound to its message and key", "[crypto][xeddsa]")
{
    SeededRandom random{5};
    auto const pair = generate_key_pair(random);
    auto const other = generate_key_pair(random);
    auto const signature = xeddsa_sign(pair.private_key, view("message"), random);
    CHECK_FALSE(xeddsa_verify(pair.public_key, view("messagf"), signature));
    CHECK_FALSE(xeddsa_verify(pair.public_key, {}, signature));
    CHECK_FALSE(xeddsa_verify(other.public_key, view("message"), signature));
    CHECK_FALSE(xeddsa_verify(ByteView{pair.public_key}.first(31), view("message"), signature));
    CHECK_FALSE(xeddsa_verify(pair.public_key, view("message"), ByteView{signature}.first(63)));
    CHECK_FALSE(xeddsa_verify(pair.public_key, view("message"), Bytes(64)));
    CHECK_FALSE(xeddsa_verify(pair.public_key, view("message"), Bytes(64, 0xff)));
}

TEST_CASE("signing takes exactly 64 bytes of the given randomness and depends on them", "[crypto][xeddsa]")
{
    SeededRandom first{6};
    SeededRandom again{6};
    SeededRandom other{7};
    auto const key = counting_key();
    auto const signature = xeddsa_sign(key, view("message"), first);
    CHECK(first.drawn_bytes() == 64);
    CHECK(xeddsa_sign(key, view("message"), again) == signature);
    CHECK(xeddsa_sign(key, view("message"), other) != signature);
}

TEST_CASE("libsignal computes agreements through the replacement", "[crypto][curve]")
{
    SeededRandom random{8};
    auto const alice = generate_key_pair(random);
    auto const bob = generate_key_pair(random);
    auto const before = detail::x25519_override_calls();
    CHECK(detail::signal_agreement(alice.private_key, bob.public_key) ==
          x25519(bob.private_key, alice.public_key).value());
    CHECK(detail::x25519_override_calls() == before + 1);
    // The base point takes another way inside.
    CHECK(detail::signal_agreement(alice.private_key, Key32{9}) == alice.public_key);
    // A weak point gives zeros, as the replaced function would.
    CHECK(detail::signal_agreement(alice.private_key, Key32{}) == Key32{});
}

TEST_CASE("several threads sign and hash at once", "[crypto]")
{
    auto const expected = hmac_sha256(counting_key(), {view("message")});
    std::array<bool, 4> good{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < good.size(); ++i) {
        threads.emplace_back([&good, &expected, i] {
            SeededRandom random{i};
            bool all = true;
            for (int round = 0; round < 20; ++round) {
                auto const pair = generate_key_pair(random);
                auto const signature = xeddsa_sign(pair.private_key, view("message"), random);
                all = all && xeddsa_verify(pair.public_key, view("message"), signature);
                all = all && hmac_sha256(counting_key(), {view("message")}) == expected;
            }
            good[i] = all;
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(good == std::array<bool, 4>{true, true, true, true});
}

TEST_CASE("equal and different bytes are told apart", "[crypto]")
{
    CHECK(constant_time_equal({}, {}));
    CHECK(constant_time_equal(counting_key(), counting_key()));
    CHECK_FALSE(constant_time_equal(counting_key(), Bytes(32)));
    CHECK_FALSE(constant_time_equal(counting_key(), ByteView{}));
    CHECK_FALSE(constant_time_equal(ByteView{counting_key()}.first(31), counting_key()));
}

TEST_CASE("the system's randomness fills the whole target", "[crypto]")
{
    SystemRandom random;
    random.fill({});
    // 256 bytes all zero in their last 16 would be a chance of 2^-128.
    auto const bytes = random.bytes(256);
    CHECK(to_bytes(ByteView{bytes}.last(16)) != Bytes(16));
    CHECK(random.array<32>() != random.array<32>());
}

TEST_CASE("the self-test passes in this program", "[crypto]")
{
    CHECK(self_test() == "");
}

TEST_CASE("each crypto error has its own text", "[crypto]")
{
    std::vector<std::string> texts;
    for (auto error : {CryptoErrc::bad_key_length, CryptoErrc::authentication_failed, CryptoErrc::bad_padding,
                       CryptoErrc::bad_length, CryptoErrc::weak_key}) {
        ErrorCode const code = error;
        CHECK(std::string{code.category().name()} == "crypto");
        for (auto const& earlier : texts)
            CHECK(code.message() != earlier);
        texts.push_back(code.message());
    }
}
