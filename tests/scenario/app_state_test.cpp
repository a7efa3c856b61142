#include "protocol/engine/server_error.hpp"
#include "tests/support/fake_app_state.hpp"
#include "tests/support/history_samples.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using appstate::ArchiveChat;
using appstate::Collection;
using engine::AppStateSync;

namespace {

Jid const ben = Jid::phone("4915100000002");
Jid const carl = Jid::phone("4915100000003");

ArchiveChat archive(Jid const& chat, bool archived = true)
{
    return {chat, archived, std::nullopt};
}

struct AppStateWorld : OneAccount {
    explicit AppStateWorld(std::uint64_t seed = 1) : OneAccount(seed)
    {
        a.engine().app_state_sync().fetch_blob = fetcher();
    }

    FakeAppState state{*this, anna};
    std::vector<ErrorCode> results;

    std::function<void(appstate::BlobReference const&, AppStateSync::BlobDone)> fetcher()
    {
        return [this](appstate::BlobReference const& reference, AppStateSync::BlobDone done) {
            done(state.blobs.at(reference.direct_path));
        };
    }
    AppStateSync::Done record()
    {
        return [this](Result<void> result) { results.push_back(result ? ErrorCode{} : result.error()); };
    }
    template <class Call>
    void ask(Call&& call)
    {
        a.use([&](engine::Engine& engine, Instant now) {
            engine.use(now, [&] { call(engine.app_state_sync()); });
        });
        run();
    }
    /// "+4915100000002": archived; "-…": brought back.
    std::vector<std::string> archived() const
    {
        std::vector<std::string> found;
        for (auto const& event : a.store.events_of<ChatArchived>())
            found.push_back((event.archived ? "+" : "-") + event.chat.user);
        return found;
    }
    bool is_acknowledged(std::string const& id)
    {
        for (auto const& ack : server.seen(a.lid(), "ack"))
            if (ack.text("id") == id) return true;
        return false;
    }
};

std::vector<std::string> const of_ben{"+4915100000002"};

} // namespace

TEST_CASE("what was so before the session was brings no events, what changes then does", "[app_state]")
{
    AppStateWorld world;
    world.state.write({archive(ben)});
    CHECK(world.state.fetches == 0); // without keys there is nothing to read
    world.state.share_keys(world.a.lid());
    CHECK(world.state.fetches == 5);
    CHECK(world.archived().empty());
    world.state.change({archive(carl)}, {world.a.lid()});
    CHECK(world.archived() == std::vector<std::string>{"+4915100000003"});
    world.state.change({archive(carl, false)}, {world.a.lid()});
    CHECK(world.archived() == std::vector<std::string>{"+4915100000003", "-4915100000003"});
    CHECK(world.state.fetches == 7); // only what the server has told of
}

TEST_CASE("a change is fetched page by page", "[app_state]")
{
    AppStateWorld world;
    world.state.page = 2;
    world.state.share_keys(world.a.lid());
    for (int i = 0; i < 7; ++i)
        world.state.write({archive(Jid::phone("49151000001" + std::to_string(i)))});
    world.state.change({archive(ben)}, {world.a.lid()});
    CHECK(world.archived().size() == 8);
}

TEST_CASE("a notice is acknowledged once it is durable, and a crash before the fetch loses nothing",
          "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.a.hold_commits = true;
    world.state.change({archive(ben)}, {world.a.lid()});
    CHECK_FALSE(world.is_acknowledged("SYNC1"));
    world.a.crash();
    world.a.hold_commits = false;
    world.a.start();
    world.run();
    CHECK(world.archived() == of_ben);
    CHECK(world.is_acknowledged("SYNC1"));
}

