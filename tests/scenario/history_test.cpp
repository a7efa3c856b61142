// The phone's history: what is taken of it, how much, and what a crash or a bomb does to it.
#include "protocol/engine/draft.hpp"
#include "protocol/message/compose.hpp"
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
    REQUIRE(world.progress().size() == 2);
    CHECK_FALSE(world.progress()[0].error.empty());
    CHECK(world.progress()[1].error.empty());
    CHECK(world.a.store.records.count(RecordKind::history_chunk) == 0);
}

// ------------------------------------------------------------------------------ files

namespace {

/// A world in which files lie on media servers.
struct FileWorld : World {
    explicit FileWorld(engine::HistoryOptions history = {}) : World(history) { bind(); }

    using Source = std::shared_ptr<history::PackedSource>;
    std::map<std::string, Bytes> files; ///< by path
    std::map<std::string, history::HistoryErrc> failures;
    std::vector<std::string> fetched;
    std::vector<std::string> dropped;
    std::vector<std::string> wanted; ///< ids of messages with files

    void bind()
    {
        auto& sync = a.engine().history_sync();
        sync.fetch_file = [this](message::HistoryFile const& file, engine::HistorySync::FileDone done) {
            fetched.push_back(file.direct_path);
            auto const failure = failures.find(file.direct_path);
            if (failure != failures.end()) return done(make_error_code(failure->second));
            auto const found = files.find(file.direct_path);
            if (found == files.end()) return done(make_error_code(history::HistoryErrc::gone));
            done(Source{std::make_shared<history::PackedBytes>(found->second)});
        };
        sync.drop_file = [this](message::HistoryFile const& file) { dropped.push_back(file.direct_path); };
        sync.files_seen = [this](std::vector<MessageName> const& messages) {
            for (auto const& message : messages)
                wanted.push_back(message.id.value);
        };
    }
    std::vector<Node> asked_uploads() const
    {
        std::vector<Node> asked;
        for (auto const& receipt : server.seen(a.lid(), "receipt"))
            if (receipt.text("type") == "server-error") asked.push_back(receipt);
        return asked;
    }
    void answer(Node notification)
    {
        notification.set("from", anna.phone).set("t", unix_seconds(clock.now.wall));
        server.deliver(a.lid(), std::move(notification));
        run();
    }
    media::RetrySubject subject(std::string const& id) const
    {
        media::RetrySubject subject;
        subject.id = MessageId{id};
        subject.is_history = true;
        return subject;
    }
    Bytes const media_key = Bytes(32, 'k');
};

} // namespace

TEST_CASE("history in a file is fetched, taken, and deleted on the servers", "[scenario][history]")
{
    FileWorld world;
    auto history = sample(3, 100);
    history.pair("1001@s.whatsapp.net", "77@lid").name("1001@s.whatsapp.net", "Ben");
    world.files["/a"] = history.packed();
    world.notify(HistorySample::file_notification(recent, "/a"));
    world.run();
    CHECK(world.a.store.messages.size() == 300);
    CHECK(world.a.store.find_chat(Jid::phone("1001"))->jid == Jid::hidden("77"));
    CHECK(world.a.store.find_contact(Jid::hidden("77"))->push_name == "Ben");
    CHECK(world.progress() == std::vector<HistoryProgressed>{{recent, 100, 1, 3, 300}});
    CHECK(world.dropped == std::vector<std::string>{"/a"});
    CHECK(world.a.store.records.count(RecordKind::history_chunk) == 0);
}

TEST_CASE("a crash at any moment loses nothing of a history in files", "[scenario][history]")
{
    auto const steps = GENERATE(range(1, 30));
    FileWorld world;
    world.files["/a"] = sample(4, 100).packed();
    world.files["/b"] = sample(6, 100).packed();
    world.notify(HistorySample::file_notification(initial, "/a"));
    world.notify(HistorySample::file_notification(recent, "/b"));
    for (int i = 0; i < steps; ++i) {
        auto const possible = world.a.possible();
        if (possible.empty()) break;
        world.a.take(possible.front());
    }
    world.a.crash();
    world.bind();
    world.a.start();
    world.run();
    CHECK(world.a.store.messages.size() == 600);
    CHECK(world.progress().size() == 2);
    CHECK(world.a.engine().history_sync().waiting() == 0);
}

