// A session that writes as slowly as it was told: what waits is accepted, goes in order, and survives a
// restart.
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;
using engine::SendWait;

namespace {

/// Anna's session has a policy; Ben's tells what has come.
struct World : Scenario {
    explicit World(engine::SendingOptions sending, std::uint64_t seed = 1)
        : Scenario(seed), a(paired_with(std::move(sending))), b(paired(ben))
    {
        a.send_text(ben.lid, "first", "A0");
        run();
    }
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    FakePhone& ben = server.add_account("4915100000002", "900000000000002", "Ben");
    FakePhone& cleo = server.add_account("4915100000003", "900000000000003", "Cleo");
    EngineHost& a;
    EngineHost& b;

    EngineHost& paired_with(engine::SendingOptions sending)
    {
        auto with = options();
        with.sending = std::move(sending);
        auto& host = add_host(std::move(with));
        host.start();
        run();
        server.scan(host.engine().qr().value().text, anna);
        run();
        return host;
    }
    std::vector<std::string> arrived() const { return b.store.received_texts(); }
    bool has_cleo(std::string const& id) const
    {
        auto const message = a.store.find_message(cleo.lid, MessageId{id});
        return message && message->ack != Ack::pending && message->ack != Ack::error;
    }
    engine::SendingState state() { return a.engine().sending(clock.now.wall); }
    std::vector<engine::WaitingSend> waiting() { return a.engine().waiting_sends(clock.now.wall); }
    /// Until the clock shows this time of a UTC day.
    void advance_to(std::chrono::minutes time)
    {
        auto const day = std::chrono::floor<std::chrono::days>(clock.now.wall);
        auto wait = day + time - clock.now.wall;
        if (wait <= Milliseconds::zero()) wait += std::chrono::days{1};
        advance(wait);
    }
};

engine::SendingOptions gap(Milliseconds time, Milliseconds jitter = 0ms)
{
    engine::SendingOptions options;
    options.min_gap = time;
    options.jitter = jitter;
    return options;
}

} // namespace