TEST_CASE("a missing key is asked for, and what it seals is read once it is here", "[app_state]")
{
    AppStateWorld world;
    world.anna.helps = false;
    world.state.share_keys(world.a.lid());
    world.state.rotate_key();
    world.state.change({archive(ben)}, {world.a.lid()});
    CHECK(world.archived().empty());
    REQUIRE(world.anna.requests.size() == 1);
    CHECK(appstate::parse_key_request(world.anna.requests.front().content).value() ==
          std::vector<Bytes>{world.state.keys.back().id});
    world.state.change({archive(carl)}, {world.a.lid()});
    CHECK(world.anna.requests.size() == 1); // asked once

    world.state.share_keys(world.a.lid());
    CHECK(world.archived() == std::vector<std::string>{"+4915100000002", "+4915100000003"});
    // New patches are written with the new key.
    world.ask([&](AppStateSync& sync) { sync.archive(ben, false, world.record()); });
    CHECK(world.results == std::vector<ErrorCode>{{}});
}

TEST_CASE("a snapshot comes first and patches go on from it", "[app_state]")
{
    AppStateWorld world;
    world.state.gives_snapshots = true;
    for (int i = 0; i < 1'200; ++i)
        world.state.write({appstate::PinChat{Jid::phone("4915100" + std::to_string(10'000 + i)), true}});
    world.state.write({archive(ben)});
    world.state.share_keys(world.a.lid());
    CHECK(world.state.snapshots == 1);
    CHECK(world.archived().empty());
    world.state.change({archive(ben, false)}, {world.a.lid()}); // an entry of the snapshot is replaced
    world.state.change({archive(carl)}, {world.a.lid()});
    CHECK(world.archived() == std::vector<std::string>{"-4915100000002", "+4915100000003"});
    CHECK(world.state.snapshots == 1);
}

TEST_CASE("a patch whose MAC is wrong is not applied; the snapshot repairs the collection", "[app_state]")
{
    AppStateWorld world;
    world.state.gives_snapshots = true;
    world.state.share_keys(world.a.lid());
    world.state.change({archive(carl)}, {world.a.lid()});
    world.state.tamper = [](appstate::Patch& patch) { patch.patch_mac[0] ^= 1; };
    world.state.change({archive(ben)}, {world.a.lid()});
    CHECK(world.state.snapshots == 1);
    auto const told = world.archived();
    CHECK(std::find(told.begin(), told.end(), "+4915100000002") != told.end());
    world.state.tamper = {};
    world.state.change({archive(ben, false)}, {world.a.lid()});
    CHECK(world.archived().back() == "-4915100000002");
}

TEST_CASE("a collection that stays broken is given up until the next login", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.state.tamper = [](appstate::Patch& patch) { patch.snapshot_mac[0] ^= 1; };
    world.state.change({archive(ben)}, {world.a.lid()});
    auto const asked = world.state.fetches;
    CHECK(asked <= 5 + 2);
    world.advance(std::chrono::minutes{30});
    CHECK(world.state.fetches == asked);
    CHECK(world.archived().empty());
    CHECK(world.status() == SessionStatus::working);
    world.state.tamper = {};
    world.a.drop_link();
    world.advance(std::chrono::minutes{1});
    CHECK(world.archived() == of_ben);
}

TEST_CASE("an own change reaches the phone, and is told here once it is durable", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });
    CHECK(world.results == std::vector<ErrorCode>{{}});
    auto const actions = world.state.actions(Collection::regular_low);
    REQUIRE(actions.size() == 2);
    CHECK(std::get<ArchiveChat>(actions[0]).archived);
    CHECK_FALSE(std::get<appstate::PinChat>(actions[1]).pinned);
    CHECK(world.archived() == of_ben);
}

TEST_CASE("when others were faster their changes are applied and the own one is made anew", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    auto others = 3;
    world.state.before_push = [&] {
        if (others-- > 0) world.state.write({archive(carl, others % 2 == 0)});
    };
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });
    CHECK(world.results == std::vector<ErrorCode>{{}});
    CHECK(world.state.conflicts == 3);
    CHECK(world.archived() ==
          std::vector<std::string>{"+4915100000003", "-4915100000003", "+4915100000003", "+4915100000002"});
    // Both are at the same place: the next change needs no second try.
    world.state.change({archive(ben, false)}, {world.a.lid()});
    CHECK(world.archived().back() == "-4915100000002");
}

TEST_CASE("a change that never gets through is refused and leaves nothing behind", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.state.before_push = [&] { world.state.write({archive(carl)}); };
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });
    REQUIRE(world.results.size() == 1);
    CHECK(engine::server_code(world.results.front()) == 409);
    CHECK(world.state.pushes == 5);
    for (auto const& event : world.archived())
        CHECK(event != "+4915100000002");
}

