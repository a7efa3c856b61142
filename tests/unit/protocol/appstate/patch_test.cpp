#include "protocol/appstate/patch.hpp"

#include "protocol/proto/appstate.pb.h"
#include "tests/support/random_actions.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::appstate;
using testing::MemoryTable;

namespace {

WallTime const now = wall_from_milliseconds(1'780'000'000'123);
Jid const chat = Jid::phone("15550001111");

/// An account's keys, and one collection that a writer changes.
struct World {
    explicit World(std::uint64_t seed = 1, Collection collection = Collection::regular_low) : random{seed}
    {
        state.collection = collection;
        key = new_key();
    }

    WritingKey new_key()
    {
        auto const id = random.bytes(6);
        auto const data = random.bytes(32);
        shared.add(id, data);
        return {id, expand_mutation_keys(data)};
    }

    /// Makes the next patch and takes it over.
    OutgoingPatch write(std::vector<Intent> const& intents)
    {
        auto outgoing = make_patch(state, intents, key, table, now, random).value();
        state = outgoing.applied.state;
        table.store(outgoing.applied);
        for (auto const& mutation : parse_patch(outgoing.bytes).value().mutations) {
            std::erase_if(records,
                          [&](auto const& record) { return record.index_mac == mutation.index_mac; });
            if (mutation.operation == Operation::set) records.push_back(mutation);
        }
        return outgoing;
    }

    Patch write_pin(bool pinned = true)
    {
        return parse_patch(write({{Operation::set, PinChat{chat, pinned}}}).bytes).value();
    }

    Snapshot snapshot() const
    {
        return {.version = state.version,
                .records = records,
                .mac = to_bytes(snapshot_mac(key.keys, state)),
                .key_id = key.id};
    }

    testing::SeededRandom random;
    testing::MemoryKeys shared;
    WritingKey key;
    CollectionState state;
    MemoryTable table;
    std::vector<SealedMutation> records; ///< as a server keeps them
};

/// Another device of the account.
struct Reader {
    explicit Reader(World& world) : ring{world.shared} { state.collection = world.state.collection; }

    Result<Applied> apply(Patch const& patch)
    {
        auto applied = apply_patch(state, patch, ring, table);
        if (applied) {
            state = applied->state;
            table.store(*applied);
        }
        return applied;
    }

    KeyRing ring;
    CollectionState state;
    MemoryTable table;
};

void check_same(Mutation const& left, Mutation const& right)
{
    CHECK(left.operation == right.operation);
    CHECK(left.index_mac == right.index_mac);
    CHECK(left.value_mac == right.value_mac);
    CHECK(left.key_id == right.key_id);
    CHECK(to_text(left.index) == to_text(right.index));
    CHECK(left.version == right.version);
    CHECK(left.time == right.time);
    CHECK(left.action == right.action);
}

} // namespace

TEST_CASE("random patches arrive as they were meant, and both sides agree on the state", "[appstate]")
{
    for (auto const collection : all_collections) {
        World world{17 + static_cast<std::uint64_t>(collection), collection};
        Reader reader{world};
        for (int round = 0; round < 40; ++round) {
            if (round == 20) world.key = world.new_key(); // a rotated key: entries of both mix from now on
            auto const outgoing = world.write(testing::random_intents(world.random, collection, 8));
            auto const applied = reader.apply(parse_patch(outgoing.bytes).value());
            REQUIRE(applied.has_value());
            REQUIRE(applied->state == world.state);
            CHECK(applied->macs == outgoing.applied.macs);
            CHECK(applied->missing_removals == outgoing.applied.missing_removals);
            REQUIRE(applied->mutations.size() == outgoing.applied.mutations.size());
            for (std::size_t i = 0; i < applied->mutations.size(); ++i)
                check_same(applied->mutations[i], outgoing.applied.mutations[i]);
        }
        CHECK(reader.table == world.table);

        // A device that comes late reads the same from a snapshot.
        auto const snapshot = parse_snapshot(serialize(world.snapshot())).value();
        auto const late = apply_snapshot(collection, snapshot, reader.ring);
        REQUIRE(late.has_value());
        CHECK(late->state == world.state);
        CHECK(late->replaces_all);
        CHECK(late->mutations.size() == world.table.size());
        MemoryTable fresh;
        fresh.store(*late);
        CHECK(fresh == world.table);
    }
}

