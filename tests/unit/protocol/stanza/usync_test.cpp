#include "protocol/stanza/usync.hpp"

#include "protocol/pairing/pairing.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Node reply_with(Node user)
{
    Node list{"list"};
    list.add(std::move(user));
    Node usync{"usync"};
    usync.add(std::move(list));
    return Node{"iq"}.set("type", "result").add(std::move(usync));
}

Node device(int id, int key_index)
{
    Node node{"device"};
    node.set("id", std::int64_t{id});
    if (key_index >= 0) node.set("key-index", std::int64_t{key_index});
    return node;
}

std::vector<int> ids_of(UsyncUser const& user)
{
    std::vector<int> ids;
    for (auto const& found : user.devices)
        ids.push_back(found.id);
    return ids;
}

} // namespace

TEST_CASE("devices are asked for by account, with the hidden id", "[stanza][usync]")
{
    auto const iq = usync_devices("5", {Jid::hidden("900000000000002", 12), Jid::hidden("900000000000001")});
    CHECK(iq.text("xmlns") == "usync");
    CHECK(iq.text("type") == "get");
    auto const* usync = iq.child("usync");
    REQUIRE(usync != nullptr);
    CHECK(usync->text("mode") == "query");
    CHECK(usync->text("context") == "message");
    CHECK(usync->text("last") == "true");
    CHECK(usync->text("index") == "0");
    CHECK(usync->text("sid") == "5");
    CHECK(usync->path({"query", "devices"})->text("version") == "2");
    CHECK(usync->path({"query", "lid"}) != nullptr);
    auto const& users = usync->child("list")->children();
    REQUIRE(users.size() == 2);
    CHECK(users[0].jid("jid") == Jid::hidden("900000000000002"));
}

TEST_CASE("a number is asked for with a plus sign", "[stanza][usync]")
{
    auto const iq = usync_contact("6", {"15550002222"});
    auto const* usync = iq.child("usync");
    CHECK(usync->text("context") == "interactive");
    CHECK(usync->path({"query", "contact"}) != nullptr);
    CHECK(to_text(usync->path({"list", "user", "contact"})->bytes()) == "+15550002222");
}

TEST_CASE("all that is shown of people is asked for at once, with their tokens", "[stanza][usync]")
{
    auto const iq = usync_info("7", {{Jid::phone("15550002222", 4), Bytes{1, 2}}, {Jid::hidden("77"), {}}});
    auto const* usync = iq.child("usync");
    REQUIRE(usync != nullptr);
    CHECK(usync->text("mode") == "full");
    CHECK(usync->text("context") == "background");
    CHECK(usync->path({"query", "business", "verified_name"}) != nullptr);
    CHECK(usync->path({"query", "devices"})->text("version") == "2");
    for (auto const* tag : {"status", "picture", "lid", "disappearing_mode"})
        CHECK(usync->path({"query", tag}) != nullptr);
    auto const& users = usync->child("list")->children();
    REQUIRE(users.size() == 2);
    CHECK(users[0].jid("jid") == Jid::phone("15550002222"));
    CHECK(users[0].child("tctoken")->bytes().size() == 2);
    CHECK(users[1].child("tctoken") == nullptr);
}