TEST_CASE("a change whose answer is lost in a crash is found at the next login", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.state.before_push = [&] { world.a.hold_commits = true; };
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });
    CHECK(world.state.pushes == 1);
    CHECK(world.results.empty());
    CHECK(world.archived().empty());
    world.a.crash();
    world.a.hold_commits = false;
    world.state.before_push = {};
    world.a.start();
    world.run();
    CHECK(world.archived() == of_ben);
}

TEST_CASE("without a key, or without a connection, a change fails at once", "[app_state]")
{
    AppStateWorld world;
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });
    world.a.stop();
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });
    CHECK(world.results == std::vector<ErrorCode>{make_error_code(appstate::AppStateErrc::missing_key),
                                                  make_error_code(engine::EngineErrc::link_lost)});
}

TEST_CASE("labels come from the phone, are made here, and are put on chats", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    appstate::LabelEdit paid;
    paid.label = "1";
    paid.name = "Paid";
    paid.color = 4;
    world.state.change({paid}, {world.a.lid()});
    world.state.change({appstate::LabelChat{"1", ben, true}}, {world.a.lid()});
    auto& sync = world.a.engine().app_state_sync();
    CHECK(sync.labels() == std::vector{Label{"1", "Paid", 4}});
    CHECK(sync.labels_of(ben) == std::vector{Label{"1", "Paid", 4}});
    CHECK(sync.chats_of("1") == std::vector{ben});

    std::optional<Label> made;
    world.ask([&](AppStateSync& asked) {
        asked.create_label("New", 7, [&](Result<Label> label) { made = label.value(); });
    });
    REQUIRE(made);
    CHECK(*made == Label{"2", "New", 7});
    world.ask([&](AppStateSync& asked) { asked.set_labels_of(ben, {"2"}, world.record()); });
    CHECK(sync.labels_of(ben) == std::vector{*made});
    world.ask([&](AppStateSync& asked) { asked.set_labels_of(ben, {"9"}, world.record()); });
    world.ask([&](AppStateSync& asked) { asked.delete_label("2", world.record()); });
    CHECK(sync.labels_of(ben).empty());
    REQUIRE(world.results.size() == 3);
    CHECK(engine::server_code(world.results[1]) == 404);

    std::vector<std::string> told;
    for (auto const& event : world.a.store.events_of<LabelChanged>())
        told.push_back((event.deleted ? "-" : "+") + event.label.name);
    CHECK(told == std::vector<std::string>{"+Paid", "+New", "-New"});
    told.clear();
    for (auto const& event : world.a.store.events_of<LabelAssigned>())
        told.push_back((event.assigned ? "+" : "-") + event.label_id + event.label.value().name);
    CHECK(told == std::vector<std::string>{"+1Paid", "+2New", "-1Paid"});
}

TEST_CASE("the own name follows the phone's and goes there", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.state.change({appstate::PushNameSetting{"Anna B."}}, {world.a.lid()});
    CHECK(world.a.engine().me().value().push_name == "Anna B.");
    world.ask([&](AppStateSync& sync) { sync.set_push_name("Anna C.", world.record()); });
    CHECK(world.a.engine().me().value().push_name == "Anna C.");
    CHECK(std::get<appstate::PushNameSetting>(world.state.actions(Collection::critical_block).back()).name ==
          "Anna C.");
    world.a.crash();
    world.a.start();
    world.run();
    CHECK(world.a.engine().me().value().push_name == "Anna C.");
}

