#include "protocol/binary/compression.hpp"
#include "tests/support/fake_app_state.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using appstate::ArchiveChat;
using appstate::Collection;
using appstate::Recovery;
using engine::AppStateSync;

namespace {

Jid const ben = Jid::phone("4915100000002");
Jid const carl = Jid::phone("4915100000003");
constexpr auto collection = Collection::regular_low; // of archived chats

ArchiveChat archive(Jid const& chat, bool archived = true)
{
    return {chat, archived, std::nullopt};
}

/// An account whose server has lost what it should have.
struct BrokenWorld : OneAccount {
    explicit BrokenWorld(std::uint64_t seed = 1) : OneAccount(seed)
    {
        connect_files();
        anna.helps = false; // answers when the test says so
        state.gives_snapshots = true;
        state.share_keys(a.lid());
    }

    FakeAppState state{*this, anna};

    void connect_files()
    {
        a.engine().app_state_sync().fetch_blob = [this](appstate::BlobReference const& reference,
                                                        AppStateSync::BlobDone done) {
            done(state.blobs.at(reference.direct_path));
        };
    }
    void damage_server()
    {
        state.tamper = [](appstate::Patch& patch) { patch.snapshot_mac[0] ^= 1; };
        state.tamper_snapshot = [](appstate::Snapshot& snapshot) { snapshot.mac[0] ^= 1; };
    }
    void repair_server()
    {
        state.tamper = {};
        state.tamper_snapshot = {};
    }
    void log_in_again()
    {
        a.drop_link();
        advance(std::chrono::minutes{1});
    }

    /// Requests for whole collections that have reached the phone.
    std::vector<FakePhone::ResendRequest> asked() const
    {
        std::vector<FakePhone::ResendRequest> found;
        for (auto const& request : anna.requests)
            if (appstate::parse_recovery_request(request.content)) found.push_back(request);
        return found;
    }
    void answer(ByteView bytes, bool is_compressed, std::string const& request)
    {
        server.send_peer(anna, a.lid(), appstate::recovery_answer_message(request, bytes, is_compressed),
                         "ANSWER" + std::to_string(++answers));
        run();
    }
    void answer(Recovery const& recovery)
    {
        answer(binary::gzip(appstate::serialize(recovery)), true, asked().back().id.value);
    }

    engine::CollectionRecord here() const { return engine::load_collection(a.store.records, collection); }
    /// Version, hash and every row are those of the phone.
    bool is_as_on_the_phone()
    {
        auto const phones = state.recovery(collection);
        auto const record = here();
        engine::StoredMacs table{a.store.records, record.generation};
        std::vector<Bytes> ids;
        for (auto const& key : state.keys)
            ids.push_back(key.id);
        engine::GatheredKeys keys{a.store.records, ids};
        appstate::KeyRing ring{keys};
        for (auto const& entry : phones.entries) {
            auto const* known = ring.find(entry.key_id);
            if (known == nullptr) return false;
            if (table.find(collection, appstate::index_mac(*known, entry.index)) != entry.value_mac)
                return false;
        }
        return record.state == phones.state && !record.is_broken;
    }
    std::vector<std::string> archived() const
    {
        std::vector<std::string> found;
        for (auto const& event : a.store.events_of<ChatArchived>())
            found.push_back((event.archived ? "+" : "-") + event.chat.user);
        return found;
    }

    int answers = 0;
};

std::vector<std::string> const of_ben{"+4915100000002"};

} // namespace

TEST_CASE("a collection that the server cannot give comes from the phone", "[app_state]")
{
    BrokenWorld world;
    world.damage_server();
    world.state.change({archive(ben)}, {world.a.lid()});
    REQUIRE(world.asked().size() == 1);
    CHECK(appstate::parse_recovery_request(world.asked().front().content).value() == collection);
    CHECK(world.archived().empty());

    world.answer(world.state.recovery(collection));
    CHECK(world.archived() == of_ben);
    CHECK(world.is_as_on_the_phone());

    // Patches go on from it, and own changes too.
    world.repair_server();
    auto const snapshots = world.state.snapshots;
    world.state.change({archive(carl)}, {world.a.lid()});
    CHECK(world.archived().back() == "+4915100000003");
    ErrorCode failure = make_error_code(appstate::AppStateErrc::malformed);
    world.a.use([&](engine::Engine& engine, Instant now) {
        engine.use(now, [&] {
            engine.app_state_sync().archive(
                ben, false, [&](Result<void> result) { failure = result ? ErrorCode{} : result.error(); });
        });
    });
    world.run();
    CHECK(failure == ErrorCode{});
    CHECK(world.archived().back() == "-4915100000002");
    CHECK(world.state.snapshots == snapshots);
    CHECK(world.is_as_on_the_phone());
}

