#include "protocol/base/jid.hpp"

#include <catch2/catch.hpp>

#include <unordered_set>

using namespace wagate;

TEST_CASE("every server of the JID table has a name and is found by it", "[base][jid]")
{
    struct Row {
        JidServer server;
        std::string name;
    };
    auto const row = GENERATE(values<Row>({{JidServer::user, "s.whatsapp.net"},
                                           {JidServer::lid, "lid"},
                                           {JidServer::hosted, "hosted"},
                                           {JidServer::hosted_lid, "hosted.lid"},
                                           {JidServer::group, "g.us"},
                                           {JidServer::broadcast, "broadcast"},
                                           {JidServer::newsletter, "newsletter"},
                                           {JidServer::bot, "bot"},
                                           {JidServer::messenger, "msgr"},
                                           {JidServer::interop, "interop"},
                                           {JidServer::call, "call"},
                                           {JidServer::legacy_user, "c.us"}}));
    CHECK(server_name(row.server) == row.name);
    CHECK(server_from_name(row.name) == row.server);

    auto const text = "15550001111@" + row.name;
    auto const jid = Jid::parse(text);
    REQUIRE(jid);
    CHECK(*jid == Jid{"15550001111", row.server});
    CHECK(jid->to_string() == text);

    auto const server_only = Jid::parse(row.name);
    REQUIRE(server_only);
    CHECK(server_only->is_server());
    CHECK(server_only->server == row.server);
    CHECK(server_only->to_string() == row.name);
    CHECK(Jid::parse("@" + row.name) == server_only);
}

TEST_CASE("a device is part of the text form of user addresses", "[base][jid]")
{
    auto const server = GENERATE(as<std::string>{}, "s.whatsapp.net", "lid", "hosted", "hosted.lid", "bot",
                                 "msgr", "interop", "c.us");
    auto const text = "900000000000001:12@" + server;
    auto const jid = Jid::parse(text);
    REQUIRE(jid);
    CHECK(jid->user == "900000000000001");
    CHECK(jid->device == 12);
    CHECK(jid->to_string() == text);
    CHECK(jid->bare().to_string() == "900000000000001@" + server);
    CHECK(jid->ad_string() == "900000000000001.0:12@" + server);
}

TEST_CASE("device zero is read but not written", "[base][jid]")
{
    auto const jid = Jid::parse("15550001111:0@s.whatsapp.net");
    REQUIRE(jid);
    CHECK(*jid == Jid::phone("15550001111"));
    CHECK(jid->to_string() == "15550001111@s.whatsapp.net");
    CHECK(jid->ad_string() == "15550001111.0:0@s.whatsapp.net");
}

TEST_CASE("the agent survives only in the long form", "[base][jid]")
{
    auto const jid = Jid::parse("15550001111.3:5@s.whatsapp.net");
    REQUIRE(jid);
    CHECK(jid->agent == 3);
    CHECK(jid->device == 5);
    CHECK(jid->ad_string() == "15550001111.3:5@s.whatsapp.net");
    CHECK(jid->to_string() == "15550001111:5@s.whatsapp.net");
    CHECK(Jid::parse("15550001111.3@lid")->agent == 3);
}

TEST_CASE("the largest device number fits and the next one is refused", "[base][jid]")
{
    CHECK(Jid::parse("1:65535@lid")->device == 65'535);
    CHECK_FALSE(Jid::parse("1:65536@lid"));
    CHECK(Jid::parse("1.255:1@lid")->agent == 255);
    CHECK_FALSE(Jid::parse("1.256:1@lid"));
}

TEST_CASE("an old group address keeps its hyphen", "[base][jid]")
{
    auto const jid = Jid::parse("15550001111-1500000000@g.us");
    REQUIRE(jid);
    CHECK(jid->is_group());
    CHECK(jid->user == "15550001111-1500000000");
    CHECK(jid->to_string() == "15550001111-1500000000@g.us");
}

TEST_CASE("an interop address keeps its integrator", "[base][jid]")
{
    auto const jid = Jid::parse("7-12345:2@interop");
    REQUIRE(jid);
    CHECK(*jid == Jid{"12345", JidServer::interop, 2, 0, 7});
    CHECK(jid->to_string() == "7-12345:2@interop");
    CHECK(jid->bare().to_string() == "7-12345@interop");
}

TEST_CASE("status broadcast is a broadcast address", "[base][jid]")
{
    auto const jid = Jid::parse("status@broadcast");
    REQUIRE(jid);
    CHECK(*jid == Jid::status_broadcast());
    CHECK(jid->is_status());
    CHECK_FALSE(Jid::parse("1500000000@broadcast")->is_status());
}

TEST_CASE("garbage is no JID", "[base][jid]")
{
    auto const text = GENERATE(as<std::string>{}, "", "@", "15550001111", "15550001111@", "1@example.org",
                               "1@S.WHATSAPP.NET", "1@lid@lid", "1@lid ", " 1@lid", "1 2@lid", "1:@lid",
                               ":1@lid", ":@lid", "1:2:3@lid", "1:-1@lid", "1:+1@lid", "1:01@lid", "1:a@lid",
                               "1.@lid", ".1@lid", "1.2.3@lid", "1.:2@lid", "1.a:2@lid", "1:2.3@lid",
                               "+1555@s.whatsapp.net", "1_1@s.whatsapp.net", "1/2@lid", "1\n@lid",
                               "\xc3\xa9@lid", "-1@interop", "0-1@interop", "65536-1@interop", "a-1@interop");
    CAPTURE(text);
    CHECK_FALSE(Jid::parse(text));
}

TEST_CASE("an embedded NUL byte is refused", "[base][jid]")
{
    CHECK_FALSE(Jid::parse(std::string_view{"1\0@lid", 6}));
    CHECK_FALSE(Jid::parse(std::string_view{"1@lid\0", 6}));
}

TEST_CASE("only users have devices", "[base][jid]")
{
    auto const server = GENERATE(as<std::string>{}, "g.us", "broadcast", "newsletter", "call");
    CHECK_FALSE(Jid::parse("120363000000000001:1@" + server));
    CHECK_FALSE(Jid::parse("120363000000000001.0@" + server));
}

TEST_CASE("addresses of different servers and devices are different keys", "[base][jid]")
{
    std::unordered_set<Jid> const jids{Jid::phone("1"), Jid::phone("1", 1), Jid::hidden("1"),
                                       Jid::hidden("1", 1), Jid::phone("1")};
    CHECK(jids.size() == 4);
    CHECK(Jid::phone("1", 3).same_user(Jid::phone("1")));
    CHECK_FALSE(Jid::phone("1").same_user(Jid::hidden("1")));
}
