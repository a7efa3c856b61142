// The phone's history: what is taken of it, how much, and what a crash or a bomb does to it.
#include "tests/support/history_samples.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

constexpr int initial = 0;
constexpr int full = 2;
constexpr int recent = 3;

struct World : Scenario {
    explicit World(engine::HistoryOptions history = {}) : a(start(history)) {}

    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    EngineHost& a;
    int peers = 0;

    void notify(Bytes const& notification)
    {
        server.send_peer(anna, a.lid(), notification, "PEER" + std::to_string(++peers));
    }
    std::vector<HistoryProgressed> progress() const { return a.store.events_of<HistoryProgressed>(); }

private:
    EngineHost& start(engine::HistoryOptions history)
    {
        auto with = options();
        with.history = history;
        auto& host = add_host(with);
        host.start();
        run();
        server.scan(host.engine().qr().value().text, anna);
        run();
        return host;
    }
};

std::int64_t const now_seconds = 1'700'000'000;

HistorySample sample(int chats, int messages)
{
    HistorySample sample;
    for (int chat = 0; chat < chats; ++chat) {
        std::vector<HistorySample::Said> said;
        for (int i = 0; i < messages; ++i)
            said.push_back({"M" + std::to_string(chat) + '-' + std::to_string(i), "text " + std::to_string(i),
                            now_seconds + i, i % 2 == 1, 3});
        proto::HistoryConversation about;
        about.set_unread_count(static_cast<unsigned>(chat));
        about.set_conversation_timestamp(static_cast<std::uint64_t>(now_seconds + messages));
        sample.chat(std::to_string(1'000 + chat) + "@s.whatsapp.net", said, about);
    }
    return sample;
}

} // namespace

TEST_CASE("history fills chats, messages, names and addresses, and tells of no message",
          "[scenario][history]")
{
    World world;
    auto history = sample(3, 4);
    history.pair("1001@s.whatsapp.net", "77@lid")
        .name("1001@s.whatsapp.net", "Ben")
        .name(world.anna.phone.to_string(), "Anna B.");
    world.notify(history.notification(initial, 1, 40));
    world.run();

    auto const& store = world.a.store;
    CHECK(store.chats().size() == 3);
    CHECK(store.messages.size() == 12);
    CHECK(store.events_of<MessageAppeared>().empty());
    auto const chat = store.find_chat(Jid::phone("1001")).value();
    CHECK(chat.jid == Jid::hidden("77"));
    CHECK(chat.unread == 1);
    CHECK(chat.last_activity == wall_from_seconds(now_seconds + 4));
    CHECK(store.find_contact(Jid::hidden("77"))->push_name == "Ben");
    CHECK(world.a.engine().me()->push_name == "Anna B.");
    auto const message = store.find_message(Jid::hidden("77"), MessageId{"M1-1"}).value();
    CHECK(message.chat_phone == Jid::phone("1001"));
    CHECK(message.body == "text 1");
    CHECK(message.kind == MessageKind::text);
    CHECK(message.from_me);
    CHECK(message.sender == world.anna.lid);
    CHECK(message.ack == Ack::device);
    CHECK(message.timestamp == wall_from_seconds(now_seconds + 1));
    CHECK_FALSE(store.find_message(Jid::hidden("77"), MessageId{"M1-0"})->from_me);

    CHECK(world.progress() == std::vector<HistoryProgressed>{{initial, 40, 1, 3, 12}});
    CHECK(world.a.engine().history_sync().waiting() == 0);
    CHECK(store.records.count(RecordKind::history_chunk) == 0);
    auto const receipts = world.server.seen(world.a.lid(), "receipt");
    REQUIRE(receipts.size() == 2);
    CHECK(receipts[0].text("type") == "hist_sync");
    CHECK(receipts[1].text("type") == "peer_msg");
}

TEST_CASE("history is taken in units of bounded size", "[scenario][history]")
{
    World world;
    auto const before = world.a.commits;
    world.notify(sample(10, 100).notification(recent));
    world.run();
    CHECK(world.a.store.messages.size() == 1'000);
    CHECK(world.a.commits - before >= 1'000 / 200);
}

TEST_CASE("an account that wants no history takes names and addresses only", "[scenario][history]")
{
    World world{{engine::HistoryPolicy::none, 0}};
    auto history = sample(2, 2);
    history.name("1001@s.whatsapp.net", "Ben");
    world.notify(history.notification(initial));
    world.run();
    CHECK(world.a.store.chats().empty());
    CHECK(world.a.store.messages.empty());
    CHECK(world.a.store.find_contact(Jid::phone("1001"))->push_name == "Ben");
    CHECK(world.progress().size() == 1);
}

TEST_CASE("all of the history is taken by an account that wants it", "[scenario][history]")
{
    auto const policy = GENERATE(engine::HistoryPolicy::recent, engine::HistoryPolicy::full);
    World world{{policy, 0}};
    world.notify(sample(1, 1).notification(full));
    world.run();
    CHECK(world.a.store.messages.size() == (policy == engine::HistoryPolicy::full ? 1 : 0));
}

TEST_CASE("messages older than the wished days are left out", "[scenario][history]")
{
    World world{{engine::HistoryPolicy::recent, 10}};
    auto const today = unix_seconds(world.clock.now.wall);
    HistorySample history;
    history.chat("1000@s.whatsapp.net",
                 {{"OLD", "old", today - 11 * 86'400}, {"NEW", "new", today - 9 * 86'400}});
    world.notify(history.notification(recent));
    world.run();
    REQUIRE(world.a.store.messages.size() == 1);
    CHECK(world.a.store.messages.begin()->second.id == MessageId{"NEW"});
    CHECK(world.a.store.chats().size() == 1);
}

TEST_CASE("what is there already stays as it is", "[scenario][history]")
{
    World world;
    world.notify(sample(1, 1).notification(initial));
    world.run();
    UnitOfWork read;
    read.chats.push_back({});
    read.chats[0].jid = Jid::phone("1000");
    read.chats[0].archived = true;
    world.a.store.apply(read);
    HistorySample later;
    proto::HistoryConversation about;
    about.set_unread_count(9);
    later.chat("1000@s.whatsapp.net", {{"M0-0", "another text"}, {"OLDER", "older"}}, about);
    world.notify(later.notification(recent));
    world.run();
    CHECK(world.a.store.find_message(Jid::phone("1000"), MessageId{"M0-0"})->body == "text 0");
    CHECK(world.a.store.find_message(Jid::phone("1000"), MessageId{"OLDER"}));
    CHECK(world.a.store.find_chat(Jid::phone("1000"))->unread == 0);
    CHECK(world.a.store.find_chat(Jid::phone("1000"))->archived);
}

TEST_CASE("a crash at any moment loses nothing of the history", "[scenario][history]")
{
    auto const steps = GENERATE(range(1, 40));
    World world;
    world.notify(sample(5, 100).notification(initial, 1, 50));
    world.notify(sample(7, 100).notification(recent, 2, 100));
    for (int i = 0; i < steps; ++i) {
        auto const possible = world.a.possible();
        if (possible.empty()) break;
        world.a.take(possible.front());
    }
    world.a.crash();
    world.a.start();
    world.run();
    CHECK(world.a.store.messages.size() == 700);
    CHECK(world.a.store.chats().size() == 7);
    CHECK(world.progress().size() == 2);
    CHECK(world.a.engine().history_sync().waiting() == 0);
}

TEST_CASE("damaged history is given up, and what follows is taken", "[scenario][history]")
{
    World world;
    proto::Message damaged;
    damaged.mutable_protocol_message()->set_type(5);
    auto& notice = *damaged.mutable_protocol_message()->mutable_history_sync_notification();
    SECTION("no zlib data")
    {
        notice.set_initial_hist_bootstrap_inline_payload("nothing");
    }
    SECTION("nothing at all")
    {}
    SECTION("a bomb")
    {
        HistorySample bomb;
        std::string zeros;
        HistorySample::field(zeros, 100, std::string(32u << 20, '\0'));
        bomb.raw(zeros);
        notice.set_initial_hist_bootstrap_inline_payload(to_text(bomb.packed()));
    }
    world.notify(to_bytes(damaged.SerializeAsString()));
    world.notify(sample(1, 1).notification(recent));
    world.run();
    CHECK(world.a.store.messages.size() == 1);
    CHECK(world.progress().size() == 1);
    CHECK(world.a.store.records.count(RecordKind::history_chunk) == 0);
}