TEST_CASE("a star stands with its message, whichever of the two comes first", "[app_state]")
{
    AppStateWorld world;
    auto const star = [&](std::string const& id, bool starred) {
        appstate::StarMessage action;
        action.message = appstate::MessageRef{ben, MessageId{id}, false, std::nullopt};
        action.starred = starred;
        world.state.change({action}, {world.a.lid()});
        world.run();
    };
    auto const is_starred = [&](std::string const& id) {
        return world.a.store.find_message(ben, MessageId{id}).value().starred;
    };
    world.state.share_keys(world.a.lid());
    UnitOfWork known;
    known.messages.push_back({});
    known.messages[0].chat = ben;
    known.messages[0].sender = ben;
    known.messages[0].id = MessageId{"HERE"};
    world.a.store.apply(known);
    star("HERE", true);
    CHECK(is_starred("HERE"));
    star("HERE", false);
    CHECK_FALSE(is_starred("HERE"));

    star("LATER", true);
    star("NEVER", true);
    star("NEVER", false);
    HistorySample history;
    history.chat(ben.to_string(), {{"LATER", "text"}, {"NEVER", "text"}});
    world.server.send_peer(world.anna, world.a.lid(), history.notification(3), "PIECE");
    world.run();
    CHECK(is_starred("LATER"));
    CHECK_FALSE(is_starred("NEVER"));
    CHECK(world.a.store.records.count(RecordKind::early_changes) == 0);

    world.ask([&](AppStateSync& sync) { sync.star(ben, MessageId{"NEVER"}, true, world.record()); });
    CHECK(is_starred("NEVER"));
}

TEST_CASE("what a device of the account does to chats and messages is told under both addresses",
          "[app_state]")
{
    AppStateWorld world;
    Jid const lid = Jid::hidden("900000000000002");
    world.state.share_keys(world.a.lid());
    UnitOfWork known;
    for (auto const* id : {"M1", "M2"}) {
        auto& message = known.messages.emplace_back();
        message.chat = ben;
        message.sender = ben;
        message.id = MessageId{id};
    }
    world.a.store.apply(known);
    auto const does = [&](appstate::Action action) {
        world.state.change({std::move(action)}, {world.a.lid()});
        world.run();
    };
    auto const end = wall_from_seconds(1'900'000'000);
    does(appstate::PinChat{ben, true});
    does(appstate::PinChat{ben, true}); // nothing new
    does(appstate::MuteChat{ben, true, end});
    does(appstate::MuteChat{ben, true, std::nullopt});
    does(appstate::MuteChat{ben, false, std::nullopt});
    does(appstate::MarkChatAsRead{ben, false, std::nullopt});
    does(appstate::MarkChatAsRead{ben, true, std::nullopt});
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); }); // unpins
    world.ask([&](AppStateSync& sync) { sync.archive(ben, true, world.record()); });

    appstate::MessageRef const first{ben, MessageId{"M1"}, false, std::nullopt};
    does(appstate::StarMessage{first, true});
    does(appstate::StarMessage{first, true});
    does(appstate::StarMessage{first, false});
    does(appstate::DeleteMessageForMe{first, true, std::nullopt});
    CHECK_FALSE(world.a.store.find_message(ben, MessageId{"M1"}));
    does(appstate::ClearChat{ben, true, false, std::nullopt});
    CHECK_FALSE(world.a.store.find_message(ben, MessageId{"M2"}));
    does(appstate::DeleteChat{ben, true, std::nullopt});

    std::vector<std::string> told;
    std::vector<std::optional<WallTime>> ends;
    for (auto const& event : world.a.store.events_of<ChatUpdated>()) {
        CHECK(event.chat == ben);
        told.emplace_back(chat_update_name(event.change));
        if (event.change == ChatUpdate::muted) ends.push_back(event.until);
    }
    CHECK(told == std::vector<std::string>{"pinned", "muted", "muted", "unmuted", "unread", "read",
                                           "unpinned", "cleared", "deleted"});
    CHECK(ends == std::vector<std::optional<WallTime>>{end, std::nullopt});
    told.clear();
    for (auto const& event : world.a.store.events_of<MessageUpdated>()) {
        CHECK(event.target == MessageTarget{MessageId{"M1"}, false, {}, {}});
        told.emplace_back(message_update_name(event.change));
    }
    CHECK(told == std::vector<std::string>{"starred", "unstarred", "deletedForMe"});

    appstate::ContactEntry saved;
    saved.jid = ben;
    saved.lid = lid;
    saved.full_name = "Ben Bo";
    saved.first_name = "Ben";
    does(saved);
    does(saved);
    auto const people = world.a.store.events_of<ContactUpdated>();
    REQUIRE(people.size() == 1);
    CHECK(people[0] == ContactUpdated{lid, ben, ContactUpdate::saved, "Ben Bo", "Ben"});
    CHECK(world.a.store.find_contact(ben).value().full_name == "Ben Bo");
}

