#include "api/waha/message_json.hpp"

#include "api/http/json.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::waha;

namespace {

Message incoming()
{
    Message message;
    message.chat = Jid::hidden("777");
    message.chat_phone = Jid::phone("4915187654321");
    message.id = MessageId("3EB0AB");
    message.sender = Jid::hidden("777");
    message.sender_phone = Jid::phone("4915187654321");
    message.timestamp = wall_from_milliseconds(1'666'943'582'900);
    message.push_name = "Bob";
    message.body = "hi";
    message.ack = Ack::device;
    return message;
}

} // namespace

TEST_CASE("an incoming message has the shape that clients know", "[api][message]")
{
    CHECK(
        http::stable_json(message_json(incoming())) ==
        R"({"id":"false_4915187654321@c.us_3EB0AB","timestamp":1666943582,"from":"4915187654321@c.us","fromMe":false,"source":"app",)"
        R"("to":null,"participant":null,"body":"hi","hasMedia":false,"media":null,"mediaUrl":null,"ack":2,"ackName":"DEVICE",)"
        R"("author":null,"location":null,"vCards":null,"replyTo":null,)"
        R"("_data":{"chat":{"lid":"777@lid","pn":"4915187654321@c.us"},"sender":{"lid":"777@lid","pn":"4915187654321@c.us"},"kind":"text",)"
        R"("notifyName":"Bob","Info":{"ID":"3EB0AB","Chat":"777@lid","Sender":"777@lid","SenderAlt":"4915187654321@s.whatsapp.net","IsFromMe":false,"IsGroup":false,"PushName":"Bob"},"isStarred":false,"pinnedUntil":null}})");
}

TEST_CASE("a chat whose number is unknown is shown by its hidden id", "[api][message]")
{
    auto message = incoming();
    message.chat_phone.reset();
    message.sender_phone.reset();
    auto const body = message_json(message);
    CHECK(body.at("id") == "false_777@lid_3EB0AB");
    CHECK(body.at("from") == "777@lid");
    CHECK(body.at("_data").at("chat").at("pn").is_null());
}

TEST_CASE("an own message is from the chat, as GOWS has it", "[api][message]")
{
    auto message = incoming();
    message.from_me = true;
    message.sender = Jid::phone("4917");
    message.sender_phone.reset();
    message.origin = MessageOrigin::api;
    message.ack = Ack::server;
    auto const body = message_json(message);
    CHECK(body.at("id") == "true_4915187654321@c.us_3EB0AB");
    CHECK(body.at("from") == "4915187654321@c.us");
    CHECK(body.at("to").is_null());
    CHECK(body.at("source") == "api");
    CHECK(body.at("ackName") == "SERVER");
    CHECK(body.at("_data").at("sender").at("pn") == "4917@c.us");
}

TEST_CASE("in a group the sender stands in the id, in to and in participant", "[api][message]")
{
    auto message = incoming();
    message.chat = Jid{"120363", JidServer::group};
    message.chat_phone.reset();
    auto const body = message_json(message);
    CHECK(body.at("id") == "false_120363@g.us_3EB0AB_4915187654321@c.us");
    CHECK(body.at("from") == "120363@g.us");
    CHECK(body.at("to") == "4915187654321@c.us");
    CHECK(body.at("participant") == "4915187654321@c.us");
    CHECK(body.at("_data").at("chat").at("lid").is_null());
}

TEST_CASE("an answered message is quoted by its bare id", "[api][message]")
{
    auto message = incoming();
    message.quoted = QuotedMessage{MessageId("3EB0CC"), Jid::phone("4917", 4), "question"};
    CHECK(
        http::stable_json(message_json(message).at("replyTo")) ==
        R"({"id":"3EB0CC","participant":"4917@c.us","body":"question","hasMedia":false,"media":null,"_data":{}})");
}

TEST_CASE("every ack has its number and name", "[api][message]")
{
    auto message = incoming();
    for (auto const& [ack, number, name] :
         std::vector<std::tuple<Ack, int, std::string>>{{Ack::error, -1, "ERROR"},
                                                        {Ack::pending, 0, "PENDING"},
                                                        {Ack::server, 1, "SERVER"},
                                                        {Ack::device, 2, "DEVICE"},
                                                        {Ack::read, 3, "READ"},
                                                        {Ack::played, 4, "PLAYED"}}) {
        message.ack = ack;
        CHECK(message_json(message).at("ack") == number);
        CHECK(message_json(message).at("ackName").as_string() == name);
    }
}

TEST_CASE("an ack of a direct chat names the message and the chat", "[api][message]")
{
    MessageAcknowledged change;
    change.chat = Jid::hidden("777");
    change.chat_phone = Jid::phone("49151");
    change.id = MessageId("3EB0AB");
    change.ack = Ack::read;
    change.timestamp = wall_from_seconds(1'700'000'000);
    CHECK(
        http::stable_json(ack_json(change, nullptr)) ==
        R"({"id":"true_49151@c.us_3EB0AB","from":"49151@c.us","to":null,"participant":null,"fromMe":true,"ack":3,"ackName":"READ",)"
        R"("_data":{"chat":{"lid":"777@lid","pn":"49151@c.us"},"timestamp":1700000000,"error":null}})");
}

TEST_CASE("an ack of a group names who has read, and the own account as the sender", "[api][message]")
{
    MessageAcknowledged change;
    change.chat = Jid{"120363", JidServer::group};
    change.id = MessageId("3EB0AB");
    change.participant = Jid::hidden("888");
    change.ack = Ack::error;
    change.error = "479";
    OwnIdentity const me{Jid::phone("4917", 3), Jid::hidden("5", 3), "", ""};
    auto const body = ack_json(change, &me);
    CHECK(body.at("id") == "true_120363@g.us_3EB0AB_4917@c.us");
    CHECK(body.at("participant") == "888@lid");
    CHECK(body.at("to") == "888@lid");
    CHECK(body.at("_data").at("error") == "479");
}