TEST_CASE("a file that cannot be had now is tried again, and others do not wait for it",
          "[scenario][history]")
{
    FileWorld world;
    world.files["/a"] = sample(1, 1).packed();
    world.files["/b"] = sample(2, 1).packed();
    world.failures["/a"] = history::HistoryErrc::unreachable;
    world.notify(HistorySample::file_notification(recent, "/a"));
    world.notify(HistorySample::file_notification(recent, "/b"));
    world.run();
    CHECK(world.progress().size() == 1);
    CHECK(world.asked_uploads().empty());
    world.failures.clear();
    world.advance(11s);
    CHECK(world.progress().size() == 2);
    CHECK(world.fetched == std::vector<std::string>{"/a", "/b", "/a"});
}

TEST_CASE("a file that is gone or damaged is asked from the phone", "[scenario][history]")
{
    FileWorld world;
    world.files["/again"] = sample(2, 10).packed();
    enum class Trouble { gone, damaged, no_history };
    auto const trouble = GENERATE(Trouble::gone, Trouble::damaged, Trouble::no_history);
    if (trouble == Trouble::damaged) world.failures["/lost"] = history::HistoryErrc::damaged;
    if (trouble == Trouble::no_history) world.files["/lost"] = Bytes(100, 3);
    world.notify(HistorySample::file_notification(recent, "/lost"));
    world.run();
    auto const asked = world.asked_uploads();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].text("category") == "peer");
    CHECK(media::open_media_retry_receipt(asked[0], world.media_key).value() == world.subject("PEER1"));
    CHECK(world.progress().empty());
    CHECK(world.a.engine().history_sync().waiting() == 1);

    SECTION("it names the new place")
    {
        media::RetryAnswer const given{media::RetryOutcome::success, "/again", {}};
        world.answer(
            media::media_retry_notification(world.subject("PEER1"), given, world.media_key, world.random)
                .value());
    }
    SECTION("it tells of a new piece in place of the old one")
    {
        world.notify(HistorySample::file_notification(recent, "/again", "PEER1"));
        world.run();
    }
    CHECK(world.fetched == std::vector<std::string>{"/lost", "/again"});
    CHECK(world.a.store.messages.size() == 20);
    CHECK(world.progress().size() == 1);
    CHECK(world.a.engine().history_sync().waiting() == 0);
    CHECK(world.a.store.records.count(RecordKind::history_chunk) == 0);
}

TEST_CASE("a piece that nobody has any more is given up and told", "[scenario][history]")
{
    FileWorld world;
    world.notify(HistorySample::file_notification(recent, "/lost"));
    world.run();
    SECTION("the phone says so")
    {
        world.answer(media::media_retry_refusal(world.subject("PEER1"), 2));
    }
    SECTION("the phone never answers")
    {
        world.advance(10min);
        CHECK(world.asked_uploads().size() == 3);
    }
    REQUIRE(world.progress().size() == 1);
    CHECK(world.progress()[0].error == "the media servers no longer have the history");
    CHECK(world.dropped.empty());
    CHECK(world.a.store.records.count(RecordKind::history_chunk) == 0);
}

TEST_CASE("files of messages of the history are named for prefetching when that is wanted",
          "[scenario][history]")
{
    auto const wanted = GENERATE(true, false);
    FileWorld world{{engine::HistoryPolicy::recent, 0, wanted}};
    message::Media image;
    image.kind = message::MediaKind::image;
    image.file.mimetype = "image/jpeg";
    image.file.direct_path = "/picture";
    HistorySample history;
    history.chat("1000@s.whatsapp.net", {{"TEXT", "words"}});
    history.chat_of("1000@s.whatsapp.net", "PICTURE", message::build_message(message::new_media(image)));
    world.files["/a"] = history.packed();
    world.notify(HistorySample::file_notification(recent, "/a"));
    world.run();
    CHECK(world.a.store.messages.size() == 2);
    CHECK(world.wanted == (wanted ? std::vector<std::string>{"PICTURE"} : std::vector<std::string>{}));
}

// ------------------------------------------------------------------------------ on demand, and what comes
// along