TEST_CASE("messages leave with the gap between them, in order, and are accepted at once",
          "[scenario][policy]")
{
    World world(gap(10s));
    for (auto const* id : {"A1", "A2"})
        world.a.send_text(world.ben.lid, id, id);
    world.run();
    CHECK(world.arrived() == std::vector<std::string>{"first"});
    CHECK(world.a.sends.back().stage == engine::SendStage::accepted);
    auto const waiting = world.waiting();
    REQUIRE(waiting.size() == 2);
    CHECK(waiting[0].id == MessageId{"A1"});
    CHECK(waiting[0].waits_for == SendWait::gap);
    CHECK(waiting[0].until == world.clock.now.wall + 10s);
    CHECK(waiting[1].waits_for == SendWait::order);
    CHECK(world.state().waiting == 2);
    CHECK(world.state().waits_for == SendWait::gap);
    world.advance(9'999ms);
    CHECK(world.arrived().size() == 1);
    world.advance(1ms);
    CHECK(world.arrived() == std::vector<std::string>{"first", "A1"});
    world.advance(10s);
    CHECK(world.arrived() == std::vector<std::string>{"first", "A1", "A2"});
    CHECK(world.waiting().empty());
    CHECK_FALSE(world.state().waits_for);
}

TEST_CASE("the gap holds over all chats", "[scenario][policy]")
{
    World world(gap(10s));
    world.a.send_text(world.cleo.lid, "to Cleo", "A1");
    world.a.send_text(world.ben.lid, "to Ben", "A2");
    world.advance(10s);
    CHECK(world.arrived() == std::vector<std::string>{"first"});
    CHECK(world.has_cleo("A1"));
    world.advance(10s);
    CHECK(world.arrived() == std::vector<std::string>{"first", "to Ben"});
}

TEST_CASE("the jitter is within its bounds and follows from the seed", "[scenario][policy]")
{
    auto const times = [](std::uint64_t seed) {
        World world(gap(1s, 5s), seed);
        std::vector<Milliseconds> found;
        for (int i = 0; i < 8; ++i) {
            auto const start = world.clock.now.wall;
            auto const count = world.arrived().size();
            world.a.send_text(world.ben.lid, "x", "B" + std::to_string(i));
            while (world.arrived().size() == count)
                world.advance(100ms);
            found.push_back(world.clock.now.wall - start);
        }
        return found;
    };
    auto const once = times(7);
    CHECK(times(7) == once);
    CHECK(times(8) != once);
    for (auto const time : once) {
        CHECK(time >= 900ms);
        CHECK(time <= 6'100ms);
    }
    CHECK(std::set<Milliseconds>(once.begin(), once.end()).size() > 1);
}

TEST_CASE("in no minute leave more messages than allowed", "[scenario][policy]")
{
    engine::SendingOptions options;
    options.messages_per_minute = 3;
    World world(options);
    for (int i = 1; i <= 6; ++i)
        world.a.send_text(world.ben.lid, std::to_string(i), "A" + std::to_string(i));
    world.run();
    CHECK(world.arrived().size() == 3);
    CHECK(world.state().waits_for == SendWait::messages_per_minute);
    world.advance(59s);
    CHECK(world.arrived().size() == 3);
    world.advance(1s);
    CHECK(world.arrived().size() == 6);
    world.advance(60s);
    CHECK(world.arrived().size() == 7);
}

TEST_CASE("the amount of a day grows while the session is new", "[scenario][policy]")
{
    engine::SendingOptions options;
    options.warm_up = engine::SendingOptions::WarmUp{2, 2, 2};
    World world(options);
    for (int i = 1; i <= 9; ++i)
        world.a.send_text(world.ben.lid, std::to_string(i), "A" + std::to_string(i));
    world.run();
    CHECK(world.arrived().size() == 2);
    CHECK(world.state().messages_today == 2);
    CHECK(world.state().messages_today_limit == 2u);
    CHECK(world.state().waits_for == SendWait::warm_up);
    world.advance_to(0min);
    CHECK(world.arrived().size() == 6); // 2 * 2 of the second day
    CHECK(world.state().messages_today_limit == 4u);
    world.advance_to(0min);
    CHECK(world.arrived().size() == 10);
    CHECK_FALSE(world.state().messages_today_limit);
}

TEST_CASE("nothing leaves in quiet hours, which may go over midnight", "[scenario][policy]")
{
    engine::SendingOptions options;
    options.quiet_hours = engine::SendingOptions::QuietHours{22h, 7h};
    options.utc_offset = 2h;
    World world(options);
    world.advance_to(19h + 59min); // 21:59 there
    auto const before = world.arrived().size();
    world.a.send_text(world.ben.lid, "late", "A1");
    world.run();
    CHECK(world.arrived().size() == before + 1);
    world.advance(1min);
    world.a.send_text(world.ben.lid, "too late", "A2");
    world.run();
    CHECK(world.state().waits_for == SendWait::quiet_hours);
    CHECK(world.state().until == world.clock.now.wall + 9h);
    world.advance(9h - 1ms);
    CHECK(world.arrived().back() == "late");
    world.advance(1ms);
    CHECK(world.arrived().back() == "too late");
}

TEST_CASE("only so many new chats in a day; others go on", "[scenario][policy]")
{
    engine::SendingOptions options;
    options.new_chats_per_day = 1; // Ben was the first
    World world(options);
    CHECK(world.state().new_chats_today == 1);
    world.a.send_text(world.cleo.lid, "hello Cleo", "A1");
    world.a.send_text(world.ben.lid, "again", "A2");
    world.run();
    CHECK(world.arrived() == std::vector<std::string>{"first", "again"});
    auto const waiting = world.waiting();
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].id == MessageId{"A1"});
    CHECK(waiting[0].waits_for == SendWait::new_chats_per_day);
    world.advance_to(0min);
    CHECK(world.waiting().empty());
    CHECK(world.has_cleo("A1"));
}

