#include "tests/unit/protocol/signal/account.hpp"

using namespace wagate;
using namespace wagate::signal;
using namespace wagate::signal::test;

TEST_CASE("messages carry the prekey until the peer has answered", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle()));

    auto const first = alice.seal(bob.address, "one");
    auto const second = alice.seal(bob.address, "two");
    CHECK(first.kind == CiphertextKind::prekey_message);
    CHECK(second.kind == CiphertextKind::prekey_message);
    CHECK(bob.read(alice.address, first) == "one");
    CHECK(bob.read(alice.address, second) == "two");

    auto const reply = bob.seal(alice.address, "three");
    CHECK(reply.kind == CiphertextKind::message);
    CHECK(alice.read(bob.address, reply) == "three");

    auto const answer = alice.seal(bob.address, "four");
    CHECK(answer.kind == CiphertextKind::message);
    CHECK(bob.read(alice.address, answer) == "four");
}

TEST_CASE("messages may arrive in any order across ratchet steps", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    greet(alice, bob);
    auto const a1 = alice.seal(bob.address, "a1");
    auto const a2 = alice.seal(bob.address, "a2");
    auto const a3 = alice.seal(bob.address, "a3");
    CHECK(bob.read(alice.address, a3) == "a3");
    CHECK(alice.read(bob.address, bob.seal(alice.address, "b1")) == "b1");
    auto const a4 = alice.seal(bob.address, "a4");
    CHECK(bob.read(alice.address, a4) == "a4");
    CHECK(bob.read(alice.address, a1) == "a1");
    CHECK(bob.read(alice.address, a2) == "a2");
}

TEST_CASE("a message that was opened before is a duplicate", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    auto const first = alice.seal(bob.address, "one");
    CHECK(bob.read(alice.address, first) == "one");
    CHECK(bob.open(alice.address, first).error() == SignalErrc::duplicate_message);

    auto const reply = bob.seal(alice.address, "two");
    CHECK(alice.read(bob.address, reply) == "two");
    CHECK(alice.open(bob.address, reply).error() == SignalErrc::duplicate_message);
}

TEST_CASE("a message with a wrong MAC changes nothing and the true one still opens", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const answered = GENERATE(false, true);
    if (answered)
        greet(alice, bob);
    else
        REQUIRE(alice.start_session(bob.address, bob.bundle()));

    auto const message = alice.seal(bob.address, "true");
    CHECK(message.kind == (answered ? CiphertextKind::message : CiphertextKind::prekey_message));
    auto forged = message;
    // The MAC of a bare message; of a prekey message the MAC of the message inside, two fields from the end.
    auto const mac = answered ? forged.bytes.size() - 1 : forged.bytes.size() - 9;
    forged.bytes[mac] ^= 1;

    RecordOverlay step{bob.records};
    CHECK(decrypt(step, bob.self, alice.address, forged.kind, forged.bytes).error() ==
          SignalErrc::invalid_message);
    CHECK(step.changes().empty());
    CHECK(stored_identity(bob.records, alice.address).has_value() == answered);
    CHECK(bob.read(alice.address, message) == "true");
}

TEST_CASE("no cut and no flipped byte of a message is taken, crashes or leaves a trace", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const answered = GENERATE(false, true);
    if (answered)
        greet(alice, bob);
    else
        REQUIRE(alice.start_session(bob.address, bob.bundle()));
    auto const message = alice.seal(bob.address, "whole");
    RandomScope const scope{bob.random};

    RecordOverlay step{bob.records};
    for (std::size_t size = 0; size < message.bytes.size(); ++size) {
        auto const cut = ByteView{message.bytes}.first(size);
        INFO("cut at " << size);
        CHECK_FALSE(decrypt(step, bob.self, alice.address, message.kind, cut).has_value());
    }
    std::size_t taken = 0;
    for (std::size_t at = 0; at < message.bytes.size(); ++at) {
        auto damaged = message.bytes;
        damaged[at] ^= 0x55;
        RecordOverlay attempt{bob.records};
        if (decrypt(attempt, bob.self, alice.address, message.kind, damaged))
            ++taken;
        else
            CHECK(attempt.changes().empty());
    }
    CHECK(step.changes().empty());
    // The registration id of a prekey message, two bytes here, is all that stands outside every MAC.
    CHECK(taken == (answered ? 0u : 2u));
    CHECK(bob.read(alice.address, message) == "whole");
}

TEST_CASE("a message without a session says so", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    Account carol{"900000000000003"};
    greet(alice, bob);
    auto const message = alice.seal(bob.address, "lost");
    CHECK(carol.open(alice.address, message).error() == SignalErrc::no_session);
    CHECK(carol.try_encrypt(alice.address, "none").error() == SignalErrc::no_session);
    CHECK_FALSE(has_session(carol.records, alice.address));

    RecordOverlay step{bob.records};
    CHECK(has_session(step, alice.address));
    erase_session(step, alice.address);
    CHECK_FALSE(has_session(step, alice.address));
}

TEST_CASE("a group message is no pairwise message", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    greet(alice, bob);
    auto message = alice.seal(bob.address, "text");
    message.kind = CiphertextKind::sender_key_message;
    CHECK(bob.open(alice.address, message).error() == SignalErrc::invalid_message);
}