TEST_CASE("the phone is asked for older messages, and what it sends names the request", "[scenario][history]")
{
    World world{{engine::HistoryPolicy::none, 1}};
    world.anna.helps = false; // with what phones are asked for otherwise
    UnitOfWork known;
    known.messages.push_back({});
    known.messages[0].chat = Jid::phone("1000");
    known.messages[0].sender = Jid::phone("1000");
    known.messages[0].id = MessageId{"OLDEST"};
    known.messages[0].timestamp = wall_from_seconds(now_seconds + 100);
    world.a.store.apply(known);
    std::vector<Result<MessageId>> asked;
    auto const ask = [&](std::string const& id) {
        world.a.use([&](engine::Engine& engine, Instant now) {
            engine.use(now, [&] {
                engine.history_sync().ask_older(Jid::phone("1000"), MessageId{id}, 70,
                                                [&](Result<MessageId> result) { asked.push_back(result); });
            });
        });
        world.run();
    };
    ask("UNKNOWN");
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].error() == engine::DraftErrc::message_not_found);
    ask("OLDEST");
    REQUIRE(asked.size() == 2);
    REQUIRE(asked[1].has_value());
    REQUIRE(world.anna.requests.size() == 1);
    CHECK(world.anna.requests[0].id == *asked[1]);
    proto::Message request;
    REQUIRE(request.ParseFromString(to_text(world.anna.requests[0].content)));
    auto const& wanted = request.protocol_message().peer_data_operation_request_message();
    CHECK(wanted.peer_data_operation_request_type() == 3);
    auto const& older = wanted.history_sync_on_demand_request();
    CHECK(older.chat_jid() == "1000@s.whatsapp.net");
    CHECK(older.oldest_msg_id() == "OLDEST");
    CHECK(older.oldest_msg_timestamp_ms() == now_seconds + 100);
    CHECK(older.on_demand_msg_count() == 50);

    proto::HistoryConversation about;
    about.set_end_of_history_transfer_type(2);
    HistorySample answer;
    answer.chat("1000@s.whatsapp.net", {{"OLDER", "older", 1'000'000}}, about);
    world.notify(answer.notification(6, 1, 100, asked[1]->value));
    world.run();
    CHECK(world.a.store.find_message(Jid::phone("1000"), MessageId{"OLDER"})->body == "older");
    REQUIRE(world.progress().size() == 1);
    CHECK(world.progress()[0].request == asked[1]->value);
    CHECK(world.progress()[0].has_more == true);
    CHECK(world.progress()[0].messages == 1);
}

TEST_CASE("the salt for strangers' tokens and tokens of people come with the history", "[scenario][history]")
{
    World world;
    proto::HistoryConversation about;
    about.set_tc_token("TRUST");
    about.set_tc_token_timestamp(static_cast<std::uint64_t>(unix_seconds(world.clock.now.wall)));
    about.set_lid_jid("77@lid");
    HistorySample history;
    history.chat("1000@s.whatsapp.net", {{"M", "text"}}, about);
    std::string salt;
    HistorySample::field(salt, 19, "SALT");
    history.raw(salt);
    world.notify(history.notification(initial));
    world.run();
    auto& tokens = world.a.engine().privacy_tokens();
    auto const stranger = tokens.token_for(Jid::hidden("88"));
    REQUIRE(stranger);
    CHECK(stranger->tag == "cstoken");
    auto const friendly = tokens.token_for(Jid::hidden("77"));
    REQUIRE(friendly);
    CHECK(friendly->tag == "tctoken");
    CHECK(to_text(friendly->bytes()) == "TRUST");
}

TEST_CASE("stars and pins come with the history", "[scenario][history]")
{
    World world;
    HistorySample history;
    history.chat("1000@s.whatsapp.net", {{"PLAIN", "text"}});
    history.marked("1000@s.whatsapp.net", "MARKED", unix_seconds(world.clock.now.wall));
    world.notify(history.notification(initial));
    world.run();
    auto const plain = world.a.store.find_message(Jid::phone("1000"), MessageId{"PLAIN"}).value();
    CHECK_FALSE(plain.starred);
    CHECK_FALSE(plain.pinned_until);
    auto const marked = world.a.store.find_message(Jid::phone("1000"), MessageId{"MARKED"}).value();
    CHECK(marked.starred);
    CHECK(marked.pinned_until == wall_from_seconds(unix_seconds(world.clock.now.wall) + 86'400));
}