TEST_CASE("an entry that is set and removed again leaves no trace in the hash", "[appstate]")
{
    World world;
    Reader reader{world};
    world.write({{Operation::set, PinChat{chat, true}}});
    CHECK_FALSE(world.state.hash == LtHash{});
    auto const outgoing = world.write({{Operation::remove, PinChat{chat, false}}});
    CHECK(world.state.hash == LtHash{});
    CHECK(world.state.version == 2);
    CHECK(outgoing.applied.missing_removals == 0);
    CHECK(world.table.size() == 0);
}

TEST_CASE("removing what is not there is counted and harmless", "[appstate]")
{
    World world;
    Reader reader{world};
    auto const patch = parse_patch(world.write({{Operation::remove, PinChat{chat, false}}}).bytes).value();
    auto const applied = reader.apply(patch);
    REQUIRE(applied.has_value());
    CHECK(applied->missing_removals == 1);
    CHECK(applied->state.hash == LtHash{});
}

TEST_CASE("a patch may change an entry more than once", "[appstate]")
{
    // Ours never does; the last set counts, and a removal resets.
    World world;
    Reader reader{world};
    auto const first = world.write_pin(true);
    REQUIRE(reader.apply(first).has_value());
    auto const before = world.state;
    auto second = world.write_pin(false).mutations[0];
    auto third = world.write_pin(true).mutations[0];
    auto removal =
        parse_patch(world.write({{Operation::remove, PinChat{chat, false}}}).bytes).value().mutations[0];

    auto const apply_all = [&](std::vector<SealedMutation> mutations, std::optional<ValueMac> remaining) {
        Patch patch;
        patch.mutations = std::move(mutations);
        CollectionState after{before.collection, before.version + 1, LtHash{}};
        if (remaining) after.hash.add(*remaining);
        std::vector<ValueMac> values;
        for (auto const& mutation : patch.mutations)
            values.push_back(mutation.value_mac);
        patch.key_id = world.key.id;
        patch.snapshot_mac = to_bytes(snapshot_mac(world.key.keys, after));
        patch.patch_mac =
            to_bytes(patch_mac(world.key.keys, patch.snapshot_mac, values, after.version, after.collection));
        auto const applied = apply_patch(before, patch, reader.ring, reader.table);
        REQUIRE(applied.has_value());
        REQUIRE(applied->macs.size() == 1);
        CHECK(applied->macs[0].value_mac == remaining);
    };
    apply_all({second, third}, third.value_mac);
    apply_all({second, removal}, std::nullopt);
    apply_all({removal, third}, third.value_mac);
    apply_all({removal, removal}, std::nullopt);
}

