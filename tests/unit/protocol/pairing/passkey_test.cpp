#include "protocol/pairing/passkey.hpp"

#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::pairing;

namespace {

struct Sides {
    testing::SeededRandom random{7};
    crypto::KeyPair companion = crypto::generate_key_pair(random);
    crypto::KeyPair phone = crypto::generate_key_pair(random);
    ByteArray<32> nonce = random.array<32>();
    PasskeyOpening opening{companion.public_key, 1, "2@ref"};
};

} // namespace

TEST_CASE("a prologue commits to its nonce and to nothing else", "[pairing][passkey]")
{
    Sides sides;
    auto const prologue = make_prologue(sides.opening, sides.nonce);
    auto const parsed = parse_prologue(prologue);
    REQUIRE(parsed.has_value());
    CHECK(parsed->ephemeral == sides.opening.ephemeral);
    CHECK(parsed->device_type == 1);
    CHECK(parsed->ref == "2@ref");
    CHECK(keeps_commitment(prologue, sides.nonce));
    auto other = sides.nonce;
    other[31] ^= 1;
    CHECK_FALSE(keeps_commitment(prologue, other));
    auto changed = sides.opening;
    changed.ref = "2@other";
    CHECK_FALSE(keeps_commitment(prologue, make_prologue(changed, sides.nonce)));
    CHECK_FALSE((parse_prologue(Bytes{1, 2, 3})).has_value());
    CHECK_FALSE(keeps_commitment(Bytes{1, 2, 3}, sides.nonce));
}

TEST_CASE("the code depends on both nonces and the phone's key", "[pairing][passkey]")
{
    Sides sides;
    PrimaryOpening primary{sides.phone.public_key, sides.random.array<32>()};
    auto const code = confirmation_code(sides.nonce, primary);
    CHECK(code.size() == 8);
    auto const copy = parse_primary_opening(make_primary_opening(primary));
    REQUIRE(copy.has_value());
    CHECK(confirmation_code(sides.nonce, *copy) == code);
    auto changed = primary;
    changed.nonce[0] ^= 1;
    CHECK(confirmation_code(sides.nonce, changed) != code);
    changed = primary;
    changed.ephemeral[5] ^= 1;
    CHECK(confirmation_code(sides.nonce, changed) != code);
    auto nonce = sides.nonce;
    nonce[7] ^= 1;
    CHECK(confirmation_code(nonce, primary) != code);
    CHECK_FALSE((parse_primary_opening({})).has_value());
}

TEST_CASE("sealed keys open for the other side of the same pairing only", "[pairing][passkey]")
{
    Sides sides;
    auto const own = passkey_sealing_key(sides.companion, sides.phone.public_key, 1, "2@ref");
    auto const theirs = passkey_sealing_key(sides.phone, sides.companion.public_key, 1, "2@ref");
    REQUIRE(own.has_value());
    REQUIRE(theirs.has_value());
    CHECK(*own == *theirs);
    CHECK(*passkey_sealing_key(sides.phone, sides.companion.public_key, 2, "2@ref") != *own);
    CHECK(*passkey_sealing_key(sides.phone, sides.companion.public_key, 1, "2@more") != *own);
    CHECK_FALSE((passkey_sealing_key(sides.companion, crypto::Key32{}, 1, "2@ref")).has_value());
    PairingKeys const keys{sides.random.array<32>(), sides.random.array<32>(), sides.random.array<32>()};
    auto sealed = seal_pairing_keys(keys, *own, sides.random);
    auto const opened = open_pairing_keys(sealed, *theirs);
    REQUIRE(opened.has_value());
    CHECK(opened->noise == keys.noise);
    CHECK(opened->identity == keys.identity);
    CHECK(opened->adv_secret == keys.adv_secret);
    CHECK_FALSE((open_pairing_keys(sealed, crypto::Key32{})).has_value());
    CHECK_FALSE((open_pairing_keys({}, *own)).has_value());
}

TEST_CASE("a proof belongs to one prologue and one secret", "[pairing][passkey]")
{
    Sides sides;
    auto const prologue = make_prologue(sides.opening, sides.nonce);
    auto const secret = sides.random.array<32>();
    auto const proof = handoff_proof(handoff_key(secret), prologue);
    CHECK(handoff_proof(handoff_key(secret), prologue) == proof);
    CHECK(handoff_proof(handoff_key(sides.nonce), prologue) != proof);
    CHECK(handoff_proof(handoff_key(secret), make_prologue(sides.opening, secret)) != proof);
}
