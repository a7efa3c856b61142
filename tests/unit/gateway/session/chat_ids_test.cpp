#include "gateway/session/session_actor.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;

TEST_CASE("a phone number is understood in every way it is written", "[gateway][session]")
{
    auto const text = GENERATE("491701234567", "+49 170 123-45-67", "+49 (170) 1234567", "491701234567@c.us",
                               "491701234567@s.whatsapp.net", "491701234567:3@s.whatsapp.net");
    CAPTURE(text);
    auto const chat = parse_chat(text);
    REQUIRE(chat);
    CHECK(*chat == Jid::phone("491701234567"));
}

TEST_CASE("a hidden id and a group keep their server and lose their device", "[gateway][session]")
{
    auto const hidden = parse_chat("123456789012345:7@lid");
    REQUIRE(hidden);
    CHECK(*hidden == Jid::hidden("123456789012345"));
    auto const group = parse_chat("120363000000000000@g.us");
    REQUIRE(group);
    CHECK_FALSE(group->is_user());
}

TEST_CASE("what is no recipient is refused", "[gateway][session]")
{
    auto const text = GENERATE("", "@", "@c.us", "abc", "abc@c.us", "1234", "1234@c.us",
                               "123456789012345678901", "49170/1234567", "491701234567@", "@lid");
    CAPTURE(text);
    CHECK_FALSE(parse_chat(text));
}

TEST_CASE("a message id is found in its long form and taken as it is in its short one", "[gateway][session]")
{
    auto const text = GENERATE("3EB0ABCDEF", "true_491701234567@c.us_3EB0ABCDEF",
                               "false_120363000000000000@g.us_3EB0ABCDEF_491701234567@c.us");
    CAPTURE(text);
    auto const id = parse_message_id(text);
    REQUIRE(id);
    CHECK(id->value == "3EB0ABCDEF");
}

TEST_CASE("what is no message id is refused", "[gateway][session]")
{
    auto const text =
        GENERATE(as<std::string>{}, "", "true_", "true_491701234567@c.us", "true_491701234567@c.us_",
                 "maybe_491701234567@c.us_3EB0", "3EB0 ABCD", "3EB0\"", std::string(129, 'A'));
    CAPTURE(text);
    CHECK_FALSE(parse_message_id(text));
}

TEST_CASE("a full id is taken apart, and anything else is none", "[gateway][session]")
{
    auto const direct = parse_full_id("true_49151@c.us_3EB0AB");
    REQUIRE(direct);
    CHECK(direct->from_me);
    CHECK(direct->chat == Jid::phone("49151"));
    CHECK(direct->id == MessageId{"3EB0AB"});
    CHECK_FALSE(direct->participant);
    auto const in_group = parse_full_id("false_120363@g.us_3EB0AB_777@lid");
    REQUIRE(in_group);
    CHECK_FALSE(in_group->from_me);
    CHECK(in_group->chat == Jid{"120363", JidServer::group});
    CHECK(in_group->participant == Jid::hidden("777"));
    for (std::string const& none :
         {std::string("3EB0AB"), std::string(), std::string("maybe_49151@c.us_3EB0AB"),
          std::string("true_49151@c.us_"), std::string("true_x y_3EB0AB"),
          std::string("false_120363@g.us_3EB0AB_nobody here"), std::string("true_49151@c.us")}) {
        CAPTURE(none);
        CHECK_FALSE(parse_full_id(none));
    }
}
