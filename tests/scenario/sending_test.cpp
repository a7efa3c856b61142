// What can become of a message that was accepted: refusals for a while and for good (protocol.md 7.4).
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

struct World : TwoAccounts {
    /// Answers the next `count` messages of `a` with this error.
    void refuse(std::string code, int count)
    {
        server.intercept = [this, code, count](Jid const& device, Node const& node) mutable {
            if (node.tag != "message" || device != a.lid() || count-- <= 0) return false;
            Node ack{"ack"};
            ack.set("class", "message")
                .set("id", node.text("id"))
                .set("from", node.jid("to").value())
                .set("error", code);
            server.send(device, ack);
            return true;
        };
    }
    /// Answers the next `count` requests in this namespace with this error.
    void refuse_requests(std::string xmlns, std::string code, int count)
    {
        server.intercept = [this, xmlns, code, count](Jid const& device, Node const& node) mutable {
            if (node.tag != "iq" || node.text("xmlns") != xmlns || node.text("type") != "get" || count-- <= 0)
                return false;
            Node reply{"iq"};
            reply.set("from", Jid::server_jid()).set("type", "error").set("id", node.text("id"));
            reply.add(Node{"error"}.set("code", code).set("text", "no"));
            server.send(device, reply);
            return true;
        };
    }
};

} // namespace

TEST_CASE("a number that is not on WhatsApp is refused without a trace", "[scenario][sending]")
{
    World world;
    world.a.send_text(Jid::phone("4915199999999"), "hello?", "A1");
    world.a.send_text(world.ben.lid, "hello", "A2");
    world.run();
    REQUIRE(world.a.sends.size() == 3);
    // Which chat is answered first is nobody's business.
    std::erase_if(world.a.sends,
                  [](engine::SendReport const& report) { return report.message.id != MessageId{"A1"}; });
    REQUIRE(world.a.sends.size() == 1);
    CHECK(world.a.sends[0].stage == engine::SendStage::rejected);
    CHECK(world.a.sends[0].code == 404);
    CHECK(world.a.store.acks_of("A1").empty());
    CHECK(world.a.store.messages.size() == 1);
    CHECK(world.a.store.outbox().empty());
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"}); // the next one is not held up
}

TEST_CASE("a number that turns out not to be on WhatsApp after the message was accepted is rejected",
          "[scenario][sending]")
{
    World world;
    world.a.reachable = false;
    world.a.drop_link();
    world.run();
    world.a.send_text(Jid::phone("4915199999999"), "hello?", "A1");
    world.run();
    REQUIRE(world.a.sends.size() == 1);
    CHECK(world.a.sends[0].stage == engine::SendStage::accepted);
    world.a.reachable = true;
    world.advance(5s);
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    CHECK(world.a.sends.back().code == 404);
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::error});
    CHECK(world.a.store.find_message(Jid::phone("4915199999999"), MessageId{"A1"})->ack == Ack::error);
    CHECK(world.a.store.outbox().empty());
}

TEST_CASE("a number is kept as the server spells it", "[scenario][sending]")
{
    World world;
    // Mobile numbers of Brazil have a ninth digit that users leave out.
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.text("xmlns") != "usync" || node.path({"usync", "query", "contact"}) == nullptr)
            return false;
        Node user{"user"};
        user.set("jid", world.ben.phone).add(Node{"contact"}.set("type", "in").with_text("+491510000002"));
        user.add(Node{"lid"}.set("val", world.ben.lid));
        Node reply{"iq"};
        reply.set("from", Jid::server_jid()).set("type", "result").set("id", node.text("id"));
        reply.add(Node{"usync"}.add(Node{"list"}.add(std::move(user))));
        world.server.send(device, reply);
        return true;
    };
    world.a.send_text(Jid::phone("491510000002"), "hello", "A1");
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    auto const message = world.a.store.find_message(world.ben.lid, MessageId{"A1"});
    REQUIRE(message);
    CHECK(message->chat_phone == world.ben.phone);
}

TEST_CASE("a hidden id that nobody has is rejected", "[scenario][sending]")
{
    World world;
    world.a.send_text(Jid::hidden("999999999999999"), "hello?", "A1");
    world.run();
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::error});
    CHECK(world.a.sends.back().code == 404);
}

