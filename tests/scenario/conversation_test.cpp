// Two companions of two accounts talk: encryption types, acks, receipts, replies, own devices.
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;

namespace {

struct TwoAccounts : Scenario {
    explicit TwoAccounts(std::uint64_t seed = 1) : Scenario(seed) {}
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    FakePhone& ben = server.add_account("4915100000002", "900000000000002", "Ben");
    EngineHost& a = paired(anna);
    EngineHost& b = paired(ben);
};

} // namespace

TEST_CASE("two companions exchange texts in both directions", "[scenario][conversation]")
{
    TwoAccounts world;
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    world.b.send_text(world.anna.lid, "hello yourself", "B1");
    world.run();
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"hello yourself"});
    CHECK(world.ben.failures.empty());
    CHECK(world.anna.failures.empty());
}
