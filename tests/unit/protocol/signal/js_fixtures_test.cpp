#include "tests/unit/protocol/signal/js_fixtures.hpp"

#include "protocol/base/encoding.hpp"
#include "tests/unit/protocol/signal/account.hpp"

using namespace wagate;
using namespace wagate::signal;
using namespace wagate::signal::test;

namespace {

Bytes from_hex(std::string_view hex)
{
    return hex_decode(hex).value();
}

crypto::KeyPair pair(std::string_view private_hex)
{
    auto const key = to_array<32>(from_hex(private_hex));
    return {crypto::public_from_private(key), key};
}

/// Every key generated from it is the same.
class ConstantRandom final : public RandomSource {
public:
    explicit ConstantRandom(std::string_view private_hex) : key_(from_hex(private_hex)) {}
    void fill(std::span<std::uint8_t> target) override
    {
        for (std::size_t i = 0; i < target.size(); ++i)
            target[i] = key_[i % key_.size()];
    }

private:
    Bytes key_;
};

/// Bob of the fixtures, with the keys that the other library's messages are for.
struct Bob {
    LocalIdentity self{pair(js::bob_identity), 2222};
    Address alice{"900000000000001_1", 0};
    MemoryRecords const nothing;
    RecordOverlay records{nothing};
    ConstantRandom random{js::bob_ratchet};
    RandomScope scope{random};

    Bob()
    {
        store_prekey(records, {7, pair(js::bob_prekey)});
        store_signed_prekey(
            records, {1, pair(js::bob_signed_prekey), to_array<64>(from_hex(js::signed_prekey_signature))},
            created);
    }
    std::string read(CiphertextKind kind, std::string_view hex)
    {
        return to_text(decrypt(records, self, alice, kind, from_hex(hex)).value());
    }
};

} // namespace

TEST_CASE("a conversation with the JavaScript library is understood and answered byte for byte",
          "[protocol][signal]")
{
    Bob bob;
    CHECK(bob.read(CiphertextKind::prekey_message, js::prekey_message_1) == "first from JavaScript");
    CHECK(bob.read(CiphertextKind::prekey_message, js::prekey_message_2) == "second from JavaScript");
    CHECK_FALSE(bob.records.read(RecordKind::prekey, "7"));
    CHECK(remote_registration_id(bob.records, bob.alice) == 1111u);
    CHECK(stored_identity(bob.records, bob.alice) == pair(js::alice_identity).public_key);

    auto const reply = encrypt(bob.records, bob.self, bob.alice, view("reply"));
    REQUIRE(reply.has_value());
    CHECK(reply->kind == CiphertextKind::message);
    CHECK(hex_encode(reply->bytes) == js::reply);

    CHECK(bob.read(CiphertextKind::message, js::message_4) == "fourth from JavaScript");
    CHECK(bob.read(CiphertextKind::message, js::message_3) == "third from JavaScript");
}

TEST_CASE("a prekey message of the JavaScript library without a one-time prekey opens", "[protocol][signal]")
{
    Bob bob;
    CHECK(bob.read(CiphertextKind::prekey_message, js::without_one_time) == "no one-time prekey");
    CHECK(bob.records.read(RecordKind::prekey, "7"));
    CHECK(remote_registration_id(bob.records, bob.alice) == 3333u);
}

TEST_CASE("with the same keys our prekey messages are those of the JavaScript library", "[protocol][signal]")
{
    LocalIdentity const alice{pair(js::alice_identity), 1111};
    Address const bob{"900000000000002_1", 0};
    MemoryRecords const nothing;
    RecordOverlay records{nothing};
    ConstantRandom random{js::alice_ephemeral};
    RandomScope const scope{random};
    PreKeyBundle const bundle{.registration_id = 2222,
                              .identity = pair(js::bob_identity).public_key,
                              .signed_prekey_id = 1,
                              .signed_prekey = pair(js::bob_signed_prekey).public_key,
                              .signed_prekey_signature = to_array<64>(from_hex(js::signed_prekey_signature)),
                              .one_time = PreKeyBundle::OneTime{7, pair(js::bob_prekey).public_key}};
    REQUIRE(process_bundle(records, alice, bob, bundle));
    CHECK(hex_encode(encrypt(records, alice, bob, view("first from JavaScript"))->bytes) ==
          js::prekey_message_1);
    CHECK(hex_encode(encrypt(records, alice, bob, view("second from JavaScript"))->bytes) ==
          js::prekey_message_2);
    auto const reply = decrypt(records, alice, bob, CiphertextKind::message, from_hex(js::reply));
    REQUIRE(reply.has_value());
    CHECK(to_text(*reply) == "reply");
}

TEST_CASE("a group of the JavaScript library is read in any order", "[protocol][signal]")
{
    SenderKeyName const alice{"120363000000000001@g.us", {"900000000000001_1", 0}};
    MemoryRecords const nothing;
    RecordOverlay records{nothing};
    REQUIRE(process_sender_key_distribution(records, alice, from_hex(js::distribution)));
    auto const read = [&](std::string_view hex) {
        return to_text(group_decrypt(records, alice, from_hex(hex)).value());
    };
    CHECK(read(js::group_1) == "group one");
    CHECK(read(js::group_3) == "group three");
    CHECK(read(js::group_2) == "group two");
    CHECK(group_decrypt(records, alice, from_hex(js::group_2)).error() == SignalErrc::duplicate_message);
}