TEST_CASE("the server's refusal is an error event with its code and final", "[scenario][sending]")
{
    World world;
    auto const code = GENERATE(as<std::string>{}, "463", "479", "406", "400");
    world.refuse(code, 1);
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    CHECK(std::to_string(world.a.sends.back().code) == code);
    auto const events = world.a.store.events_of<MessageAcknowledged>();
    REQUIRE(events.size() == 1);
    CHECK(events[0].ack == Ack::error);
    CHECK(events[0].error == code);
    auto const failures = world.a.store.events_of<MessageFailed>();
    REQUIRE(failures.size() == 1);
    CHECK(failures[0] == MessageFailed{world.ben.lid, events[0].chat_phone, MessageId{"A1"},
                                       SendFailure{std::stoi(code), std::nullopt}});
    auto const message = world.a.store.find_message(world.ben.lid, MessageId{"A1"}).value();
    CHECK(message.ack == Ack::error);
    CHECK(message.failure == failures[0].failure);
    CHECK(world.a.sends.back().message.failure == failures[0].failure);
    CHECK(world.a.store.outbox().empty());
    world.a.crash();
    world.a.start(StatusReason::boot);
    world.advance(1min);
    CHECK(world.sent_bytes(world.a).size() == 1);
    CHECK(world.b.store.received_texts().empty());
}

