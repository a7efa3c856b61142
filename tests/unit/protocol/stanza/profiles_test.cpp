#include "protocol/stanza/profiles.hpp"

#include "protocol/stanza/privacy.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

TEST_CASE("a picture is asked for by its owner, with the owner's token", "[stanza][profile]")
{
    auto const iq = picture_request(Jid::hidden("77", 3), PictureSize::preview, Bytes{9});
    CHECK(iq.text("xmlns") == "w:profile:picture");
    CHECK(iq.text("type") == "get");
    CHECK(iq.jid("target") == Jid::hidden("77"));
    auto const& picture = *iq.child("picture");
    CHECK(picture.text("type") == "preview");
    CHECK(picture.text("query") == "url");
    CHECK(to_bytes(picture.child("tctoken")->bytes()) == Bytes{9});
}

TEST_CASE("a reply without a URL shows no picture", "[stanza][profile]")
{
    Node reply{"iq"};
    CHECK_FALSE(parse_picture(reply));
    reply.add(Node{"picture"}.set("status", "304"));
    CHECK_FALSE(parse_picture(reply));
    Node found{"iq"};
    found.add(Node{"picture"}.set("id", "12").set("url", "https://pps.whatsapp.net/v/1.jpg"));
    CHECK(parse_picture(found)->id == "12");
    CHECK(parse_picture(found)->url == "https://pps.whatsapp.net/v/1.jpg");
}

TEST_CASE("only a group's picture names whose it is, and none given takes it away", "[stanza][profile]")
{
    auto const own = picture_change({}, Bytes{0xFF, 0xD8});
    CHECK_FALSE(own.has("target"));
    CHECK(own.child("picture")->text("type") == "image");
    auto const group = Jid::parse("120363000000000001@g.us").value();
    auto const gone = picture_change(group, {});
    CHECK(gone.jid("target") == group);
    CHECK(gone.child("picture") == nullptr);
}

TEST_CASE("an about text that is hidden or empty is none", "[stanza][profile]")
{
    auto const reply_with = [](Node status) {
        Node user{"user"};
        user.set("jid", Jid::hidden("77")).add(std::move(status));
        Node usync{"usync"};
        usync.add(Node{"list"}.add(std::move(user)));
        return Node{"iq"}.add(std::move(usync));
    };
    CHECK(parse_about(reply_with(Node{"status"}.with_text("busy"))) == "busy");
    CHECK_FALSE(parse_about(reply_with(Node{"status"})));
    CHECK_FALSE(parse_about(reply_with(Node{"status"}.set("code", "401").with_text(""))));
    CHECK_FALSE(parse_about(Node{"iq"}));
}

TEST_CASE("blocking names the LID, and the number only when blocking", "[stanza][profile]")
{
    auto const lid = Jid::hidden("77");
    auto const phone = Jid::phone("4915");
    auto const block = *block_change(lid, phone, true).child("item");
    CHECK(block.jid("jid") == lid);
    CHECK(block.jid("pn_jid") == phone);
    CHECK(block.text("action") == "block");
    CHECK_FALSE(block_change(lid, phone, false).child("item")->has("pn_jid"));
    Node list{"list"};
    list.add(Node{"item"}.set("jid", lid).set("pn_jid", phone)).add(Node{"item"}).add(Node{"other"});
    auto const people = parse_blocked(list);
    REQUIRE(people.size() == 1);
    CHECK(people[0].jid == lid);
    CHECK(people[0].phone == phone);
}

TEST_CASE("privacy settings are pairs of name and value", "[stanza][profile]")
{
    auto const change = privacy_change({"last", "none"});
    auto const* category = change.path({"privacy", "category"});
    REQUIRE(category != nullptr);
    Node reply{"iq"};
    reply.add(Node{"privacy"}.add(*category).add(Node{"category"}).add(Node{"else"}));
    CHECK(parse_privacy(reply) == std::vector<PrivacySetting>{{"last", "none"}});
    CHECK(parse_privacy(Node{"iq"}).empty());
}

