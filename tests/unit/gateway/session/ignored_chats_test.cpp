#include "gateway/session/ignored_chats.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using gateway::IgnoreRules;

namespace {

Message message_in(Jid chat, bool from_api = false)
{
    Message message;
    message.chat = std::move(chat);
    message.id = MessageId("1");
    message.from_me = from_api;
    if (from_api) message.origin = MessageOrigin::api;
    return message;
}

Jid jid(char const* text)
{
    return *Jid::parse(text);
}

/// What is left of a unit with one received message in each sort of chat.
std::vector<std::string> left(IgnoreRules const& rules)
{
    UnitOfWork work;
    for (auto const* chat :
         {"status@broadcast", "1@g.us", "2@newsletter", "3@broadcast", "4@s.whatsapp.net"}) {
        auto message = message_in(jid(chat));
        work.events.push_back({.body = MessageAppeared{message}});
        work.messages.push_back(std::move(message));
    }
    drop_ignored(work, rules);
    CHECK(work.events.size() == work.messages.size());
    std::vector<std::string> chats;
    for (auto const& message : work.messages)
        chats.push_back(message.chat.to_string());
    return chats;
}

} // namespace

TEST_CASE("each rule drops its own sort of chat", "[gateway][ignore]")
{
    CHECK(left({}).size() == 5);
    CHECK(left({.status = true}) ==
          std::vector<std::string>{"1@g.us", "2@newsletter", "3@broadcast", "4@s.whatsapp.net"});
    CHECK(left({.groups = true}).size() == 4);
    CHECK(left({.channels = true}) ==
          std::vector<std::string>{"status@broadcast", "1@g.us", "3@broadcast", "4@s.whatsapp.net"});
    CHECK(left({.broadcast = true}) ==
          std::vector<std::string>{"status@broadcast", "1@g.us", "2@newsletter", "4@s.whatsapp.net"});
    CHECK(left({.status = true, .groups = true, .channels = true, .broadcast = true, .dm = true}).empty());
}

TEST_CASE("what was sent through the API, calls and the session itself are never ignored",
          "[gateway][ignore]")
{
    IgnoreRules const rules{.groups = true, .dm = true};
    UnitOfWork work;
    auto const own = message_in(jid("1@g.us"), true);
    work.messages.push_back(own);
    work.events.push_back({.body = MessageAppeared{own}});
    work.events.push_back({.body = MessageFailed{own.chat, {}, own.id, {}}});
    CallChanged call;
    call.from = jid("4@s.whatsapp.net");
    work.events.push_back({.body = call});
    work.events.push_back({.body = SessionStatusChanged{}});
    ChatChange change;
    change.jid = own.chat;
    work.chats.push_back(change);
    drop_ignored(work, rules);
    CHECK(work.messages.size() == 1);
    CHECK(work.events.size() == 4);
    CHECK(work.chats.size() == 1);
}

TEST_CASE("a session's rules win over the operator's", "[gateway][ignore]")
{
    auto const rules = gateway::merged({.groups = false}, {.status = true, .groups = true});
    CHECK(rules == IgnoreRules{.status = true, .groups = false});
}