TEST_CASE("a time lock is reported with its end, which the server is asked for once", "[scenario][sending]")
{
    World world;
    auto& cleo = world.server.add_account("4915100000003", "900000000000003", "Cleo");
    std::vector<Node> asked;
    auto const answers = GENERATE(true, false);
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.tag == "message") {
            world.server.send(device, Node{"ack"}
                                          .set("class", "message")
                                          .set("id", node.text("id"))
                                          .set("from", node.jid("to").value())
                                          .set("error", "463"));
            return true;
        }
        if (node.text("xmlns") != "w:mex") return false;
        asked.push_back(node);
        Node reply{"iq"};
        reply.set("from", Jid::server_jid()).set("type", "result").set("id", node.text("id"));
        reply.add(Node{"result"}.with_bytes(to_bytes(
            std::string_view{R"({"data":{"xwa2_fetch_account_reachout_timelock":{"is_active":true,)"
                             R"("time_enforcement_ends":"1790003600","enforcement_type":"DEFAULT"}}})"})));
        if (answers) world.server.send(device, reply);
        return true;
    };
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.a.send_text(cleo.lid, "hello", "A2");
    world.run();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].path({"query"})->text("query_id") == "23983697327930364");
    if (!answers) {
        CHECK(world.a.store.events_of<MessageFailed>().empty());
        world.advance(5s);
    }
    auto const failures = world.a.store.events_of<MessageFailed>();
    REQUIRE(failures.size() == 2);
    for (auto const& failed : failures) {
        CHECK(failed.failure.code == 463);
        CHECK(failed.failure.unlock ==
              (answers ? std::optional{wall_from_seconds(1'790'003'600)} : std::nullopt));
    }
    CHECK(world.a.sends.back().message.failure == failures[1].failure);
    CHECK(world.a.store.outbox().empty());
}

TEST_CASE("what the server does not answer is sent again every 75 seconds with the same bytes",
          "[scenario][sending]")
{
    World world;
    world.server.intercept = [](Jid const&, Node const& node) { return node.tag == "message"; };
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    world.advance(74s);
    CHECK(world.sent_bytes(world.a).size() == 1);
    world.advance(2s);
    CHECK(world.sent_bytes(world.a).size() == 2);
    world.advance(75s);
    CHECK(world.sent_bytes(world.a).size() == 3);
    world.server.intercept = {};
    world.advance(75s);
    world.advance(10min);
    auto const sent = world.sent_bytes(world.a);
    REQUIRE(sent.size() == 4);
    CHECK(std::all_of(sent.begin(), sent.end(), [&](Bytes const& bytes) { return bytes == sent[0]; }));
    CHECK(world.a.opened.size() == 2); // all on one connection
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
}

TEST_CASE("nothing overtakes a message of its chat that has to be tried again, and other chats go on",
          "[scenario][sending][order]")
{
    World world;
    auto& cleo = world.server.add_account("4915100000003", "900000000000003", "Cleo");
    auto const hold = GENERATE(as<std::string>{}, "refused", "devices", "keys", "look-up");
    INFO(hold);
    auto const target = hold == "look-up" ? world.ben.phone : world.ben.lid;
    if (hold == "refused")
        world.server.intercept = [&, left = 2](Jid const& device, Node const& node) mutable {
            if (node.tag != "message" || node.text("id") != "A1" || left-- <= 0) return false;
            world.server.send(device, Node{"ack"}
                                          .set("class", "message")
                                          .set("id", "A1")
                                          .set("from", node.jid("to").value())
                                          .set("error", "503"));
            return true;
        };
    else if (hold == "look-up")
        world.server.intercept = [&, done = false](Jid const&, Node const& node) mutable {
            if (done || node.path({"usync", "query", "contact"}) == nullptr) return false;
            done = true; // swallowed
            return true;
        };
    else
        world.refuse_requests(hold == "devices" ? "usync" : "encrypt", "429", 1);
    world.a.send_text(target, "one", "A1");
    world.a.send_text(target, "two", "A2");
    world.a.send_text(cleo.lid, "elsewhere", "C1");
    world.a.send_text(target, "three", "A3");
    world.run();
    CHECK(world.b.store.received_texts().empty());
    if (hold == "refused" || hold == "look-up") CHECK(cleo.texts() == std::vector<std::string>{"elsewhere"});
    world.advance(70s);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"one", "two", "three"});
    CHECK(cleo.texts() == std::vector<std::string>{"elsewhere"});
    CHECK(world.a.engine().unfinished_sends() == 0);
}

TEST_CASE("a chat whose requests hang does not hold up the others", "[scenario][sending][order]")
{
    World world;
    auto& cleo = world.server.add_account("4915100000003", "900000000000003", "Cleo");
    world.a.send_text(cleo.lid, "before", "C0"); // so that the own devices are known
    world.run();
    auto const by_phone = GENERATE(true, false);
    world.server.intercept = [&](Jid const&, Node const& node) {
        if (node.text("xmlns") != "usync") return false;
        for (auto const& user : node.path({"usync", "list"})->children()) {
            auto const* contact = user.child("contact");
            if (user.jid("jid") == world.ben.lid ||
                (contact != nullptr && text_view(contact->bytes()) == "+4915100000002"))
                return true;
        }
        return false;
    };
    world.a.send_text(by_phone ? world.ben.phone : world.ben.lid, "stuck", "A1");
    for (int i = 1; i <= 20; ++i)
        world.a.send_text(i % 2 == 0 ? cleo.lid : cleo.phone, std::to_string(i), "C" + std::to_string(i));
    world.run();
    CHECK(cleo.received.size() == 21);
    CHECK(std::is_sorted(cleo.received.begin() + 1, cleo.received.end(),
                         [](auto const& one, auto const& other) {
                             return std::stoi(one.content.text) < std::stoi(other.content.text);
                         }));
    CHECK(world.b.store.received_texts().empty());
    world.server.intercept = {};
    world.advance(70s);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"stuck"});
}

TEST_CASE("many chats are prepared at once without using a message key twice", "[scenario][sending][order]")
{
    World world;
    auto& second = world.paired(world.anna); // every message has a copy for this device: one ratchet for all
    std::vector<FakePhone*> people;
    for (int i = 0; i < 30; ++i)
        people.push_back(&world.server.add_account("49152000000" + std::to_string(10 + i),
                                                   "9100000000000" + std::to_string(10 + i), "P"));
    for (int round = 0; round < 3; ++round)
        for (std::size_t i = 0; i < people.size(); ++i)
            world.a.send_text(round == 0 ? people[i]->phone : people[i]->lid, std::to_string(round),
                              "R" + std::to_string(round) + "-" + std::to_string(i));
    world.run();
    for (auto const* person : people) {
        CHECK(person->failures.empty());
        CHECK(person->texts().size() == 3);
    }
    CHECK(second.store.events_of<MessageAppeared>().size() == 90);
    CHECK(world.anna.texts().size() == 90);
    CHECK(world.anna.failures.empty());
    auto const receipts = world.server.seen(second.lid(), "receipt");
    CHECK(std::none_of(receipts.begin(), receipts.end(),
                       [](Node const& receipt) { return receipt.text("type") == "retry"; }));
}