TEST_CASE("what is shown of a person is read, and what is hidden or damaged is nothing", "[stanza][usync]")
{
    Bytes const certificate{0x0A, 0x07, 0x22, 0x05, 'B', 'i', 'k', 'e', 's'};
    CHECK(verified_name_in(certificate) == "Bikes");
    CHECK(verified_name_in(Bytes{0x0A, 0xFF}).empty());
    CHECK(verified_name_in({}).empty());
    Node user{"user"};
    user.set("jid", Jid::phone("15550002222"))
        .add(Node{"status"}.set("t", "1790000000").with_text("At work"))
        .add(Node{"picture"}.set("id", "99"))
        .add(Node{"disappearing_mode"}.set("duration", "604800"))
        .add(Node{"business"}.add(Node{"verified_name"}.with_bytes(certificate)));
    auto const shown = parse_usync(reply_with(std::move(user))).at(0);
    CHECK(shown.about == "At work");
    CHECK(shown.about_set == wall_from_seconds(1'790'000'000));
    CHECK(shown.picture_id == "99");
    CHECK(shown.timer == std::chrono::seconds{604'800});
    CHECK(shown.verified_name == "Bikes");

    Node hidden{"user"};
    hidden.set("jid", Jid::phone("15550002222"))
        .add(Node{"status"}.set("code", "401"))
        .add(Node{"picture"})
        .add(Node{"disappearing_mode"}.add(Node{"error"}.set("code", "401")))
        .add(Node{"business"});
    auto const nothing = parse_usync(reply_with(std::move(hidden))).at(0);
    CHECK_FALSE(nothing.about);
    CHECK(nothing.picture_id.empty());
    CHECK_FALSE(nothing.timer);
    CHECK(nothing.verified_name.empty());
}

TEST_CASE("devices are filtered by the signed list of key indexes", "[stanza][usync]")
{
    testing::SeededRandom random{1};
    auto const account = crypto::generate_key_pair(random);
    pairing::KeyIndexList const indexes{77, 1'790'000'000, 10, {3, 5}};
    Node list{"device-list"};
    list.add(device(0, -1));  // the phone always counts
    list.add(device(12, 3));  // valid
    list.add(device(13, 4));  // revoked
    list.add(device(14, 11)); // newer than the list
    list.add(device(15, 7).set("is_hosted", "true"));
    Node devices{"devices"};
    devices.add(std::move(list));
    devices.add(
        Node{"key-index-list"}.with_bytes(pairing::make_signed_key_index_list(indexes, account, random)));
    auto const users = parse_usync(
        reply_with(Node{"user"}.set("jid", Jid::hidden("900000000000002")).add(std::move(devices))));
    REQUIRE(users.size() == 1);
    CHECK(users[0].has_device_list);
    CHECK(ids_of(users[0]) == std::vector<int>{0, 12, 14, 15});
    CHECK(users[0].devices[3].hosted);
    CHECK(users[0].raw_id == 77);
}

TEST_CASE("devices without a readable list of key indexes are all kept", "[stanza][usync]")
{
    Node list{"device-list"};
    list.add(device(0, -1))
        .add(device(12, 3))
        .add(Node{"device"}.set("id", "70000"))
        .add(Node{"device"})
        .add(Node{"other"}.set("id", "4"));
    Node devices{"devices"};
    devices.add(std::move(list)).add(Node{"key-index-list"}.with_bytes({1, 2, 3}));
    auto const users = parse_usync(
        reply_with(Node{"user"}.set("jid", Jid::hidden("900000000000002")).add(std::move(devices))));
    REQUIRE(users.size() == 1);
    CHECK(ids_of(users[0]) == std::vector<int>{0, 12});
}

TEST_CASE("an answer about a number tells registration, hidden id and spelling", "[stanza][usync]")
{
    Node user{"user"};
    user.set("jid", Jid::phone("5511987654321"));
    user.add(Node{"contact"}.set("type", "in").with_text("+551187654321"))
        .add(Node{"lid"}.set("val", Jid::hidden("900000000000002")));
    auto const users = parse_usync(reply_with(std::move(user)));
    REQUIRE(users.size() == 1);
    CHECK(users[0].registered == true);
    CHECK(users[0].lid == Jid::hidden("900000000000002"));
    CHECK(users[0].contact == "+551187654321");
    CHECK(users[0].jid == Jid::phone("5511987654321"));
}

TEST_CASE("out and invalid numbers are not registered", "[stanza][usync]")
{
    auto const type = GENERATE(as<std::string>{}, "out", "invalid");
    auto const users = parse_usync(
        reply_with(Node{"user"}.set("jid", Jid::phone("1")).add(Node{"contact"}.set("type", type))));
    REQUIRE(users.size() == 1);
    CHECK(users[0].registered == false);
}

TEST_CASE("a number may stand beside the hidden id that was asked for", "[stanza][usync]")
{
    auto const users = parse_usync(reply_with(
        Node{"user"}.set("jid", Jid::hidden("900000000000002")).set("pn_jid", Jid::phone("15550002222"))));
    REQUIRE(users.size() == 1);
    CHECK(users[0].phone == Jid::phone("15550002222"));
    CHECK_FALSE(users[0].registered);
    CHECK_FALSE(users[0].has_device_list);
}

TEST_CASE("an answer without a list has no users", "[stanza][usync]")
{
    CHECK(parse_usync(Node{"iq"}.set("type", "result")).empty());
}
