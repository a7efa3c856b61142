// Messages that cannot be opened at first: announced as waiting, resolved by the sender's retry or by the own
// phone (protocol.md 5.9, 5.12), under the same id and once.
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;
using Told = std::vector<std::string>;

namespace {

struct World : TwoAccounts {
    /// The copies of these messages for Anna's companion arrive damaged; what is sent for them later does
    /// not.
    void damage_first_copies(std::set<std::string> ids)
    {
        server.tamper = [this, ids = std::move(ids)](Jid const& device, Node& node) mutable {
            if (device == a.lid() && node.tag == "message" && ids.erase(node.text("id")) != 0) damage(node);
        };
    }
    /// Ben's phone, which does not answer requests for a retry, sends one that arrives damaged.
    void lose(std::string const& id, std::string const& text)
    {
        damage_first_copies({id});
        server.send_text(ben, anna.lid, text, id);
        run();
    }
    void restart()
    {
        a.crash();
        a.start(StatusReason::boot);
        run();
    }
    Told told(std::string const& id) { return a.store.told_of(id); }
    std::vector<Node> peer_messages()
    {
        auto sent = server.seen(a.lid(), "message");
        std::erase_if(sent, [](Node const& message) { return message.text("category") != "peer"; });
        return sent;
    }
};

} // namespace

TEST_CASE("a message that cannot be opened is told as waiting with its envelope, and then as itself",
          "[scenario][waiting]")
{
    World world;
    world.damage_first_copies({"B1"});
    world.b.send_text(world.anna.lid, "hello", "B1");
    world.run(); // Ben's companion answers the request for a retry
    CHECK(world.told("B1") == Told{"waiting", "hello"});
    auto const events = world.a.store.events_of<MessageAppeared>();
    REQUIRE(events.size() == 2);
    auto const& waiting = events[0].message;
    auto const& real = events[1].message;
    CHECK(waiting.chat == world.ben.lid);
    CHECK(waiting.chat_phone == world.ben.phone);
    CHECK(waiting.sender == world.ben.lid);
    CHECK(waiting.sender_phone == world.ben.phone);
    CHECK(waiting.push_name == "Ben");
    CHECK(waiting.timestamp == wall_from_seconds(unix_seconds(world.clock.now.wall)));
    CHECK(waiting.ack == Ack::device);
    CHECK_FALSE(waiting.from_me);
    CHECK(waiting.body.empty());
    CHECK(real.id == waiting.id);
    CHECK(real.chat == waiting.chat);
    CHECK(real.kind == MessageKind::text);
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"B1"}) == real);
    CHECK(world.a.store.waiting(10).empty());
    world.advance(1min);
    CHECK(world.anna.requests_seen == 0); // nothing is left to ask the phone for
}

TEST_CASE("nothing of a message that cannot be opened is answered before it is durable",
          "[scenario][waiting]")
{
    World world;
    world.server.log.clear();
    world.a.hold_commits = true;
    world.lose("B1", "hello");
    CHECK(world.server.seen(world.a.lid(), "ack").empty());
    CHECK(world.server.seen(world.a.lid(), "receipt").empty());
    world.a.hold_commits = false;
    world.run();
    CHECK(world.server.seen(world.a.lid(), "ack").size() == 1);
    CHECK(world.server.seen(world.a.lid(), "receipt").size() == 1);
    auto const waiting = world.a.store.waiting(10);
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].retries == 1);
    CHECK(waiting[0].first == world.clock.now.wall);
    CHECK(world.told("B1") == Told{"waiting"});
}