TEST_CASE("what was so at the first synchronisation is applied and not told", "[app_state]")
{
    AppStateWorld world;
    world.state.write({appstate::PinChat{ben, true}});
    world.state.write({appstate::MuteChat{ben, true, std::nullopt}});
    appstate::ContactEntry saved;
    saved.jid = ben;
    saved.full_name = "Ben Bo";
    world.state.write({saved});
    world.state.share_keys(world.a.lid());
    CHECK(world.a.store.find_chat(ben).value().pinned);
    CHECK(world.a.store.find_chat(ben).value().muted_until);
    CHECK(world.a.store.find_contact(ben).value().full_name == "Ben Bo");
    CHECK(world.a.store.events_of<ChatUpdated>().empty());
    CHECK(world.a.store.events_of<ContactUpdated>().empty());
}

TEST_CASE("people go from the address book, and whoever is not in it is not found", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    world.ask([&](AppStateSync& sync) { sync.remove_contact(ben, world.record()); });
    REQUIRE(world.results.size() == 1);
    CHECK(engine::server_code(world.results[0]) == 404);
    world.ask([&](AppStateSync& sync) { sync.set_contact(ben, "Ben Bo", "Ben", world.record()); });
    world.ask([&](AppStateSync& sync) { sync.remove_contact(ben, world.record()); });
    CHECK_FALSE(world.results.back());
    CHECK(world.a.store.find_contact(ben).value().full_name.empty());
    std::vector<std::string> told;
    for (auto const& event : world.a.store.events_of<ContactUpdated>())
        told.emplace_back(contact_update_name(event.change));
    CHECK(told == std::vector<std::string>{"saved", "removed"});
    // The server's collection adds up without the entry: a later change is taken.
    world.ask([&](AppStateSync& sync) { sync.set_contact(carl, "Carl", "Carl", world.record()); });
    CHECK_FALSE(world.results.back());
}

TEST_CASE("labels are put on messages and taken from them", "[app_state]")
{
    AppStateWorld world;
    world.state.share_keys(world.a.lid());
    UnitOfWork known;
    auto& message = known.messages.emplace_back();
    message.chat = ben;
    message.sender = ben;
    message.id = MessageId{"M1"};
    world.a.store.apply(known);
    for (auto const* name : {"Lead", "Paid"})
        world.ask([&](AppStateSync& sync) { sync.create_label(name, 1, [](Result<Label>) {}); });
    auto& sync = world.a.engine().app_state_sync();
    auto const set = [&](std::string const& id, std::vector<std::string> labels) {
        world.ask([&](AppStateSync& asked) {
            asked.set_labels_of(ben, MessageId{id}, std::move(labels), world.record());
        });
        return world.results.back();
    };
    CHECK(set("UNKNOWN", {"1"}) == engine::DraftErrc::message_not_found);
    CHECK(engine::server_code(set("M1", {"9"})) == 404);
    CHECK_FALSE(set("M1", {"1", "2", "1"}));
    CHECK(sync.labels_of(ben, MessageId{"M1"}).size() == 2);
    CHECK(sync.labels_of(ben).empty()); // the chat has none
    CHECK_FALSE(set("M1", {"2"}));
    CHECK(sync.labels_of(ben, MessageId{"M1"}) == std::vector{Label{"2", "Paid", 1}});
    auto const written = world.state.actions(Collection::regular);
    REQUIRE(std::holds_alternative<appstate::LabelMessage>(written.back()));
    CHECK(std::get<appstate::LabelMessage>(written.back()) ==
          appstate::LabelMessage{"1", ben, MessageId{"M1"}, false});
    std::vector<std::string> told;
    for (auto const& event : world.a.store.events_of<LabelAssigned>())
        told.push_back((event.assigned ? "+" : "-") + event.label_id + event.message.value().value);
    CHECK(told == std::vector<std::string>{"+1M1", "+2M1", "-1M1"});
}