TEST_CASE("a jump over 2,000 messages opens and one over 2,001 asks for a new session", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const answered = GENERATE(false, true);
    if (answered)
        greet(alice, bob);
    else
        REQUIRE(alice.start_session(bob.address, bob.bundle()));
    // The receiving chain is known from here on.
    CHECK(bob.read(alice.address, alice.seal(bob.address, "start")) == "start");
    for (int i = 0; i < 2'000; ++i)
        alice.seal(bob.address, "skipped");
    auto const reachable = alice.seal(bob.address, "reachable");
    auto const beyond = alice.seal(bob.address, "beyond");
    CHECK(bob.open(alice.address, beyond).error() == SignalErrc::too_far_ahead);
    CHECK(bob.read(alice.address, reachable) == "reachable");
    CHECK(bob.read(alice.address, beyond) == "beyond");
}

TEST_CASE("a new session keeps the old one for messages that are under way", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    greet(alice, bob);
    auto const late_from_bob = bob.seal(alice.address, "late");
    auto const late_from_alice = alice.seal(bob.address, "late too");

    REQUIRE(alice.start_session(bob.address, bob.bundle(1)));
    auto const renewed = alice.seal(bob.address, "renewed");
    CHECK(renewed.kind == CiphertextKind::prekey_message);
    CHECK(bob.read(alice.address, renewed) == "renewed");
    CHECK(bob.read(alice.address, late_from_alice) == "late too");
    CHECK(alice.read(bob.address, late_from_bob) == "late");
}

TEST_CASE("two devices that start sessions at the same time understand each other", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    REQUIRE(bob.start_session(alice.address, alice.bundle()));
    auto const from_alice = alice.seal(bob.address, "a");
    auto const from_bob = bob.seal(alice.address, "b");
    CHECK(bob.read(alice.address, from_alice) == "a");
    CHECK(alice.read(bob.address, from_bob) == "b");
    for (int i = 0; i < 3; ++i) {
        CHECK(bob.read(alice.address, alice.seal(bob.address, "a more")) == "a more");
        CHECK(alice.read(bob.address, bob.seal(alice.address, "b more")) == "b more");
    }
}

TEST_CASE("registration id and base key of a session can be read", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    CHECK_FALSE(remote_registration_id(alice.records, bob.address));
    CHECK(session_base_key(alice.records, bob.address).empty());

    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    CHECK(remote_registration_id(alice.records, bob.address) == bob.self.registration_id);
    auto const base_key = session_base_key(alice.records, bob.address);
    CHECK(base_key.size() == 33);
    CHECK(base_key.front() == 5);

    CHECK(bob.read(alice.address, alice.seal(bob.address, "hello")) == "hello");
    CHECK(remote_registration_id(bob.records, alice.address) == alice.self.registration_id);
    CHECK(session_base_key(bob.records, alice.address) == base_key);
    CHECK(alice.read(bob.address, bob.seal(alice.address, "hi")) == "hi");
    CHECK(session_base_key(alice.records, bob.address) == base_key);

    REQUIRE(alice.start_session(bob.address, bob.bundle(1)));
    CHECK(session_base_key(alice.records, bob.address) != base_key);
}

TEST_CASE("a damaged session record is no session to read from and an error to use", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    RecordOverlay damage{alice.records};
    damage.write(RecordKind::signal_session, bob.address.record_key(), Bytes(40, 0xff));
    alice.records.apply(damage.changes());
    CHECK_FALSE(remote_registration_id(alice.records, bob.address));
    CHECK(session_base_key(alice.records, bob.address).empty());
    CHECK(alice.try_encrypt(bob.address, "text").error() == SignalErrc::internal);
}

TEST_CASE("the same random source gives the same bytes", "[protocol][signal]")
{
    auto const exchange = [] {
        Account alice{"900000000000001"};
        Account bob{"900000000000002"};
        greet(alice, bob);
        return alice.seal(bob.address, "text").bytes;
    };
    CHECK(exchange() == exchange());
}

TEST_CASE("without a random source of the thread the system's is used", "[protocol][signal]")
{
    auto const start = [] {
        Account alice{"900000000000001"};
        Account const bob{"900000000000002"};
        RecordOverlay step{alice.records};
        set_random_source(nullptr);
        REQUIRE(process_bundle(step, alice.self, bob.address, bob.bundle()));
        return session_base_key(step, bob.address);
    };
    CHECK(start() != start());
}

namespace {

/// Storage that fails when a session is read.
class BrokenRecords final : public RecordSource {
public:
    std::optional<Bytes> read(RecordKind kind, std::string_view) const override
    {
        if (kind == RecordKind::signal_session) throw std::runtime_error{"disk"};
        return std::nullopt;
    }
};

} // namespace

TEST_CASE("a failure of storage passes through libsignal to the caller", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account const bob{"900000000000002"};
    BrokenRecords const broken;
    RecordOverlay step{broken};
    CHECK_THROWS_WITH(process_bundle(step, alice.self, bob.address, bob.bundle()), "disk");
    CHECK(step.changes().empty());
}