TEST_CASE("a restart forgets neither what waits nor what was counted", "[scenario][policy]")
{
    engine::SendingOptions options = gap(1h);
    options.new_chats_per_day = 1;
    World world(options);
    world.a.send_text(world.ben.lid, "second", "A1");
    world.a.send_text(world.cleo.lid, "hello Cleo", "A2");
    world.run();
    world.advance(1min);
    world.a.crash();
    world.a.start();
    world.run();
    CHECK(world.arrived() == std::vector<std::string>{"first"});
    CHECK(world.state().waits_for == SendWait::gap);
    CHECK(world.state().until == world.clock.now.wall + 59min);
    CHECK(world.state().new_chats_today == 1);
    world.advance(59min);
    CHECK(world.arrived() == std::vector<std::string>{"first", "second"});
    world.advance(1h);
    auto const waiting = world.waiting();
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].waits_for == SendWait::new_chats_per_day);
}

TEST_CASE("while the server locks new chats, messages for them wait and others go", "[scenario][policy]")
{
    World world({});
    auto const unlock = unix_seconds(world.clock.now.wall) + 3'600;
    world.server.intercept = [&, refused = false](Jid const& device, Node const& node) mutable {
        if (device != world.a.lid()) return false;
        if (node.tag == "message" && node.text("id") == "A1" && !std::exchange(refused, true)) {
            world.server.send(device, Node{"ack"}
                                          .set("class", "message")
                                          .set("id", node.text("id"))
                                          .set("from", node.jid("to").value())
                                          .set("error", "463"));
            return true;
        }
        if (node.tag == "iq" && node.text("xmlns") == "w:mex") {
            auto const text =
                R"({"data":{"xwa2_fetch_account_reachout_timelock":{"is_active":true,"time_enforcement_ends":")" +
                std::to_string(unlock) + R"("}}})";
            Node reply{"iq"};
            reply.set("from", Jid::server_jid()).set("type", "result").set("id", node.text("id"));
            reply.add(Node{"result"}.with_bytes(to_bytes(text)));
            world.server.send(device, reply);
            return true;
        }
        return false;
    };
    world.a.send_text(world.cleo.lid, "hello Cleo", "A1");
    world.run();
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    REQUIRE(world.state().locked_until);
    world.a.send_text(world.cleo.lid, "please, Cleo", "A2");
    world.a.send_text(world.ben.lid, "hello Ben", "A3");
    world.run();
    CHECK(world.arrived() == std::vector<std::string>{"first", "hello Ben"});
    REQUIRE(world.waiting().size() == 1);
    CHECK(world.waiting()[0].waits_for == SendWait::time_lock);
    CHECK(world.state().until == wall_from_seconds(unlock));
    world.a.crash();
    world.a.start();
    world.run();
    CHECK(world.state().waits_for == SendWait::time_lock);
    SECTION("until its end")
    {
        world.advance(1h);
    }
    SECTION("until the server lifts it")
    {
        Node update{"update"};
        update.with_bytes(
            to_bytes(R"({"data":{"xwa2_notify_account_reachout_timelock":{"is_active":false}}})"));
        Node notification{"notification"};
        notification.set("from", Jid::server_jid()).set("type", "mex").set("id", "n1").add(std::move(update));
        world.server.send(world.a.lid(), notification);
        world.run();
        CHECK_FALSE(world.state().locked_until);
    }
    CHECK(world.waiting().empty());
    CHECK(world.has_cleo("A2"));
}

TEST_CASE("without a policy nothing waits", "[scenario][policy]")
{
    World world({});
    for (int i = 1; i <= 50; ++i)
        world.a.send_text(world.ben.lid, std::to_string(i), "A" + std::to_string(i));
    world.run();
    CHECK(world.arrived().size() == 51);
    CHECK_FALSE(world.state().waits_for);
}