TEST_CASE("when the sender does not help within five seconds the phone does", "[scenario][waiting]")
{
    World world;
    world.lose("B1", "hello");
    CHECK(world.told("B1") == Told{"waiting"});
    world.advance(4s);
    CHECK(world.anna.requests_seen == 0);
    world.advance(2s);
    CHECK(world.anna.requests_seen == 1);
    CHECK(world.told("B1") == Told{"waiting", "hello"});
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"B1"})->kind == MessageKind::text);
    CHECK(world.a.store.waiting(10).empty());
    CHECK(world.a.store.outbox().empty()); // the request itself is done
    CHECK(world.anna.failures.empty());
    auto const requests = world.peer_messages();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].jid("to") == world.anna.phone);
    CHECK(requests[0].text("push_priority") == "high_force");
    CHECK(world.a.engine().unfinished_sends() == 0);
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("whoever comes second changes nothing", "[scenario][waiting]")
{
    World world;
    world.lose("B1", "hello");
    SECTION("the sender after the phone")
    {
        world.advance(6s);
        world.deliver(world.from_ben("B1", world.sealed("hello", 1)));
    }
    SECTION("the phone after the sender")
    {
        world.anna.helps = false; // for the moment
        world.advance(6s);
        world.deliver(world.from_ben("B1", world.sealed("hello", 1)));
        world.anna.helps = true;
        world.server.answer_requests(world.anna);
        world.run();
    }
    SECTION("another damaged copy after the phone")
    {
        world.advance(6s);
        world.server.log.clear();
        auto copy = world.from_ben("B1", world.sealed("hello", 1));
        damage(copy);
        world.deliver(copy);
        CHECK(world.server.seen(world.a.lid(), "receipt").empty()); // not asked for again
        CHECK(world.server.queued(world.a.lid()) == 0);
    }
    CHECK(world.told("B1") == Told{"waiting", "hello"});
    CHECK(world.a.store.waiting(10).empty());
}

TEST_CASE("both at once are told once", "[scenario][waiting]")
{
    World world;
    world.anna.helps = false;
    world.lose("B1", "hello");
    world.advance(6s);
    world.a.hold_commits = true;
    world.deliver(world.from_ben("B1", world.sealed("hello", 1)));
    world.anna.helps = true;
    world.server.answer_requests(world.anna);
    world.run();
    world.a.hold_commits = false;
    world.run();
    CHECK(world.told("B1") == Told{"waiting", "hello"});
}

TEST_CASE("the request is durable before it leaves, and leaves with the same bytes after a crash",
          "[scenario][waiting]")
{
    World world;
    world.anna.helps = false;
    world.lose("B1", "hello");
    world.a.hold_commits = true;
    world.advance(6s);
    CHECK(world.peer_messages().empty());
    world.server.intercept = [](Jid const&, Node const& node) { return node.tag == "message"; };
    world.a.hold_commits = false;
    world.run();
    auto const first = world.sent_bytes(world.a);
    REQUIRE(first.size() == 1);
    world.server.intercept = {};
    world.restart(); // without the server's ack nobody knows whether it arrived
    world.advance(1min);
    auto const sent = world.sent_bytes(world.a);
    REQUIRE(sent.size() == 2);
    CHECK(sent[0] == sent[1]);
    CHECK(world.anna.requests_seen == 1);
    world.anna.helps = true;
    world.server.answer_requests(world.anna);
    world.run();
    CHECK(world.told("B1") == Told{"waiting", "hello"});
}

TEST_CASE("what was not asked for before a restart is asked for after it, and only that",
          "[scenario][waiting]")
{
    World world;
    world.anna.helps = false;
    world.lose("B1", "one");
    world.advance(6s);
    CHECK(world.anna.requests_seen == 1);
    world.lose("B2", "two");
    world.restart();
    CHECK(world.told("B2") == Told{"waiting"});
    world.advance(6s);
    CHECK(world.anna.requests_seen == 2);
    world.restart();
    world.advance(1min);
    CHECK(world.anna.requests_seen == 2);
    world.anna.helps = true;
    world.server.answer_requests(world.anna);
    world.run();
    CHECK(world.told("B1") == Told{"waiting", "one"});
    CHECK(world.told("B2") == Told{"waiting", "two"});
}

TEST_CASE("a login asks for at most 32 messages, one after the other", "[scenario][waiting]")
{
    World world;
    world.anna.helps = false;
    for (int i = 0; i < 40; ++i)
        world.lose("B" + std::to_string(i), "hello");
    world.restart();
    world.advance(5s);
    CHECK(world.anna.requests_seen <= 2);
    world.advance(2s);
    CHECK(world.anna.requests_seen > 2);
    CHECK(world.anna.requests_seen < 12);
    world.advance(1min);
    CHECK(world.anna.requests_seen == 32);
    world.restart();
    world.advance(1min);
    CHECK(world.anna.requests_seen == 40);
}