TEST_CASE("a temporary refusal is retried with the same bytes", "[scenario][sending]")
{
    World world;
    world.refuse("500", 2);
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.a.sends.size() == 1);
    world.advance(5s);
    world.advance(5s);
    auto const sent = world.sent_bytes(world.a);
    REQUIRE(sent.size() == 3);
    CHECK(sent[0] == sent[1]);
    CHECK(sent[0] == sent[2]);
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
}

TEST_CASE("a temporary refusal that does not pass becomes final", "[scenario][sending]")
{
    World world;
    world.refuse("503", 100);
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.advance(1min);
    CHECK(world.sent_bytes(world.a).size() == 4);
    CHECK(world.a.sends.back().stage == engine::SendStage::rejected);
    CHECK(world.a.sends.back().code == 503);
}

TEST_CASE("a refused look-up is repeated and does not lose the message", "[scenario][sending]")
{
    World world;
    auto const xmlns = GENERATE(as<std::string>{}, "usync", "encrypt");
    auto const target = GENERATE(true, false) ? world.ben.lid : world.ben.phone;
    world.refuse_requests(xmlns, "429", 2);
    world.a.send_text(target, "hello", "A1");
    world.run();
    CHECK(world.a.store.acks_of("A1").empty());
    world.advance(15s);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
}

TEST_CASE("a look-up that is always refused rejects the message and frees the next one",
          "[scenario][sending]")
{
    World world;
    world.a.send_text(world.ben.lid, "before", "A0");
    world.run();
    world.refuse_requests("usync", "400", 1'000);
    world.a.send_text(Jid::phone("4915100000009"), "stuck", "A1");
    world.a.send_text(world.ben.lid, "after", "A2");
    world.advance(1min);
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::error});
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"before", "after"});
}

TEST_CASE("an answer that comes after its deadline changes nothing", "[scenario][sending]")
{
    World world;
    std::optional<Node> late;
    world.server.intercept = [&](Jid const&, Node const& node) {
        if (node.text("xmlns") != "usync" || late) return false;
        late = Node{"iq"}.set("from", Jid::server_jid()).set("type", "result").set("id", node.text("id"));
        return true;
    };
    world.a.send_text(world.ben.phone, "hello", "A1");
    world.run();
    REQUIRE(late);
    world.advance(59s);
    CHECK(world.a.sends.empty());
    world.advance(2s); // the look-up is given up and repeated for the accepted message
    CHECK(world.sent_bytes(world.a).size() == 1);
    world.server.send(world.a.lid(), *late); // it would say: no such account
    world.advance(10s);
    CHECK(world.sent_bytes(world.a).size() == 1);
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
}

TEST_CASE("a receipt proves that the server has the message, whether its ack comes late or never",
          "[scenario][sending]")
{
    World world;
    world.server.intercept = [](Jid const&, Node const& node) { return node.tag == "message"; };
    world.a.send_text(world.ben.lid, "hello", "A1");
    world.run();
    CHECK(world.a.store.acks_of("A1").empty());
    world.server.deliver(world.a.lid(),
                         Node{"receipt"}.set("from", world.ben.lid).set("id", "A1").set("t", "1"));
    world.run();
    CHECK(world.a.store.acks_of("A1") == std::vector<Ack>{Ack::server, Ack::device});
    CHECK(world.a.sends.back().stage == engine::SendStage::sent);
    CHECK(world.a.store.outbox().empty());
    world.server.send(world.a.lid(),
                      Node{"ack"}.set("class", "message").set("id", "A1").set("from", world.ben.lid));
    world.run();
    CHECK(world.a.store.acks_of("A1").size() == 2);
    CHECK(world.a.store.events_of<MessageAppeared>().size() == 1);
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"A1"})->ack == Ack::device);
}

