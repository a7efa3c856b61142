// What chats and contacts say while messages come and go.
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

TEST_CASE("a chat counts what is unread until the account writes in it", "[scenario][chats]")
{
    TwoAccounts world;
    world.a.send_text(world.ben.lid, "one", "A1");
    world.a.send_text(world.ben.lid, "two", "A2");
    world.run();
    auto const chat = world.b.store.find_chat(world.anna.lid).value();
    CHECK(chat.unread == 2);
    CHECK(chat.phone == world.anna.phone);
    CHECK(chat.last_activity == world.b.store.find_message(world.anna.lid, MessageId{"A2"})->timestamp);
    CHECK(world.a.store.find_chat(world.ben.lid).value().unread == 0);
    CHECK(world.b.store.find_contact(world.anna.phone).value().push_name == "Anna");
    world.b.send_text(world.anna.lid, "three", "B1");
    world.run();
    CHECK(world.b.store.find_chat(world.anna.lid)->unread == 0);
    CHECK(world.b.store.chats().size() == 1);
}

TEST_CASE("reading a chat here or on another device of the account resets its count", "[scenario][chats]")
{
    TwoAccounts world;
    world.a.send_text(world.ben.lid, "one", "A1");
    world.run();
    REQUIRE(world.b.store.find_chat(world.anna.lid)->unread == 1);
    SECTION("here")
    {
        world.b.use([&](engine::Engine& engine, Instant now) {
            engine.mark_read(world.anna.lid, std::nullopt, {MessageId{"A1"}}, now);
        });
    }
    SECTION("on the phone")
    {
        Node receipt{"receipt"};
        receipt.set("from", world.ben.lid)
            .set("id", "A1")
            .set("type", "read-self")
            .set("recipient", world.anna.lid)
            .set("t", "1700000000");
        world.server.deliver(world.b.lid(), std::move(receipt));
    }
    world.run();
    CHECK(world.b.store.find_chat(world.anna.lid)->unread == 0);
}
