#include "tests/unit/protocol/signal/account.hpp"

using namespace wagate;
using namespace wagate::signal;
using namespace wagate::signal::test;

TEST_CASE("a session starts without a one-time prekey too", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle_without_one_time()));
    CHECK(bob.read(alice.address, alice.seal(bob.address, "hello")) == "hello");
    CHECK(bob.records.count(RecordKind::prekey) == bob.prekeys.size());
}

TEST_CASE("a bundle whose signed prekey is not signed by its identity is refused", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account const bob{"900000000000002"};
    Account const mallory{"900000000000003"};
    auto bundle = bob.bundle();
    SECTION("damaged signature")
    {
        bundle.signed_prekey_signature[10] ^= 1;
    }
    SECTION("exchanged key")
    {
        bundle.signed_prekey = mallory.signed_prekey.keys.public_key;
    }
    SECTION("exchanged identity")
    {
        bundle.identity = mallory.self.identity.public_key;
    }
    SECTION("no signature")
    {
        bundle.signed_prekey_signature = {};
    }

    RecordOverlay step{alice.records};
    CHECK(process_bundle(step, alice.self, bob.address, bundle).error() == SignalErrc::invalid_key);
    CHECK(step.changes().empty());
}

TEST_CASE("a one-time prekey is erased with the first message that used it", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    Account carol{"900000000000003"};
    REQUIRE(alice.start_session(bob.address, bob.bundle(2)));
    REQUIRE(carol.start_session(bob.address, bob.bundle(2)));
    auto const first = alice.seal(bob.address, "first");
    auto const second = alice.seal(bob.address, "second");

    RecordOverlay step{bob.records};
    REQUIRE(decrypt(step, bob.self, alice.address, first.kind, first.bytes).has_value());
    CHECK_FALSE(step.read(RecordKind::prekey, "3"));
    CHECK(step.read(RecordKind::prekey, "2"));
    bob.records.apply(step.changes());

    CHECK(bob.read(alice.address, second) == "second");
    CHECK(bob.open(carol.address, carol.seal(bob.address, "same prekey")).error() ==
          SignalErrc::invalid_key_id);
}

TEST_CASE("the prekey with the highest id is used once like every other", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    bob.prekeys = generate_prekeys(0xffffff, 1, bob.random);
    RecordOverlay added{bob.records};
    store_prekey(added, bob.prekeys.front());
    bob.records.apply(added.changes());

    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    CHECK(bob.read(alice.address, alice.seal(bob.address, "hello")) == "hello");
    CHECK_FALSE(bob.records.read(RecordKind::prekey, "16777215"));
}

TEST_CASE("a message for a signed prekey that is gone names the key as unknown", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    RecordOverlay gone{bob.records};
    gone.erase(RecordKind::signed_prekey, "1");
    bob.records.apply(gone.changes());
    CHECK(bob.open(alice.address, alice.seal(bob.address, "hello")).error() == SignalErrc::invalid_key_id);
}

TEST_CASE("the identity in a prekey message can be read without opening it", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    auto const message = alice.seal(bob.address, "hello");
    CHECK(identity_in_prekey_message(message.bytes) == alice.self.identity.public_key);
    CHECK_FALSE(identity_in_prekey_message({}));
    CHECK_FALSE(identity_in_prekey_message(ByteView{message.bytes}.first(20)));
}

TEST_CASE("a peer that registered anew is understood and its new identity reported", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    Account reinstalled{"900000000000001 again"};
    greet(alice, bob);

    bool changed = true;
    CHECK(bob.open(alice.address, alice.seal(bob.address, "still me"), &changed).has_value());
    CHECK_FALSE(changed);

    REQUIRE(reinstalled.start_session(bob.address, bob.bundle(1)));
    auto const message = reinstalled.seal(bob.address, "new phone");
    auto forged = message;
    forged.bytes[forged.bytes.size() - 9] ^= 1;
    CHECK_FALSE(bob.open(alice.address, forged, &changed).has_value());
    CHECK_FALSE(changed);
    CHECK(stored_identity(bob.records, alice.address) == alice.self.identity.public_key);

    auto const opened = bob.open(alice.address, message, &changed);
    REQUIRE(opened.has_value());
    CHECK(to_text(*opened) == "new phone");
    CHECK(changed);
    CHECK(stored_identity(bob.records, alice.address) == reinstalled.self.identity.public_key);
    CHECK(reinstalled.read(bob.address, bob.seal(alice.address, "welcome")) == "welcome");
}

TEST_CASE("the first message of a peer reports no change", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    bool changed = true;
    CHECK(bob.open(alice.address, alice.seal(bob.address, "hello"), &changed).has_value());
    CHECK_FALSE(changed);
}

TEST_CASE("a bundle replaces the stored identity of its device", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    Account reinstalled{"900000000000002 again"};
    greet(alice, bob);
    REQUIRE(alice.start_session(bob.address, reinstalled.bundle()));
    CHECK(stored_identity(alice.records, bob.address) == reinstalled.self.identity.public_key);
    CHECK(reinstalled.read(alice.address, alice.seal(bob.address, "hello")) == "hello");
}

TEST_CASE("records move from phone number to LID and the session goes on", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    greet(alice, bob);
    auto const by_phone = Address::of(Jid::phone("15550002222"));
    RecordOverlay back{alice.records};
    move_records(back, bob.address, by_phone);
    alice.records.apply(back.changes());
    CHECK_FALSE(has_session(alice.records, bob.address));
    CHECK(alice.read(by_phone, bob.seal(alice.address, "by number")) == "by number");

    RecordOverlay forth{alice.records};
    move_records(forth, by_phone, bob.address);
    alice.records.apply(forth.changes());
    CHECK_FALSE(has_session(alice.records, by_phone));
    CHECK_FALSE(stored_identity(alice.records, by_phone));
    CHECK(stored_identity(alice.records, bob.address) == bob.self.identity.public_key);
    CHECK(bob.read(alice.address, alice.seal(bob.address, "by LID")) == "by LID");
}

TEST_CASE("moving records keeps what the target has and drops the source", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const by_phone = Address::of(Jid::phone("15550002222"));
    REQUIRE(alice.start_session(by_phone, bob.bundle(0)));
    REQUIRE(alice.start_session(bob.address, bob.bundle(1)));
    auto const kept = session_base_key(alice.records, bob.address);

    RecordOverlay step{alice.records};
    move_records(step, by_phone, bob.address);
    CHECK(session_base_key(step, bob.address) == kept);
    CHECK_FALSE(has_session(step, by_phone));

    RecordOverlay nothing{bob.records};
    move_records(nothing, by_phone, alice.address);
    CHECK(nothing.changes().empty());
}