TEST_CASE("every kind of forgery is noticed for what it is", "[appstate]")
{
    World world;
    Reader reader{world};
    REQUIRE(reader.apply(world.write_pin()).has_value());
    auto const patch = parse_patch(world
                                       .write({{Operation::set, PinChat{chat, false}},
                                               {Operation::set, UnarchiveChatsSetting{true}}})
                                       .bytes)
                           .value();
    auto const with = [&](auto change) {
        auto changed = patch;
        change(changed);
        auto const applied = apply_patch(reader.state, changed, reader.ring, reader.table);
        REQUIRE(applied.has_error());
        return applied.error();
    };
    auto const each_byte = [&](auto bytes_of, AppStateErrc expected) {
        auto const size = bytes_of(const_cast<Patch&>(patch)).size();
        for (std::size_t i = 0; i < size; ++i) {
            INFO("byte " << i);
            CHECK(with([&](Patch& changed) { bytes_of(changed)[i] ^= 1; }) == expected);
        }
    };
    SECTION("the patch's MAC")
    {
        each_byte([](Patch& p) -> auto& { return p.patch_mac; }, AppStateErrc::patch_mac_mismatch);
    }
    SECTION("the snapshot's MAC")
    {
        each_byte([](Patch& p) -> auto& { return p.snapshot_mac; }, AppStateErrc::patch_mac_mismatch);
    }
    SECTION("a value's MAC")
    {
        each_byte([](Patch& p) -> auto& { return p.mutations[1].value_mac; },
                  AppStateErrc::patch_mac_mismatch);
    }
    SECTION("a value, IV included")
    {
        each_byte([](Patch& p) -> auto& { return p.mutations[1].ciphertext; },
                  AppStateErrc::value_mac_mismatch);
    }
    SECTION("an index")
    {
        each_byte([](Patch& p) -> auto& { return p.mutations[0].index_mac; },
                  AppStateErrc::index_mac_mismatch);
    }
    SECTION("an operation")
    {
        CHECK(with([](Patch& p) { p.mutations[0].operation = Operation::remove; }) ==
              AppStateErrc::value_mac_mismatch);
    }
    SECTION("the keys")
    {
        auto const other = world.new_key();
        CHECK(with([&](Patch& p) { p.mutations[0].key_id = other.id; }) == AppStateErrc::value_mac_mismatch);
        CHECK(with([&](Patch& p) { p.key_id = other.id; }) == AppStateErrc::patch_mac_mismatch);
        CHECK(with([&](Patch& p) { p.mutations[0].key_id = Bytes{1}; }) == AppStateErrc::missing_key);
        CHECK(with([&](Patch& p) { p.key_id = Bytes{1}; }) == AppStateErrc::missing_key);
    }
    SECTION("the list")
    {
        CHECK(with([](Patch& p) { p.mutations.pop_back(); }) == AppStateErrc::patch_mac_mismatch);
        CHECK(with([](Patch& p) { std::swap(p.mutations[0], p.mutations[1]); }) ==
              AppStateErrc::patch_mac_mismatch);
        CHECK(with([](Patch& p) { p.mutations.push_back(p.mutations[0]); }) ==
              AppStateErrc::patch_mac_mismatch);
    }
    SECTION("another collection")
    {
        auto elsewhere = reader.state;
        elsewhere.collection = Collection::regular;
        CHECK(apply_patch(elsewhere, patch, reader.ring, reader.table).error() ==
              AppStateErrc::patch_mac_mismatch);
    }
    SECTION("the own state")
    {
        auto differs = reader.state;
        differs.hash.add(Bytes{1});
        CHECK(apply_patch(differs, patch, reader.ring, reader.table).error() ==
              AppStateErrc::snapshot_mac_mismatch);
        MemoryTable empty;
        CHECK(apply_patch(reader.state, patch, reader.ring, empty).error() ==
              AppStateErrc::snapshot_mac_mismatch);
    }
    // Unchanged it is still good.
    CHECK(reader.apply(patch).has_value());
}

TEST_CASE("every kind of forgery in a snapshot is noticed for what it is", "[appstate]")
{
    World world;
    KeyRing ring{world.shared};
    world.write_pin();
    world.write({{Operation::set, UnarchiveChatsSetting{true}}});
    auto const snapshot = world.snapshot();
    REQUIRE(apply_snapshot(world.state.collection, snapshot, ring).has_value());
    auto const with = [&](auto change) {
        auto changed = snapshot;
        change(changed);
        return apply_snapshot(world.state.collection, changed, ring).error();
    };
    using enum AppStateErrc;
    CHECK(with([](Snapshot& s) { s.mac[31] ^= 1; }) == snapshot_mac_mismatch);
    CHECK(with([](Snapshot& s) { ++s.version; }) == snapshot_mac_mismatch);
    CHECK(with([](Snapshot& s) { s.records.pop_back(); }) == snapshot_mac_mismatch);
    CHECK(with([](Snapshot& s) { s.records[0].value_mac[0] ^= 1; }) == snapshot_mac_mismatch);
    CHECK(with([](Snapshot& s) { s.records[0].ciphertext[20] ^= 1; }) == value_mac_mismatch);
    CHECK(with([](Snapshot& s) { s.records[0].index_mac[0] ^= 1; }) == index_mac_mismatch);
    CHECK(with([](Snapshot& s) { std::swap(s.records[0].index_mac, s.records[1].index_mac); }) ==
          index_mac_mismatch);
    CHECK(with([](Snapshot& s) { s.key_id = {1}; }) == missing_key);
    CHECK(apply_snapshot(Collection::regular, snapshot, ring).error() == snapshot_mac_mismatch);
}

