#include "protocol/base/encoding.hpp"
#include "protocol/pairing/pairing.hpp"
#include "tests/unit/protocol/signal/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::pairing;
using signal::test::SeededRandom;

namespace {

/// Gives back prepared bytes, then zeros.
class ScriptedRandom final : public RandomSource {
public:
    explicit ScriptedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<std::uint8_t> target) override
    {
        for (auto& byte : target)
            byte = used_ < bytes_.size() ? bytes_[used_++] : 0;
    }

private:
    Bytes bytes_;
    std::size_t used_ = 0;
};

/// What phone and companion know after the hello stanzas, for the code the user typed.
struct Exchange {
    SeededRandom random{"exchange"};
    crypto::KeyPair companion_ephemeral = crypto::generate_key_pair(random);
    crypto::KeyPair companion_identity = crypto::generate_key_pair(random);
    crypto::KeyPair primary_ephemeral = crypto::generate_key_pair(random);
    crypto::KeyPair primary_identity = crypto::generate_key_pair(random);
    crypto::Key32 seen_by_companion{};
    crypto::Key32 seen_by_primary{};

    Exchange(std::string_view shown, std::string_view typed)
    {
        seen_by_primary =
            unwrap_ephemeral(typed, wrap_ephemeral(shown, companion_ephemeral.public_key, random)).value();
        seen_by_companion =
            unwrap_ephemeral(shown, wrap_ephemeral(typed, primary_ephemeral.public_key, random)).value();
    }
    CompanionFinish finish()
    {
        return companion_finish(companion_ephemeral, companion_identity, seen_by_companion,
                                primary_identity.public_key, random)
            .value();
    }
    Result<crypto::Key32> open(ByteView bundle) const
    {
        return primary_finish(primary_ephemeral, primary_identity, seen_by_primary,
                              companion_identity.public_key, bundle);
    }
};

} // namespace

TEST_CASE("pairing codes are base32 in the alphabet without look-alikes", "[protocol][pairing]")
{
    // protocol.md 14
    CHECK(code_from_bytes({0x00, 0x01, 0x02, 0x03, 0x04}) == "111H51R5");
    CHECK(code_from_bytes({0xff, 0xfe, 0xfd, 0xfc, 0xfb}) == "ZZZGVZ8V");
    CHECK(display_code("111H51R5") == "111H-51R5");
}

TEST_CASE("the wrapped key is salt, IV and the key under the code", "[protocol][pairing]")
{
    // protocol.md 14: salt 00…1f, zero IV, 32 zero bytes, code ABCDEFGH
    Bytes salt(32);
    for (std::size_t i = 0; i < salt.size(); ++i)
        salt[i] = static_cast<std::uint8_t>(i);
    ScriptedRandom random{salt};
    auto const wrapped = wrap_ephemeral("ABCDEFGH", crypto::Key32{}, random);
    CHECK(hex_encode(wrapped) == hex_encode(salt) + std::string(32, '0') +
                                     "a6687122d27011150554aa0ebe74f6528716c53ed2eacf8d47acd546dada91b6");
    CHECK(unwrap_ephemeral("ABCDEFGH", wrapped).value() == crypto::Key32{});
    CHECK(unwrap_ephemeral("ABCDEFGJ", wrapped).value() != crypto::Key32{});
}

TEST_CASE("a wrapped key of the wrong size is malformed", "[protocol][pairing]")
{
    auto const size = GENERATE(0u, 79u, 81u);
    CHECK(unwrap_ephemeral("ABCDEFGH", Bytes(size)).error() == PairingErrc::malformed);
}

TEST_CASE("phone and companion with the same code agree on the secret", "[protocol][pairing]")
{
    Exchange exchange{"111H51R5", "111H51R5"};
    CHECK(exchange.seen_by_primary == exchange.companion_ephemeral.public_key);
    CHECK(exchange.seen_by_companion == exchange.primary_ephemeral.public_key);
    auto const finish = exchange.finish();
    CHECK(finish.wrapped_key_bundle.size() == 32 + 12 + 96 + 16);
    CHECK(exchange.open(finish.wrapped_key_bundle).value() == finish.adv_secret);

    // The secret carries the pairing container like one from a QR code.
    auto const container =
        make_pairing_container({}, exchange.primary_identity, exchange.companion_identity.public_key,
                               finish.adv_secret, exchange.random);
    CHECK(verify_pairing_container(container, exchange.companion_identity, finish.adv_secret, exchange.random)
              .has_value());
}

TEST_CASE("a mistyped code does not open the bundle", "[protocol][pairing]")
{
    Exchange exchange{"111H51R5", "111H51R6"};
    CHECK(exchange.open(exchange.finish().wrapped_key_bundle).error() == PairingErrc::wrong_code);
}

TEST_CASE("a bundle that was changed on the way is refused", "[protocol][pairing]")
{
    Exchange exchange{"111H51R5", "111H51R5"};
    auto bundle = exchange.finish().wrapped_key_bundle;
    SECTION("salt")
    {
        bundle[0] ^= 1;
    }
    SECTION("nonce")
    {
        bundle[40] ^= 1;
    }
    SECTION("sealed keys")
    {
        bundle.back() ^= 1;
    }
    CHECK(exchange.open(bundle).error() == PairingErrc::wrong_code);
    bundle.pop_back();
    CHECK(exchange.open(bundle).error() == PairingErrc::malformed);
}

TEST_CASE("identities that are not those in the bundle are refused", "[protocol][pairing]")
{
    Exchange exchange{"111H51R5", "111H51R5"};
    auto const bundle = exchange.finish().wrapped_key_bundle;
    SECTION("companion")
    {
        exchange.companion_identity = crypto::generate_key_pair(exchange.random);
    }
    SECTION("phone")
    {
        exchange.primary_identity = crypto::generate_key_pair(exchange.random);
    }
    CHECK(exchange.open(bundle).error() == PairingErrc::malformed);
}

TEST_CASE("a phone's key that cannot be agreed with is malformed", "[protocol][pairing]")
{
    Exchange exchange{"111H51R5", "111H51R5"};
    auto const finish_with = [&](ByteView ephemeral, ByteView identity) {
        return companion_finish(exchange.companion_ephemeral, exchange.companion_identity, ephemeral,
                                identity, exchange.random);
    };
    auto const good = exchange.primary_identity.public_key;
    CHECK(finish_with(crypto::Key32{}, good).error() == PairingErrc::malformed);
    CHECK(finish_with(good, crypto::Key32{}).error() == PairingErrc::malformed);
    CHECK(finish_with({}, good).error() == PairingErrc::malformed);
    CHECK(finish_with(good, Bytes(31)).error() == PairingErrc::malformed);
}