TEST_CASE("after two weeks nobody is asked any more", "[scenario][waiting]")
{
    World world;
    world.lose("B1", "hello");
    world.a.stop();
    world.run();
    world.clock.advance(24h * 14);
    world.a.start();
    world.advance(1min);
    CHECK(world.anna.requests_seen == 0);
    CHECK(world.told("B1") == Told{"waiting"});
}

TEST_CASE("a message that this device was not sent is waited for and asked for at once",
          "[scenario][waiting]")
{
    World world;
    world.server.tamper = [&](Jid const& device, Node& node) {
        if (device != world.a.lid() || node.text("id") != "B1") return;
        node.content = binary::Nodes{Node{"unavailable"}};
    };
    world.server.log.clear();
    world.server.send_text(world.ben, world.anna.lid, "hello", "B1");
    world.run();
    CHECK(world.told("B1") == Told{"waiting"});
    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() >= 1);
    CHECK_FALSE(acks[0].has("error"));
    world.advance(1ms);
    CHECK(world.told("B1") == Told{"waiting", "hello"});
    CHECK(world.anna.requests_seen == 1);
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("what the phone does not hand on is told and never asked for", "[scenario][waiting]")
{
    World world;
    auto const which = GENERATE(0, 1, 2);
    Node unavailable{"unavailable"};
    if (which == 0) unavailable.set("type", "view_once");
    if (which == 1) unavailable.set("hosted", "true");
    auto message = world.from_ben("B1", unavailable);
    if (which == 2) message.add(Node{"bot"});
    world.deliver(message);
    world.deliver(message); // a copy is no news
    world.advance(1min);
    world.restart();
    world.advance(1min);
    CHECK(world.told("B1") == Told{"waiting"});
    CHECK(world.anna.requests_seen == 0);
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("only the own phone may answer, and only what it was asked", "[scenario][waiting]")
{
    World world;
    world.anna.helps = false;
    world.lose("B1", "hello");
    world.advance(6s);
    REQUIRE(world.anna.requests.size() == 1);
    auto const request = world.anna.requests[0];
    SECTION("another account pretends to be a peer")
    {
        auto forged = world.from_ben(
            "X1", stanza::enc_node(world.ben.seal(world.a.lid(), world.anna.answer_to(request))));
        forged.set("category", "peer");
        world.deliver(forged);
        CHECK(world.server.queued(world.a.lid()) == 0);
    }
    SECTION("the answer names another request")
    {
        auto other = request;
        other.id = MessageId{"3EB0FFFF"};
        world.server.send_peer(world.anna, world.a.lid(), world.anna.answer_to(other), "X2");
        world.run();
    }
    SECTION("the phone does not have it either")
    {
        world.anna.received.clear();
        world.anna.helps = true;
        world.server.answer_requests(world.anna);
        world.run();
    }
    CHECK(world.told("B1") == Told{"waiting"});
    CHECK(world.a.store.waiting(10).size() == 1);
}

TEST_CASE("a peer message that cannot be opened is asked for again and never shown", "[scenario][waiting]")
{
    World world;
    world.damage_first_copies({"P1"});
    message::TextContent content;
    content.text = "between devices";
    world.server.send_peer(world.anna, world.a.lid(), message::make_text(content), "P1");
    world.run();
    auto const receipts = world.server.seen(world.a.lid(), "receipt");
    REQUIRE_FALSE(receipts.empty());
    CHECK(receipts.back().text("type") == "retry");
    CHECK(receipts.back().text("category") == "peer");
    CHECK(world.told("P1").empty());
    world.advance(1min);
    CHECK(world.anna.requests_seen == 0);
}

TEST_CASE("a status that cannot be opened is never refused", "[scenario][waiting]")
{
    World world;
    world.server.send_text(world.ben, world.anna.lid, "start", "B0");
    world.run();
    world.server.log.clear();
    auto const garbage = GENERATE(true, false);
    auto status = world.from_ben(
        "S1", garbage ? stanza::enc_node(world.ben.seal(world.a.lid(), Bytes{0xFF, 0xFF, 0xFF}))
                      : world.sealed("hi"));
    if (!garbage) damage(status);
    status.set("from", Jid::parse("status@broadcast").value()).set("participant", world.ben.lid);
    world.deliver(status);
    auto const acks = world.server.seen(world.a.lid(), "ack");
    REQUIRE(acks.size() == 1);
    CHECK_FALSE(acks[0].has("error"));
    CHECK(world.server.queued(world.a.lid()) == 0);
}

namespace {

/// Ben's phone and his companion write to Anna; a quarter of the copies for her companion arrive damaged, and
/// everything dies at any step.
struct WaitingStorm : Scenario {
    explicit WaitingStorm(std::uint64_t seed) : Scenario(seed), dice(seed * 7'907) {}

    SeededRandom dice;
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    FakePhone& ben = server.add_account("4915100000002", "900000000000002", "Ben");
    EngineHost& a = paired(anna);
    EngineHost& b = paired(ben);
    std::vector<std::string> ids;
    std::size_t damaged = 0;
    int crashes = 0;

    void one_event()
    {
        auto const event = dice.below(1'000);
        auto& host = dice.below(2) == 0 ? a : b;
        if (event < 900) {
            auto const possible = host.possible();
            if (possible.empty()) return;
            host.take(possible.front() == EngineHost::Step::effect ? possible.front()
                                                                   : possible[dice.below(possible.size())]);
        } else if (event < 930) {
            auto const id = "B" + std::to_string(ids.size());
            ids.push_back(id);
            if (dice.below(2) == 0)
                server.send_text(ben, anna.lid, "text " + id, id);
            else
                b.send_text(anna.lid, "text " + id, id);
        } else if (event < 950) {
            host.crash();
            host.start(StatusReason::boot);
            ++crashes;
        } else if (event < 957) {
            host.drop_link();
        } else {
            clock.advance(Milliseconds{static_cast<std::int64_t>(dice.below(3'000))});
            for (auto& each : hosts)
                each->on_clock();
        }
    }
};

} // namespace

TEST_CASE("whatever happens, a lost message is told as waiting at most once and as itself exactly once",
          "[scenario][waiting][random]")
{
    auto const seed = GENERATE(range(1u, 21u));
    INFO("seed " << seed);
    WaitingStorm world{seed};
    world.server.tamper = [&](Jid const& device, Node& node) {
        if (device != world.a.lid() || node.tag != "message" || node.has("category")) return;
        if (world.dice.below(4) != 0) return;
        damage(node);
        ++world.damaged;
    };
    for (int i = 0; i < 1'500; ++i)
        world.one_event();
    world.server.tamper = {};
    world.advance(5min);
    CHECK(world.damaged > 0);
    CHECK(world.crashes > 0);
    CHECK(world.a.engine().status() == SessionStatus::working);

    std::size_t resolved = 0;
    for (auto const& id : world.ids) {
        auto const message = world.a.store.find_message(world.ben.lid, MessageId{id});
        auto const was_sent = world.ben.sent.contains(id) ||
                              world.b.store.find_message(world.anna.lid, MessageId{id}).has_value();
        REQUIRE(message.has_value() == was_sent);
        if (!message) continue; // Ben's companion died before it had promised anything
        INFO(id);
        auto const told = world.a.store.told_of(id);
        CHECK(message->kind == MessageKind::text);
        if (told.size() == 2) {
            CHECK(told == Told{"waiting", "text " + id});
            ++resolved;
        } else {
            CHECK(told == Told{"text " + id});
        }
    }
    INFO(world.damaged << " damaged of " << world.ids.size());
    CHECK(resolved > 0);
    CHECK(world.a.store.waiting(100).empty());
    CHECK(world.server.queued(world.a.lid()) == 0);
    CHECK(world.anna.failures.empty());
    for (auto const& seen : world.server.log)
        CHECK_FALSE((seen.node.tag == "ack" && seen.node.has("error")));

    // One id and target, one request: what is sent again is sent with the same bytes.
    std::map<std::string, Bytes> requests;
    for (auto const& seen : world.server.log) {
        if (seen.node.tag != "message" || seen.node.text("category") != "peer") continue;
        auto const [known, is_new] = requests.try_emplace(seen.node.text("id"), seen.encoded);
        if (!is_new) CHECK(known->second == seen.encoded);
    }
}
