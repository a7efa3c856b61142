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