TEST_CASE("a value that its author encrypted wrong is told from a forged one", "[appstate]")
{
    World world;
    Reader reader{world};
    auto const reseal = [&](Bytes const& plaintext, bool whole) {
        SealedMutation sealed;
        sealed.key_id = world.key.id;
        auto const iv = world.random.array<16>();
        auto encrypted = crypto::aes256_cbc_encrypt(world.key.keys.value_encryption.reveal(), iv, plaintext);
        if (!whole) encrypted.resize(encrypted.size() - 16); // the padding goes
        sealed.ciphertext = concat({iv, encrypted});
        sealed.value_mac = value_mac(world.key.keys, Operation::set, sealed.key_id, sealed.ciphertext);
        Patch patch;
        patch.mutations = {sealed};
        patch.key_id = world.key.id;
        CollectionState after{reader.state.collection, 1, LtHash{}};
        after.hash.add(sealed.value_mac);
        patch.snapshot_mac = to_bytes(snapshot_mac(world.key.keys, after));
        patch.patch_mac =
            to_bytes(patch_mac(world.key.keys, patch.snapshot_mac, {sealed.value_mac}, 1, after.collection));
        return reader.apply(patch).error();
    };
    CHECK(reseal(Bytes(16, 0xff), true) == AppStateErrc::undecryptable);  // no protobuf
    CHECK(reseal(Bytes(32, 0x00), false) == AppStateErrc::undecryptable); // no padding
    CHECK(reseal(Bytes{}, true) == AppStateErrc::index_mac_mismatch);     // an empty message
}

TEST_CASE("patches are applied in order, each once", "[appstate]")
{
    World world;
    Reader reader{world};
    auto first = world.write_pin(true);
    auto second = world.write_pin(false);
    auto third = world.write_pin(true);
    first.version = 1;
    second.version = 2;
    third.version = 3;
    CHECK(reader.apply(second).error() == AppStateErrc::version_gap);
    REQUIRE(reader.apply(first).has_value());
    CHECK(reader.apply(third).error() == AppStateErrc::version_gap);
    CHECK(reader.apply(first).error() == AppStateErrc::already_applied);
    REQUIRE(reader.apply(second).has_value());
    REQUIRE(reader.apply(third).has_value());
    CHECK(reader.state == world.state);
}

TEST_CASE("several patches apply before anything is stored", "[appstate]")
{
    World world;
    Reader reader{world};
    MacOverlay overlay{reader.table};
    for (int round = 0; round < 10; ++round) {
        auto const outgoing = world.write(testing::random_intents(world.random, Collection::regular_low, 5));
        auto const applied =
            apply_patch(reader.state, parse_patch(outgoing.bytes).value(), reader.ring, overlay);
        REQUIRE(applied.has_value());
        reader.state = applied->state;
        overlay.record(*applied);
    }
    CHECK(reader.state == world.state);
    CHECK(reader.table.size() == 0);

    // A snapshot hides what is stored below.
    reader.table.store(world.write({{Operation::set, PinChat{chat, true}}}).applied);
    auto const mac = index_mac(world.key.keys, view(write_index(index_of(PinChat{chat, true}))));
    REQUIRE(reader.table.find(Collection::regular_low, mac));
    Applied empty_snapshot;
    empty_snapshot.state.collection = Collection::regular_low;
    empty_snapshot.replaces_all = true;
    overlay.record(empty_snapshot);
    CHECK_FALSE(overlay.find(Collection::regular_low, mac));
}