TEST_CASE("whatever the phone has is here after a recovery", "[app_state]")
{
    auto const seed = GENERATE(range(1, 7));
    BrokenWorld world(static_cast<std::uint64_t>(seed));
    auto const chat = [&] { return Jid::phone("49152" + std::to_string(10'000 + world.random.below(400))); };
    auto const write = [&](std::uint64_t most) {
        for (auto left = world.random.below(most) + 1; left > 0; --left)
            world.state.write({archive(chat(), world.random.below(2) == 0)});
    };
    write(300);
    world.state.change({archive(ben)}, {world.a.lid()});
    world.damage_server();
    write(700);
    world.state.change({archive(carl)}, {world.a.lid()});
    REQUIRE(world.asked().size() == 1);
    write(20); // after it was asked
    world.answer(world.state.recovery(collection));
    CHECK(world.is_as_on_the_phone());
}

TEST_CASE("only an answer that was asked for and adds up is taken", "[app_state]")
{
    BrokenWorld world;
    world.state.change({archive(carl)}, {world.a.lid()});
    auto const old = world.state.recovery(collection);
    world.state.write({archive(ben)});
    world.damage_server();
    world.state.change({archive(carl, false)}, {world.a.lid()});
    REQUIRE(world.asked().size() == 1);
    auto const request = world.asked().front().id.value;
    auto const before = world.archived();
    auto good = world.state.recovery(collection);
    auto const packed = binary::gzip(appstate::serialize(good));

    SECTION("another request's")
    {
        world.answer(packed, true, "3EB0000000000000");
    }
    SECTION("nobody's")
    {
        world.answer(packed, true, "");
    }
    SECTION("another collection's")
    {
        good.state.collection = Collection::regular;
        world.answer(good);
    }
    SECTION("a value is missing")
    {
        good.entries.pop_back();
        world.answer(good);
    }
    SECTION("a value stands twice")
    {
        good.entries.push_back(good.entries.back());
        good.state.hash.add(good.entries.back().value_mac);
        world.answer(good);
    }
    SECTION("of before")
    {
        world.answer(old);
    }
    SECTION("not what it says to be")
    {
        world.answer(packed, false, request);
    }
    SECTION("cut")
    {
        world.answer(ByteView{packed}.first(packed.size() - 9), true, request);
    }
    SECTION("a bomb")
    {
        world.answer(binary::gzip(Bytes(std::size_t{3} << 20)), true, request);
    }
    SECTION("nothing")
    {
        world.answer({}, true, request);
    }

    CHECK(world.archived() == before);
    CHECK(world.here().is_broken);
    CHECK(world.status() == SessionStatus::working);
}

TEST_CASE("the phone is asked once a day, whatever happens", "[app_state]")
{
    BrokenWorld world;
    world.damage_server();
    world.state.change({archive(ben)}, {world.a.lid()});
    for (int i = 0; i < 3; ++i) {
        world.log_in_again();
        world.a.crash();
        world.a.start();
        world.run();
        world.connect_files();
    }
    CHECK(world.asked().size() == 1);
    world.advance(std::chrono::hours{25});
    world.log_in_again();
    CHECK(world.asked().size() == 2);
    world.answer(world.state.recovery(collection));
    CHECK(world.archived() == of_ben);
    // It breaks anew at once: the server has another patch, and that is as bad.
    world.state.change({archive(carl)}, {world.a.lid()});
    CHECK(world.asked().size() == 2);
}

TEST_CASE("an answer under an unknown key waits for the key", "[app_state]")
{
    BrokenWorld world;
    world.damage_server();
    world.state.change({archive(ben)}, {world.a.lid()});
    world.state.rotate_key();
    world.state.write({archive(carl)});
    world.answer(world.state.recovery(collection));
    CHECK(world.archived().empty());
    REQUIRE(world.anna.requests.size() == 2);
    CHECK(appstate::parse_key_request(world.anna.requests.back().content).value() ==
          std::vector<Bytes>{world.state.keys.back().id});
    world.state.share_keys(world.a.lid());
    CHECK(world.archived().size() == 2);
    CHECK(world.is_as_on_the_phone());
}

TEST_CASE("an answer that is here survives a crash before it is taken", "[app_state]")
{
    BrokenWorld world;
    world.damage_server();
    world.state.change({archive(ben)}, {world.a.lid()});
    world.a.hold_computed = true;
    world.answer(world.state.recovery(collection));
    CHECK(world.archived().empty());
    world.a.crash();
    world.a.hold_computed = false;
    world.a.start();
    world.run();
    CHECK(world.archived() == of_ben);
    CHECK(world.is_as_on_the_phone());
}
