#include "protocol/pairing/pairing.hpp"
#include "protocol/proto/adv.pb.h"
#include "tests/unit/protocol/signal/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::pairing;
using signal::test::SeededRandom;

namespace {

/// A phone, a companion that shows a QR code, and its secret.
struct Linking {
    SeededRandom random{"linking"};
    crypto::KeyPair account = crypto::generate_key_pair(random);
    crypto::KeyPair companion = crypto::generate_key_pair(random);
    crypto::Key32 secret = random.array<32>();
    DeviceIdentityDetails details{.raw_id = 77, .timestamp = 1'790'000'000, .key_index = 3};

    Bytes container()
    {
        return make_pairing_container(details, account, companion.public_key, secret, random);
    }
    Result<VerifiedPairing> verify(ByteView bytes)
    {
        return verify_pairing_container(bytes, companion, secret, random);
    }
};

/// Changes the parsed container and wraps it again with a correct HMAC.
template <class Change>
Bytes rewrapped(Linking& linking, Change&& change)
{
    auto const bytes = linking.container();
    proto::ADVSignedDeviceIdentityHMAC outer;
    REQUIRE(outer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    proto::ADVSignedDeviceIdentity inner;
    REQUIRE(inner.ParseFromString(outer.details()));
    change(inner);
    outer.set_details(inner.SerializeAsString());
    outer.set_hmac(to_text(crypto::hmac_sha256(linking.secret, {view(outer.details())})));
    return to_bytes(outer.SerializeAsString());
}

} // namespace

TEST_CASE("a companion accepts what its phone signed and countersigns it", "[protocol][pairing]")
{
    Linking linking;
    auto const type = GENERATE(AccountType::e2ee, AccountType::hosted);
    linking.details.account_type = type;
    linking.details.device_type = type;
    auto const verified = linking.verify(linking.container());
    REQUIRE(verified.has_value());
    CHECK(verified->key_index == 3);

    auto const& identity = verified->identity;
    CHECK(equal(identity.account_signature_key, linking.account.public_key));
    auto const details = parse_details(identity.details);
    REQUIRE(details.has_value());
    CHECK(details->raw_id == 77);
    CHECK(details->timestamp == 1'790'000'000);
    CHECK(details->account_type == type);
    CHECK(details->device_type == type);

    // Whatever the account is, the companion signs with 06 01.
    auto const covered = concat(
        {ByteArray<2>{6, 1}, identity.details, linking.companion.public_key, linking.account.public_key});
    CHECK(crypto::xeddsa_verify(linking.companion.public_key, covered, identity.device_signature));
    ByteArray<2> const account_domain{6, static_cast<std::uint8_t>(type == AccountType::hosted ? 5 : 0)};
    CHECK(crypto::xeddsa_verify(linking.account.public_key,
                                concat({account_domain, identity.details, linking.companion.public_key}),
                                identity.account_signature));
}

TEST_CASE("a container made with another secret is an HMAC mismatch", "[protocol][pairing]")
{
    Linking linking;
    auto const container = linking.container();
    auto const other = linking.random.array<32>();
    CHECK(verify_pairing_container(container, linking.companion, other, linking.random).error() ==
          PairingErrc::hmac_mismatch);

    proto::ADVSignedDeviceIdentityHMAC outer;
    REQUIRE(outer.ParseFromArray(container.data(), static_cast<int>(container.size())));
    SECTION("no HMAC")
    {
        outer.clear_hmac();
    }
    SECTION("short HMAC")
    {
        outer.mutable_hmac()->pop_back();
    }
    SECTION("exchanged details")
    {
        outer.mutable_details()->back() ^= 1;
    }
    SECTION("account type set to hosted")
    {
        outer.set_account_type(1);
    }
    CHECK(linking.verify(to_bytes(outer.SerializeAsString())).error() == PairingErrc::hmac_mismatch);
}

TEST_CASE("a container that does not parse is malformed", "[protocol][pairing]")
{
    Linking linking;
    CHECK(linking.verify(Bytes(20, 0xff)).error() == PairingErrc::malformed);

    proto::ADVSignedDeviceIdentityHMAC outer;
    SECTION("identity")
    {
        outer.set_details("\xff\xff");
    }
    SECTION("no identity")
    {
        outer.set_details("");
    }
    SECTION("details")
    {
        proto::ADVSignedDeviceIdentity inner;
        inner.set_details("\xff\xff");
        outer.set_details(inner.SerializeAsString());
    }
    outer.set_hmac(to_text(crypto::hmac_sha256(linking.secret, {view(outer.details())})));
    CHECK(linking.verify(to_bytes(outer.SerializeAsString())).error() == PairingErrc::malformed);
}

TEST_CASE("an account signature that does not cover this companion is a signature mismatch",
          "[protocol][pairing]")
{
    Linking linking;
    Bytes container;
    SECTION("damaged signature")
    {
        container = rewrapped(linking, [](auto& inner) { inner.mutable_account_signature()->front() ^= 1; });
    }
    SECTION("short signature")
    {
        container = rewrapped(linking, [](auto& inner) { inner.mutable_account_signature()->pop_back(); });
    }
    SECTION("no signature key")
    {
        container = rewrapped(linking, [](auto& inner) { inner.clear_account_signature_key(); });
    }
    SECTION("another signature key")
    {
        auto const other = crypto::generate_key_pair(linking.random).public_key;
        container = rewrapped(linking, [&](auto& inner) { inner.set_account_signature_key(to_text(other)); });
    }
    SECTION("other details")
    {
        container = rewrapped(linking, [](auto& inner) {
            proto::ADVDeviceIdentity details;
            details.set_key_index(9);
            inner.set_details(details.SerializeAsString());
        });
    }
    SECTION("another companion")
    {
        auto const other = crypto::generate_key_pair(linking.random).public_key;
        container =
            make_pairing_container(linking.details, linking.account, other, linking.secret, linking.random);
    }
    CHECK(linking.verify(container).error() == PairingErrc::signature_mismatch);
}

TEST_CASE("an identity survives serialization, and the phone's copy lacks the account key",
          "[protocol][pairing]")
{
    Linking linking;
    auto const identity = linking.verify(linking.container())->identity;
    auto const full = parse_signed_identity(serialize(identity, true));
    REQUIRE(full.has_value());
    CHECK(full->details == identity.details);
    CHECK(full->account_signature_key == identity.account_signature_key);
    CHECK(full->account_signature == identity.account_signature);
    CHECK(full->device_signature == identity.device_signature);

    auto const trimmed = parse_signed_identity(serialize(identity, false));
    REQUIRE(trimmed.has_value());
    CHECK(trimmed->account_signature_key.empty());
    CHECK(trimmed->device_signature == identity.device_signature);
    CHECK(parse_signed_identity(Bytes(3, 0xff)).error() == PairingErrc::malformed);
    CHECK(parse_details(Bytes(3, 0xff)).error() == PairingErrc::malformed);
}

TEST_CASE("somebody else's companion is verified by account and device signature", "[protocol][pairing]")
{
    Linking linking;
    auto identity = linking.verify(linking.container())->identity;
    auto const& companion = linking.companion.public_key;
    auto const& account = linking.account.public_key;
    CHECK(verify_companion(identity, companion, {}));
    CHECK(verify_companion(parse_signed_identity(serialize(identity, false)).value(), companion, account));

    auto const mismatch = make_error_code(PairingErrc::signature_mismatch);
    auto const stranger = crypto::generate_key_pair(linking.random).public_key;
    CHECK(verify_companion(identity, stranger, account).error() == mismatch);
    CHECK(verify_companion(identity, {}, account).error() == mismatch);
    CHECK(verify_companion(parse_signed_identity(serialize(identity, false)).value(), companion, stranger)
              .error() == mismatch);
    CHECK(
        verify_companion(parse_signed_identity(serialize(identity, false)).value(), companion, {}).error() ==
        mismatch);

    SECTION("details")
    {
        identity.details.back() ^= 1;
    }
    SECTION("account signature")
    {
        identity.account_signature.front() ^= 1;
    }
    SECTION("device signature")
    {
        identity.device_signature.front() ^= 1;
    }
    SECTION("no device signature")
    {
        identity.device_signature.clear();
    }
    CHECK(verify_companion(identity, companion, account).error() == mismatch);
}

TEST_CASE("a hosted companion is verified with the hosted prefixes, or as the public clients sign",
          "[protocol][pairing]")
{
    Linking linking;
    SignedDeviceIdentity identity;
    identity.details = to_bytes("details");
    auto const& companion = linking.companion.public_key;
    auto const& account = linking.account.public_key;
    auto const [account_domain, device_domain, accepted] = GENERATE(table<int, int, bool>({
        {0, 1, true},
        {5, 6, true},
        {0, 6, false},
        {5, 1, true}, // as the public clients sign for hosted accounts
        {1, 1, false},
        {2, 1, false},
    }));
    ByteArray<2> const account_prefix{6, static_cast<std::uint8_t>(account_domain)};
    ByteArray<2> const device_prefix{6, static_cast<std::uint8_t>(device_domain)};
    identity.account_signature = to_bytes(crypto::xeddsa_sign(
        linking.account.private_key, concat({account_prefix, identity.details, companion}), linking.random));
    identity.device_signature = to_bytes(
        crypto::xeddsa_sign(linking.companion.private_key,
                            concat({device_prefix, identity.details, companion, account}), linking.random));
    CHECK(verify_companion(identity, companion, account).has_value() == accepted);
}

TEST_CASE("a key index list is signed by the account and read back", "[protocol][pairing]")
{
    Linking linking;
    auto const bytes =
        make_signed_key_index_list({77, 1'790'000'000, 4, {0, 2, 4}}, linking.account, linking.random);
    auto const list = parse_signed_key_index_list(bytes);
    REQUIRE(list.has_value());
    CHECK(list->raw_id == 77);
    CHECK(list->timestamp == 1'790'000'000);
    CHECK(list->current_index == 4);
    CHECK(list->valid_indexes == std::vector<std::uint32_t>{0, 2, 4});

    proto::ADVSignedKeyIndexList message;
    REQUIRE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    CHECK(equal(view(message.account_signature_key()), linking.account.public_key));
    auto const covered = concat({ByteArray<2>{6, 2}, view(message.details())});
    CHECK(crypto::xeddsa_verify(linking.account.public_key, covered, view(message.account_signature())));
}

TEST_CASE("a key index list that does not parse is malformed", "[protocol][pairing]")
{
    CHECK(parse_signed_key_index_list({}).error() == PairingErrc::malformed);
    CHECK(parse_signed_key_index_list(Bytes(5, 0xff)).error() == PairingErrc::malformed);
    proto::ADVSignedKeyIndexList message;
    message.set_details("\xff\xff");
    CHECK(parse_signed_key_index_list(to_bytes(message.SerializeAsString())).error() ==
          PairingErrc::malformed);
}
