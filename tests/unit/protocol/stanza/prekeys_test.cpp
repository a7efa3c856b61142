#include "protocol/stanza/prekeys.hpp"

#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

struct Keys {
    testing::SeededRandom random{1};
    signal::LocalIdentity identity{crypto::generate_key_pair(random), 0x1234};
    signal::SignedPreKey signed_prekey =
        signal::generate_signed_prekey(1, identity.identity.private_key, random);
    std::vector<signal::PreKey> prekeys = signal::generate_prekeys(0xFFFFFE, 3, random);
};

Node user_with(Keys const& keys, Jid jid)
{
    Node user{"user"};
    user.set("jid", std::move(jid)).add(Node{"registration"}.with_bytes(big_endian(0x1234, 4)));
    user.add(Node{"type"}.with_bytes({5}))
        .add(Node{"identity"}.with_bytes(to_bytes(keys.identity.identity.public_key)));
    user.add(signed_prekey_node(keys.signed_prekey))
        .add(prekey_node(keys.prekeys[0].id, keys.prekeys[0].keys.public_key));
    return user;
}

Node reply_with(std::vector<Node> users)
{
    Node list{"list"};
    for (auto& user : users)
        list.add(std::move(user));
    return Node{"iq"}.set("type", "result").add(std::move(list));
}

Node without(Node node, std::string_view tag)
{
    std::erase_if(std::get<binary::Nodes>(node.content), [&](Node const& child) { return child.tag == tag; });
    return node;
}

} // namespace

TEST_CASE("an upload has the shape of 5.2", "[stanza][prekeys]")
{
    Keys keys;
    auto const iq = prekey_upload("3", keys.identity, keys.signed_prekey, keys.prekeys);
    CHECK(iq.text("xmlns") == "encrypt");
    CHECK(iq.text("type") == "set");
    std::vector<std::string> tags;
    for (auto const& child : iq.children())
        tags.push_back(child.tag);
    CHECK(tags == std::vector<std::string>{"registration", "type", "identity", "list", "skey"});
    CHECK(to_bytes(iq.child("registration")->bytes()) == Bytes{0, 0, 0x12, 0x34});
    CHECK(to_bytes(iq.child("type")->bytes()) == Bytes{5});
    CHECK(iq.child("identity")->bytes().size() == 32);
    auto const& list = iq.child("list")->children();
    REQUIRE(list.size() == 3);
    CHECK(to_bytes(list[0].child("id")->bytes()) == Bytes{0xFF, 0xFF, 0xFE});
    CHECK(to_bytes(list[2].child("id")->bytes()) == Bytes{0, 0, 1}); // 24 bits, wraps to 1
    CHECK(list[0].child("value")->bytes().size() == 32);
    CHECK(to_bytes(iq.path({"skey", "id"})->bytes()) == Bytes{0, 0, 1});
    CHECK(iq.path({"skey", "signature"})->bytes().size() == 64);
}

TEST_CASE("count, digest, rotation and fetch have their shapes", "[stanza][prekeys]")
{
    Keys keys;
    CHECK(prekey_count("1").child("count") != nullptr);
    CHECK(prekey_count("1").text("type") == "get");
    CHECK(prekey_digest("1").child("digest") != nullptr);
    auto const rotation = rotate_signed_prekey("1", keys.signed_prekey);
    CHECK(rotation.text("type") == "set");
    CHECK(rotation.path({"rotate", "skey", "value"})->bytes().size() == 32);
    auto const fetch =
        fetch_bundles("1", {Jid::hidden("900000000000002"), Jid::hidden("900000000000002", 12)});
    CHECK(fetch.text("type") == "get");
    auto const& users = fetch.child("key")->children();
    REQUIRE(users.size() == 2);
    CHECK(users[1].jid("jid") == Jid::hidden("900000000000002", 12));
    CHECK(users[1].text("reason") == "identity");
}

TEST_CASE("a bundle is read with every key", "[stanza][prekeys]")
{
    Keys keys;
    auto const found = parse_bundles(reply_with({user_with(keys, Jid::hidden("900000000000002", 12))}));
    REQUIRE(found.size() == 1);
    CHECK(found[0].device == Jid::hidden("900000000000002", 12));
    CHECK(found[0].error == 0);
    REQUIRE(found[0].bundle);
    auto const& bundle = *found[0].bundle;
    CHECK(bundle.registration_id == 0x1234);
    CHECK(bundle.identity == keys.identity.identity.public_key);
    CHECK(bundle.signed_prekey_id == 1);
    CHECK(bundle.signed_prekey == keys.signed_prekey.keys.public_key);
    CHECK(bundle.signed_prekey_signature == keys.signed_prekey.signature);
    REQUIRE(bundle.one_time);
    CHECK(bundle.one_time->id == 0xFFFFFE);
    CHECK(bundle.one_time->key == keys.prekeys[0].keys.public_key);
}

TEST_CASE("a bundle may lack the one-time key and nothing else", "[stanza][prekeys]")
{
    Keys keys;
    auto const user = user_with(keys, Jid::hidden("900000000000002"));
    auto const without_one_time = parse_bundles(reply_with({without(user, "key")}));
    REQUIRE(without_one_time[0].bundle);
    CHECK_FALSE(without_one_time[0].bundle->one_time);
    for (auto const tag : {"identity", "skey"}) {
        INFO(tag);
        auto const found = parse_bundles(reply_with({without(user, tag)}));
        CHECK_FALSE(found[0].bundle);
        CHECK(found[0].error == 500);
    }
}

TEST_CASE("keys of a wrong size make no bundle", "[stanza][prekeys]")
{
    Keys keys;
    auto user = without(user_with(keys, Jid::hidden("900000000000002")), "identity");
    user.add(Node{"identity"}.with_bytes(Bytes(33)));
    CHECK_FALSE(parse_bundles(reply_with({user}))[0].bundle);
}

TEST_CASE("an error of one device does not hide the others", "[stanza][prekeys]")
{
    Keys keys;
    Node gone{"user"};
    gone.set("jid", Jid::hidden("900000000000002", 3))
        .add(Node{"error"}.set("code", "406").set("text", "not-acceptable"));
    auto const found = parse_bundles(reply_with({gone, user_with(keys, Jid::hidden("900000000000002"))}));
    REQUIRE(found.size() == 2);
    CHECK(found[0].error == 406);
    CHECK_FALSE(found[0].bundle);
    CHECK(found[1].bundle);
}

TEST_CASE("the digest covers identity, signed key, signature and prekeys in order", "[stanza][prekeys]")
{
    Keys keys;
    auto const& identity = keys.identity.identity.public_key;
    std::vector<crypto::Key32> const order{keys.prekeys[0].keys.public_key, keys.prekeys[1].keys.public_key};
    auto const expected = crypto::sha1(concat(
        {identity, keys.signed_prekey.keys.public_key, keys.signed_prekey.signature, order[0], order[1]}));
    CHECK(key_digest(identity, keys.signed_prekey, order) == expected);
    CHECK(key_digest(identity, keys.signed_prekey, {order[1], order[0]}) != expected);
}
