#include "tests/unit/protocol/signal/account.hpp"

#include <signal/session_pre_key.h>

using namespace wagate;
using namespace wagate::signal;
using namespace wagate::signal::test;

TEST_CASE("a signed prekey is signed over its typed public key", "[protocol][signal]")
{
    SeededRandom random{"signed prekey"};
    auto const identity = crypto::generate_key_pair(random);
    auto const key = generate_signed_prekey(7, identity.private_key, random);
    CHECK(key.id == 7);
    CHECK(key.keys.public_key == crypto::public_from_private(key.keys.private_key));
    CHECK(crypto::xeddsa_verify(identity.public_key, crypto::typed_key(key.keys.public_key), key.signature));
    CHECK_FALSE(crypto::xeddsa_verify(identity.public_key, key.keys.public_key, key.signature));
}

TEST_CASE("prekey ids wrap to 1 after 24 bits", "[protocol][signal]")
{
    SeededRandom random{"wrap"};
    auto const keys = generate_prekeys(0xfffffe, 4, random);
    REQUIRE(keys.size() == 4);
    CHECK(keys[0].id == 0xfffffe);
    CHECK(keys[1].id == 0xffffff);
    CHECK(keys[2].id == 1);
    CHECK(keys[3].id == 2);
    CHECK(keys[0].keys != keys[1].keys);
}

TEST_CASE("a stored signed prekey carries key, signature and creation time", "[protocol][signal]")
{
    SeededRandom random{"record"};
    auto const identity = crypto::generate_key_pair(random);
    auto const key = generate_signed_prekey(3, identity.private_key, random);
    MemoryRecords const nothing;
    RecordOverlay step{nothing};
    store_signed_prekey(step, key, wall_from_milliseconds(1'790'000'000'123));

    auto const bytes = step.read(RecordKind::signed_prekey, "3");
    REQUIRE(bytes);
    session_signed_pre_key* record = nullptr;
    REQUIRE(session_signed_pre_key_deserialize(&record, bytes->data(), bytes->size(), nullptr) == 0);
    CHECK(session_signed_pre_key_get_id(record) == 3);
    CHECK(session_signed_pre_key_get_timestamp(record) == 1'790'000'000'123);
    ByteView const signature{session_signed_pre_key_get_signature(record),
                             session_signed_pre_key_get_signature_len(record)};
    CHECK(equal(signature, key.signature));
    session_signed_pre_key_destroy(reinterpret_cast<signal_type_base*>(record));
}

TEST_CASE("an identity is stored with its type byte and read without", "[protocol][signal]")
{
    SeededRandom random{"identity"};
    auto const identity = crypto::generate_key_pair(random).public_key;
    Address const peer{"900000000000001_1", 0};
    MemoryRecords const nothing;
    RecordOverlay step{nothing};
    CHECK_FALSE(stored_identity(step, peer));
    store_identity(step, peer, identity);
    CHECK(step.read(RecordKind::identity, "900000000000001_1.0") == to_bytes(crypto::typed_key(identity)));
    CHECK(stored_identity(step, peer) == identity);
}