TEST_CASE("mutations in an external blob are asked for", "[appstate]")
{
    World world;
    Reader reader{world};
    auto const whole = world.write_pin();
    auto patch = whole;
    patch.mutations.clear();
    patch.external = BlobReference{Bytes(32), "/v/blob", "", 10, Bytes(32, 1), Bytes(32, 2)};
    patch = parse_patch(serialize(patch)).value();
    REQUIRE(patch.external);
    CHECK(patch.external->direct_path == "/v/blob");
    CHECK(reader.apply(patch).error() == AppStateErrc::blob_missing);
    CHECK(fill(patch, Bytes{}).error() == AppStateErrc::malformed);
    CHECK(fill(patch, Bytes{0xff}).error() == AppStateErrc::malformed);
    REQUIRE(fill(patch, serialize(whole.mutations)));
    CHECK(reader.apply(patch).has_value());
}

TEST_CASE("the keys that are needed are known before anything is read", "[appstate]")
{
    World world;
    world.write_pin();
    auto const first = world.key.id;
    world.key = world.new_key();
    world.write({{Operation::set, UnarchiveChatsSetting{true}}});
    auto ids = key_ids(world.snapshot());
    std::vector<Bytes> expected{first, world.key.id};
    std::sort(expected.begin(), expected.end());
    CHECK(ids == expected);
    CHECK(key_ids(world.write_pin()) == std::vector<Bytes>{world.key.id});
}

TEST_CASE("intents that do not belong together make no patch", "[appstate]")
{
    World world;
    auto const attempt = [&](std::vector<Intent> const& intents) {
        return make_patch(world.state, intents, world.key, world.table, now, world.random).error();
    };
    CHECK(attempt({}) == AppStateErrc::empty_patch);
    CHECK(attempt({{Operation::set, MuteChat{chat, true, {}}}}) == AppStateErrc::wrong_collection);
    CHECK(attempt({{Operation::set, PinChat{chat, true}}, {Operation::set, PinChat{chat, false}}}) ==
          AppStateErrc::duplicate_index);
}

TEST_CASE("a patch is never encrypted with the same IV twice", "[appstate]")
{
    World world;
    auto const first = world.write_pin().mutations[0];
    auto const second = world.write_pin().mutations[0];
    CHECK_FALSE(equal(ByteView{first.ciphertext}.first(16), ByteView{second.ciphertext}.first(16)));
    CHECK(first.index_mac == second.index_mac);
    CHECK(first.value_mac != second.value_mac);
}

TEST_CASE("hostile patches are refused before any cryptography", "[appstate]")
{
    World world;
    auto const patch = world.write_pin();
    auto const with = [&](auto change) {
        proto::SyncdPatch message;
        auto const bytes = serialize(patch);
        REQUIRE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
        change(message);
        return parse_patch(view(message.SerializeAsString())).has_value();
    };
    CHECK(with([](auto&) {}));
    CHECK_FALSE(with([](auto& m) { m.mutable_mutations(0)->set_operation(2); }));
    CHECK_FALSE(with([](auto& m) { m.mutable_mutations(0)->clear_record(); }));
    CHECK_FALSE(with([](auto& m) { m.mutable_mutations(0)->mutable_record()->clear_key_id(); }));
    CHECK_FALSE(with([](auto& m) {
        m.mutable_mutations(0)->mutable_record()->mutable_key_id()->set_id(std::string(65, 'k'));
    }));
    CHECK_FALSE(with([](auto& m) {
        m.mutable_mutations(0)->mutable_record()->mutable_index()->set_blob(std::string(31, 'i'));
    }));
    for (std::size_t const length : {0, 32, 63, 65, 95}) {
        INFO(length);
        CHECK_FALSE(with([&](auto& m) {
            m.mutable_mutations(0)->mutable_record()->mutable_value()->set_blob(std::string(length, 'v'));
        }));
    }
    CHECK_FALSE(with([](auto& m) { m.set_patch_mac("short"); }));
    CHECK_FALSE(with([](auto& m) { m.clear_snapshot_mac(); }));
    CHECK_FALSE(with([](auto& m) { m.clear_key_id(); }));
}
