#include "protocol/appstate/stanzas.hpp"

#include "protocol/appstate/key_messages.hpp"
#include "protocol/stanza/iq.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::appstate;
using binary::Node;

namespace {

SealedMutation mutation()
{
    return {.operation = Operation::set,
            .index_mac = {1},
            .ciphertext = Bytes(48, 2),
            .value_mac = {3},
            .key_id = {0, 0, 0, 0, 0, 1}};
}

Patch patch(std::uint64_t version)
{
    Patch made;
    made.version = version;
    made.mutations = {mutation()};
    made.snapshot_mac = Bytes(32, 4);
    made.patch_mac = Bytes(32, 5);
    made.key_id = {0, 0, 0, 0, 0, 1};
    return made;
}

BlobReference blob()
{
    return {Bytes(32, 6), "/v/t62/snapshot.enc?oe=1", "handle", 1234, Bytes(32, 7), Bytes(32, 8)};
}

} // namespace

TEST_CASE("a request names versions, snapshots and patches", "[appstate]")
{
    std::vector<CollectionRequest> wanted(3);
    wanted[0].collection = Collection::regular_low;
    wanted[0].wants_snapshot = true;
    wanted[1].collection = Collection::regular;
    wanted[1].version = 17;
    wanted[2].collection = Collection::critical_block;
    wanted[2].version = 3;
    wanted[2].patch = {1, 2, 3};
    auto const request = sync_request("9", wanted);
    CHECK(request.text("xmlns") == "w:sync:app:state");
    CHECK(request.text("type") == "set");
    auto const& nodes = request.child("sync")->children();
    REQUIRE(nodes.size() == 3);
    CHECK(nodes[0].text("name") == "regular_low");
    CHECK(nodes[0].text("return_snapshot") == "true");
    CHECK_FALSE(nodes[0].has("version"));
    CHECK(nodes[1].text("version") == "17");
    CHECK(nodes[1].text("return_snapshot") == "false");
    CHECK(equal(nodes[2].child("patch")->bytes(), Bytes{1, 2, 3}));

    auto const read = parse_sync_request(request).value();
    REQUIRE(read.size() == 3);
    CHECK(read[0].wants_snapshot);
    CHECK(read[1].version == 17);
    CHECK(read[2].collection == Collection::critical_block);
    CHECK(read[2].patch == Bytes{1, 2, 3});
}

TEST_CASE("a reply brings a snapshot to fetch, patches and whether there is more", "[appstate]")
{
    std::vector<CollectionReply> sent(2);
    sent[0].collection = Collection::regular_high;
    sent[0].version = 12;
    sent[0].has_more = true;
    sent[0].snapshot = blob();
    sent[0].patches = {patch(11), patch(12)};
    sent[1].collection = Collection::regular;
    auto const request = sync_request("9", {});
    auto const read = parse_sync_reply(sync_reply(request, sent)).value();
    REQUIRE(read.size() == 2);
    CHECK(read[0].collection == Collection::regular_high);
    CHECK(read[0].version == 12);
    CHECK(read[0].has_more);
    CHECK(read[0].problem == CollectionProblem::none);
    CHECK(read[0].snapshot == blob());
    CHECK(read[0].patches == sent[0].patches);
    CHECK_FALSE(read[1].has_more);
    CHECK(read[1].patches.empty());
}

TEST_CASE("a conflict brings the patches that won", "[appstate]")
{
    CollectionReply sent;
    sent.collection = Collection::regular;
    sent.version = 5;
    sent.error_code = 409;
    sent.patches = {patch(5)};
    auto const read = parse_sync_reply(sync_reply(sync_request("9", {}), {sent})).value();
    REQUIRE(read.size() == 1);
    CHECK(read[0].problem == CollectionProblem::conflict);
    CHECK(read[0].patches.size() == 1);
}

TEST_CASE("errors of a collection tell whether trying again helps", "[appstate]")
{
    for (auto const& [code, problem] :
         {std::pair{400, CollectionProblem::fatal}, std::pair{404, CollectionProblem::fatal},
          std::pair{405, CollectionProblem::fatal}, std::pair{500, CollectionProblem::temporary},
          std::pair{503, CollectionProblem::temporary}}) {
        CollectionReply sent;
        sent.error_code = code;
        auto const read = parse_sync_reply(sync_reply(sync_request("9", {}), {sent})).value();
        CHECK(read.at(0).problem == problem);
        CHECK(read.at(0).error_code == code);
    }
}

TEST_CASE("one malformed collection does not spoil the others", "[appstate]")
{
    CollectionReply good;
    good.collection = Collection::regular;
    good.patches = {patch(1)};
    auto reply = sync_reply(sync_request("9", {}), {good});
    auto& sync = std::get<binary::Nodes>(reply.content)[0];
    for (auto const* tag : {"patch", "snapshot"}) {
        Node bad{"collection"};
        bad.set("name", "regular_low").add(Node{tag}.with_bytes({0xff, 0xff}));
        sync.add(std::move(bad));
    }
    Node unknown{"collection"};
    unknown.set("name", "of_the_future");
    sync.add(std::move(unknown));
    auto const read = parse_sync_reply(reply).value();
    REQUIRE(read.size() == 3);
    CHECK(read[0].problem == CollectionProblem::none);
    CHECK(read[1].problem == CollectionProblem::malformed);
    CHECK(read[2].problem == CollectionProblem::malformed);
    CHECK(parse_sync_reply(Node{"iq"}).error() == AppStateErrc::malformed);
}

TEST_CASE("a server tells which collections have changed", "[appstate]")
{
    std::vector<ChangedCollection> const changed{{Collection::regular, 4}, {Collection::critical_block, 9}};
    CHECK(parse_server_sync(server_sync("1", changed)) == changed);
    CHECK(parse_server_sync(Node{"notification"}).empty());
}

TEST_CASE("keys are asked for and shared", "[appstate]")
{
    std::vector<Bytes> const ids{{0, 1, 2, 3, 4, 5}, {6}};
    CHECK(parse_key_request(key_request_message(ids)).value() == ids);

    std::vector<SharedKey> keys(2);
    keys[0].id = ids[0];
    keys[0].data = Secret{Bytes(32, 1)};
    keys[0].created = wall_from_milliseconds(1'780'000'000'000);
    keys[0].raw_id = 77;
    keys[0].current_index = 3;
    keys[0].device_indexes = {0, 2};
    keys[1].id = ids[1]; // no data: the phone does not have it
    auto const read = parse_key_share(key_share_message(keys)).value();
    REQUIRE(read.size() == 1);
    CHECK(read[0].id == ids[0]);
    CHECK(read[0].data.reveal() == Bytes(32, 1));
    CHECK(read[0].created == keys[0].created);
    CHECK(read[0].raw_id == 77);
    CHECK(read[0].current_index == 3);
    CHECK(read[0].device_indexes == keys[0].device_indexes);

    CHECK(parse_key_share(key_request_message(ids)).error() == AppStateErrc::malformed);
    CHECK(parse_key_request(key_share_message(keys)).error() == AppStateErrc::malformed);
    CHECK(parse_key_request(Bytes{0xff}).error() == AppStateErrc::malformed);
}

TEST_CASE("the youngest key is the one to write with", "[appstate]")
{
    std::vector<SharedKey> keys(3);
    CHECK(newest({}) == nullptr);
    keys[0].created = wall_from_seconds(10);
    keys[1].created = wall_from_seconds(30);
    keys[2].created = wall_from_seconds(20);
    CHECK(newest(keys) == &keys[1]);
}