TEST_CASE("a business shows what it has filled in", "[stanza][profile]")
{
    Node profile{"profile"};
    profile.add(Node{"description"}.with_text("Bikes")).add(Node{"email"}.with_text("a@b.example"));
    profile.add(Node{"categories"}.add(Node{"category"}.with_text("Shop")));
    Node reply{"iq"};
    reply.add(Node{"business_profile"}.add(std::move(profile)));
    BusinessProfile expected;
    expected.description = "Bikes";
    expected.email = "a@b.example";
    expected.category = "Shop";
    CHECK(parse_business(reply) == expected);
    CHECK_FALSE(parse_business(Node{"iq"}.add(Node{"business_profile"})));
}

TEST_CASE("of the tokens in a notification the trusted contact's counts", "[stanza][privacy]")
{
    auto const notice = [](Node token) {
        return Node{"notification"}.add(Node{"tokens"}.add(Node{"token"}).add(std::move(token)));
    };
    Node good{"token"};
    good.set("type", "trusted_contact").set("t", "1700000000").with_bytes({1, 2, 3});
    auto const token = parse_token(notice(good));
    REQUIRE(token);
    CHECK(token->token == Bytes{1, 2, 3});
    CHECK(token->time == 1'700'000'000);
    CHECK_FALSE(parse_token(notice(Node{"token"}.set("type", "trusted_contact").set("t", "1"))));
    CHECK_FALSE(parse_token(notice(Node{"token"}.set("type", "other").set("t", "1").with_bytes({1}))));
    CHECK_FALSE(parse_token(Node{"notification"}));
    auto const issued = *issue_token(Jid::hidden("77", 2), 5).path({"tokens", "token"});
    CHECK(issued.jid("jid") == Jid::hidden("77"));
    CHECK(issued.text("t") == "5");
}

TEST_CASE("a business profile is changed field by field", "[stanza][profile]")
{
    BusinessChange change;
    change.description = "Bikes";
    change.websites = {"https://one.example", "https://two.example"};
    change.hours =
        BusinessHours{"Europe/Berlin", {{"mon", "specific_hours", 540, 1'080}, {"sun", "open_24h"}}};
    auto const iq = business_change(change);
    CHECK(iq.text("xmlns") == "w:biz");
    auto const& profile = *iq.child("business_profile");
    CHECK(profile.text("v") == "3");
    CHECK(profile.text("mutation_type") == "delta");
    REQUIRE(profile.children().size() == 4);
    CHECK(to_text(profile.child("description")->bytes()) == "Bikes");
    auto const& hours = *profile.child("business_hours");
    CHECK(hours.text("timezone") == "Europe/Berlin");
    CHECK(hours.children()[0].text("open_time") == "540");
    CHECK_FALSE(hours.children()[1].has("open_time"));
    // The same children are what a profile shows.
    Node shown{"profile"};
    for (auto const& child : profile.children())
        shown.add(child);
    auto const read = parse_business(Node{"iq"}.add(Node{"business_profile"}.add(std::move(shown))));
    REQUIRE(read);
    CHECK(read->description == "Bikes");
    CHECK(read->website == "https://one.example");
    CHECK(read->websites == *change.websites);
    CHECK(read->hours == change.hours);
}

TEST_CASE("a cover photo is named by what its upload was answered with", "[stanza][profile]")
{
    auto const set =
        *cover_photo_change({"7", "hmac", "1790000000"}).path({"business_profile", "cover_photo"});
    CHECK(set.text("op") == "update");
    CHECK(set.text("id") == "7");
    CHECK(set.text("token") == "hmac");
    CHECK(set.text("ts") == "1790000000");
    auto const gone = *cover_photo_removal("7").path({"business_profile", "cover_photo"});
    CHECK(gone.text("op") == "delete");
    CHECK(gone.text("id") == "7");
}