TEST_CASE("messages accepted before the session is linked are rejected", "[scenario][sending]")
{
    Scenario world;
    auto& host = world.add_host();
    host.start();
    world.run();
    host.send_text(Jid::phone("4915100000002"), "too early", "A1");
    world.run();
    REQUIRE(host.sends.size() == 2);
    CHECK(host.sends[1].stage == engine::SendStage::rejected);
    CHECK(host.sends[1].code == 401);
    CHECK(host.store.outbox().empty());
}

TEST_CASE("a long queue is worked off in order", "[scenario][sending]")
{
    World world;
    world.a.send_text(world.ben.lid, "before", "A");
    world.run();
    world.a.reachable = false;
    world.a.drop_link();
    world.run();
    std::vector<std::string> expected{"before"};
    for (int i = 0; i < 300; ++i) {
        expected.push_back("text " + std::to_string(i));
        world.a.send_text(world.ben.lid, expected.back(), "A" + std::to_string(i));
    }
    world.run();
    world.a.reachable = true;
    world.advance(5s);
    CHECK(world.b.store.received_texts() == expected);
    CHECK(world.a.engine().unfinished_sends() == 0);
}

TEST_CASE("a device list that the server calls stale is asked for again", "[scenario][sending]")
{
    World world;
    world.a.send_text(world.ben.lid, "before", "A0");
    world.run();
    auto& late = world.paired(world.ben); // Anna's companion does not know this device
    world.a.send_text(world.ben.lid, "one", "A1");
    world.run();
    CHECK(late.store.received_texts().empty());
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.tag != "message" || device != world.a.lid()) return false;
        Node ack{"ack"};
        ack.set("class", "message")
            .set("id", node.text("id"))
            .set("from", node.jid("to").value())
            .set("phash", "2:AAAAAAAA");
        world.server.send(device, ack);
        return true;
    };
    world.a.send_text(world.ben.lid, "two", "A2");
    world.run();
    world.server.intercept = {};
    world.a.send_text(world.ben.lid, "three", "A3");
    world.run();
    CHECK(late.store.received_texts() == std::vector<std::string>{"three"});
}

TEST_CASE("a device that has gone does not keep the message from the others", "[scenario][sending]")
{
    World world;
    auto& second = world.paired(world.ben);
    world.a.send_text(world.ben.lid, "before", "A0");
    world.run();
    world.server.remove_device(second.lid());
    world.run();
    RecordOverlay forget{world.a.store.records};
    signal::erase_session(forget, signal::Address::of(world.ben.lid.with_device(2)));
    world.a.store.records.apply(forget.changes());
    world.a.send_text(world.ben.lid, "after", "A1");
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"before", "after"});
}

TEST_CASE("the key of a send is durable together with its message, and nothing is kept of a refused one",
          "[scenario][sending][idempotency]")
{
    World world;
    auto const send = [&](Jid const& chat, IdempotencyKey const& key) {
        engine::Draft draft;
        draft.command = 1;
        draft.chat = chat;
        draft.compose = engine::compose_ready(message::TypedMessage{message::Text{"hello", {}, {}}, {}, {}});
        draft.key = key;
        world.a.use([&](engine::Engine& engine, Instant now) { engine.send(std::move(draft), now); });
    };
    IdempotencyKey const key{{1}, {2}};
    world.a.hold_commits = true;
    send(world.ben.lid, key);
    world.run();
    CHECK(world.a.store.messages.empty());
    CHECK_FALSE(world.a.store.find_idempotency(key.key_hash));
    world.a.take(EngineHost::Step::commit); // the only one that is waiting
    REQUIRE(world.a.store.messages.size() == 1);
    auto const& message = world.a.store.messages.begin()->second;
    CHECK(world.a.store.find_idempotency(key.key_hash) == IdempotencyEntry{key, message.chat, message.id});
    CHECK(world.a.store.outbox().size() == 1);
    world.a.hold_commits = false;
    world.run();
    CHECK(world.b.store.received_texts() == std::vector<std::string>{"hello"});

    send(Jid::phone("4915199999999"), {{3}, {4}});
    world.run();
    CHECK(world.a.sends.back().code == 404);
    CHECK_FALSE(world.a.store.find_idempotency({3}));
}
