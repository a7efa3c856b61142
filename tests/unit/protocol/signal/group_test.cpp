#include "tests/unit/protocol/signal/account.hpp"

#include <set>

using namespace wagate;
using namespace wagate::signal;
using namespace wagate::signal::test;

namespace {

constexpr char const* group = "120363000000000001@g.us";

SenderKeyName sender(Account const& account)
{
    return {group, account.address};
}

Bytes distribution(Account& account)
{
    return account.run([&](RecordOverlay& step) { return sender_key_distribution(step, sender(account)); })
        .value();
}

Bytes seal(Account& account, std::string_view text)
{
    return account.run([&](RecordOverlay& step) { return group_encrypt(step, sender(account), view(text)); })
        .value();
}

Result<void> accept(Account& account, Account const& from, ByteView bytes)
{
    return account.run(
        [&](RecordOverlay& step) { return process_sender_key_distribution(step, sender(from), bytes); });
}

Result<Bytes> open(Account& account, Account const& from, ByteView bytes)
{
    return account.run([&](RecordOverlay& step) { return group_decrypt(step, sender(from), bytes); });
}

std::string read(Account& account, Account const& from, ByteView bytes)
{
    return to_text(open(account, from, bytes).value());
}

/// What happens when a member was removed: the next distribution is of a new key.
void rotate(Account& account)
{
    RecordOverlay step{account.records};
    step.erase(RecordKind::sender_key, sender(account).record_key());
    account.records.apply(step.changes());
}

} // namespace

TEST_CASE("members with the sender key read the group in any order", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    Account carol{"900000000000003"};
    auto const key = distribution(alice);
    REQUIRE(accept(bob, alice, key));
    auto const one = seal(alice, "one");
    auto const late_key = distribution(alice);
    auto const two = seal(alice, "two");
    auto const three = seal(alice, "three");

    CHECK(read(bob, alice, three) == "three");
    CHECK(read(bob, alice, one) == "one");
    CHECK(read(bob, alice, two) == "two");

    REQUIRE(accept(carol, alice, late_key));
    CHECK(read(carol, alice, two) == "two");
    CHECK_FALSE(open(carol, alice, one).has_value());
}

TEST_CASE("the own sender key is made once", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    auto const first = distribution(alice);
    CHECK(distribution(alice) == first);
    seal(alice, "one");
    CHECK(distribution(alice) != first);
    CHECK(alice.records.count(RecordKind::sender_key) == 1);
}

TEST_CASE("a group message of an unknown sender key says so", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const nobody =
        bob.run([&](RecordOverlay& step) { return group_encrypt(step, sender(bob), view("none")); });
    CHECK(nobody.error() == SignalErrc::no_sender_key);

    auto const key = distribution(alice);
    auto const before = seal(alice, "before");
    CHECK(open(bob, alice, before).error() == SignalErrc::no_sender_key);

    REQUIRE(accept(bob, alice, key));
    rotate(alice);
    auto const new_key = distribution(alice);
    auto const after = seal(alice, "after");
    CHECK(open(bob, alice, after).error() == SignalErrc::no_sender_key);
    REQUIRE(accept(bob, alice, new_key));
    CHECK(read(bob, alice, after) == "after");
    CHECK(read(bob, alice, before) == "before");
}

TEST_CASE("a group message that was opened before is a duplicate", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(accept(bob, alice, distribution(alice)));
    auto const message = seal(alice, "once");
    CHECK(read(bob, alice, message) == "once");
    CHECK(open(bob, alice, message).error() == SignalErrc::duplicate_message);
}

TEST_CASE("a distribution sent again neither loses late messages nor accepts old ones", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const first_key = distribution(alice);
    REQUIRE(accept(bob, alice, first_key));
    auto const opened = seal(alice, "opened");
    auto const late = seal(alice, "late");
    auto const newer_key = distribution(alice);
    auto const newest = seal(alice, "newest");
    CHECK(read(bob, alice, opened) == "opened");

    REQUIRE(accept(bob, alice, newer_key));
    REQUIRE(accept(bob, alice, first_key));
    CHECK(open(bob, alice, opened).error() == SignalErrc::duplicate_message);
    CHECK(read(bob, alice, newest) == "newest");
    CHECK(read(bob, alice, late) == "late");
}

TEST_CASE("a damaged group message changes nothing", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(accept(bob, alice, distribution(alice)));
    auto const message = seal(alice, "whole");
    RecordOverlay step{bob.records};
    for (std::size_t at = 0; at < message.size(); ++at) {
        auto damaged = message;
        damaged[at] ^= 0x55;
        INFO("damaged at " << at);
        CHECK_FALSE(group_decrypt(step, sender(alice), damaged).has_value());
        CHECK_FALSE(group_decrypt(step, sender(alice), ByteView{message}.first(at)).has_value());
    }
    auto forged = message;
    forged.back() ^= 1;
    CHECK(group_decrypt(step, sender(alice), forged).error() == SignalErrc::invalid_message);
    CHECK(step.changes().empty());
    CHECK(read(bob, alice, message) == "whole");
}

TEST_CASE("a damaged distribution is refused or makes a key that opens nothing", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    auto const key = distribution(alice);
    auto const message = seal(alice, "text");
    for (std::size_t size = 0; size < key.size(); ++size) {
        RecordOverlay step{bob.records};
        INFO("cut at " << size);
        CHECK_FALSE(process_sender_key_distribution(step, sender(alice), ByteView{key}.first(size)));
        CHECK(step.changes().empty());
    }
}

TEST_CASE("a jump over 2,001 group messages asks for a new sender key", "[protocol][signal]")
{
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    REQUIRE(accept(bob, alice, distribution(alice)));
    // Signing every skipped message takes most of the time.
    for (int i = 0; i < 2'000; ++i)
        seal(alice, "skipped");
    auto const reachable = seal(alice, "reachable");
    auto const newer_key = distribution(alice);
    auto const beyond = seal(alice, "beyond");
    CHECK(open(bob, alice, beyond).error() == SignalErrc::too_far_ahead);

    SECTION("the stored chain reaches 2,000 messages")
    {
        CHECK(read(bob, alice, reachable) == "reachable");
    }
    SECTION("a distribution beyond the stored chain's reach replaces it")
    {
        REQUIRE(accept(bob, alice, newer_key));
        CHECK(read(bob, alice, beyond) == "beyond");
    }
}

TEST_CASE("group messages open once each, in any order, with gaps and repeats", "[protocol][signal]")
{
    auto const seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u);
    CAPTURE(seed);
    SeededRandom random{"group order " + std::to_string(seed)};
    Account alice{"900000000000001"};
    Account bob{"900000000000002"};
    std::vector<Bytes> keys{distribution(alice)};
    REQUIRE(accept(bob, alice, keys.front()));
    std::vector<Bytes> sealed;
    auto const count = 2 + random.below(seed == 1 ? 1'500 : 80);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (random.below(10) == 0) keys.push_back(distribution(alice));
        sealed.push_back(seal(alice, "message " + std::to_string(i)));
    }
    std::set<std::uint64_t> opened;
    for (int turn = 0; turn < 120; ++turn) {
        if (random.below(8) == 0) { // somebody sends the key again, as it is now or as it was
            REQUIRE(accept(bob, alice, keys[random.below(keys.size())]));
            continue;
        }
        auto const which = random.below(sealed.size());
        CAPTURE(turn, which);
        if (opened.insert(which).second)
            CHECK(read(bob, alice, sealed[which]) == "message " + std::to_string(which));
        else
            CHECK(open(bob, alice, sealed[which]).error() == SignalErrc::duplicate_message);
    }
}
