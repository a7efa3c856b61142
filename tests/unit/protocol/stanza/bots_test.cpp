#include "protocol/stanza/bots.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

TEST_CASE("bots have their own server or numbers that are kept for them", "[stanza][bots]")
{
    CHECK(is_bot(Jid::phone("13135550002")));
    CHECK(is_bot(Jid::phone("13165550012")));
    CHECK(is_bot(Jid::parse("718584497008509@bot").value()));
    CHECK_FALSE(is_bot(Jid::phone("131355500021")));
    CHECK_FALSE(is_bot(Jid::phone("1313555000")));
    CHECK_FALSE(is_bot(Jid::phone("13135550002", 3)));
    CHECK_FALSE(is_bot(Jid::hidden("13135550002")));
    CHECK_FALSE(is_bot(Jid::phone("4915112345678")));
    CHECK_FALSE(is_bot(Jid{{}, JidServer::bot}));
}

TEST_CASE("the list is the section of all bots", "[stanza][bots]")
{
    auto const iq = bot_list_request();
    CHECK(iq.text("xmlns") == "bot");
    CHECK(iq.text("type") == "get");
    CHECK(*iq.child("bot") == Node{"bot"}.set("v", "2"));
    auto const one = Node{"bot"}.set("jid", Jid::phone("13135550002")).set("persona_id", "8670$1");
    auto const other = Node{"bot"}.set("jid", Jid::phone("13135550003")).set("persona_id", "8670$2");
    Node all{"section"};
    all.set("type", "all").add(one).add(other).add(one).add(Node{"bot"}).add(Node{"else"});
    Node list{"bot"};
    list.add(Node{"section"}.set("type", "featured").add(other)).add(std::move(all));
    auto const bots = parse_bot_list(Node{"iq"}.add(std::move(list)));
    REQUIRE(bots.size() == 2);
    CHECK(bots[0] == BotReference{Jid::phone("13135550002"), "8670$1"});
    CHECK(bots[1] == BotReference{Jid::phone("13135550003"), "8670$2"});
    CHECK(parse_bot_list(Node{"iq"}).empty());
}

TEST_CASE("profiles are asked for by bot and persona", "[stanza][bots]")
{
    auto const iq = bot_profiles_request({{Jid::phone("13135550002"), "8670$1"}});
    CHECK(iq.text("xmlns") == "usync");
    auto const& usync = *iq.child("usync");
    CHECK(usync.text("mode") == "query");
    CHECK(usync.text("context") == "interactive");
    CHECK(usync.path({"query", "bot", "profile"})->text("v") == "1");
    auto const& user = *usync.path({"list", "user"});
    CHECK(user.jid("jid") == Jid::phone("13135550002"));
    CHECK(user.path({"bot", "profile"})->text("persona_id") == "8670$1");
}

TEST_CASE("a profile has texts, commands and prompts; who has none is left out", "[stanza][bots]")
{
    Node profile{"profile"};
    profile.set("persona_id", "8670$1").add(Node{"default"}).add(Node{"name"}.with_text("Cook"));
    profile.add(Node{"attributes"}.with_text("a")).add(Node{"description"}.with_text("cooks"));
    profile.add(Node{"category"}.with_text("food"));
    Node command{"command"};
    command.add(Node{"name"}.with_text("/soup")).add(Node{"description"}.with_text("a soup"));
    profile.add(Node{"commands"}.add(Node{"description"}.with_text("dishes")).add(std::move(command)));
    Node prompt{"prompt"};
    prompt.add(Node{"emoji"}.with_text("!")).add(Node{"text"}.with_text("Dinner?"));
    profile.add(Node{"prompts"}.add(std::move(prompt)));
    Node user{"user"};
    user.set("jid", Jid::phone("13135550002")).add(Node{"bot"}.add(std::move(profile)));
    Node list{"list"};
    list.add(Node{"user"}.set("jid", Jid::phone("13135550003")).add(Node{"bot"})).add(std::move(user));
    auto const found = parse_bot_profiles(Node{"iq"}.add(Node{"usync"}.add(std::move(list))));
    REQUIRE(found.size() == 1);
    BotProfile expected;
    expected.jid = Jid::phone("13135550002");
    expected.persona_id = "8670$1";
    expected.name = "Cook";
    expected.attributes = "a";
    expected.description = "cooks";
    expected.category = "food";
    expected.is_default = true;
    expected.prompts = {{"!", "Dinner?"}};
    expected.commands_description = "dishes";
    expected.commands = {{"/soup", "a soup"}};
    CHECK((found[0] == expected));
    CHECK(parse_bot_profiles(Node{"iq"}).empty());
}
