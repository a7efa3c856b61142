// What is done with messages that are there.
#include "protocol/message/body.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

struct Desk : Api {
    Desk() { add_session("acme", "default"); }

    Message& store(bool from_me, Jid chat = Jid::phone("49151"), message::MessageBody body = words("old"))
    {
        Message message;
        message.chat = std::move(chat);
        message.id = MessageId{"3EB0AB"};
        message.from_me = from_me;
        message.sender = from_me ? Jid::phone("4917") : Jid::hidden("777");
        engine::describe(message, message::build_message({std::move(body), {}, {}}));
        gateway.stored = {message};
        return gateway.stored.front();
    }
    static message::MessageBody words(std::string text) { return message::Text{std::move(text), {}, {}}; }

    message::TypedMessage content()
    {
        REQUIRE(gateway.sent_request);
        OwnIdentity const me{Jid::phone("4917", 3), Jid::hidden("5", 3), "Ada", "android"};
        auto const chat = gateway::parse_chat(gateway.sent_request->chat);
        REQUIRE(chat);
        engine::DraftContext const context{gateway.reader, me, *chat, {}, MessageId{"1"}, {}, gateway.random};
        auto const bytes = gateway.sent_request->compose(context);
        REQUIRE(bytes.has_value());
        return message::parse_body(*bytes);
    }
    http::Response react(std::string id, std::string text)
    {
        return call("PUT", "/api/reaction", R"({"messageId":")" + id + R"(","reaction":")" + text + "\"}");
    }
};

Jid const some_group{"120363", JidServer::group};
std::string const one = "/api/default/chats/49151@c.us/messages/true_49151@c.us_3EB0AB";
std::string const others = "/api/default/chats/49151@c.us/messages/false_49151@c.us_3EB0AB";

} // namespace

TEST_CASE("a reaction goes to the chat of the message that its id names", "[api][messages]")
{
    Desk api;
    CHECK(api.react("false_49151@c.us_3EB0AB", "👍").status == 200);
    CHECK(api.gateway.sent_request->chat == "49151@s.whatsapp.net");
    auto const unknown = std::get<message::Reaction>(api.content().body);
    CHECK(unknown.text == "👍");
    CHECK(unknown.target.id == MessageId{"3EB0AB"});
    CHECK_FALSE(unknown.target.from_me);

    api.store(false, some_group);
    CHECK(api.react("3EB0AB", "").status == 200);
    CHECK(api.gateway.sent_request->chat == "120363@g.us");
    auto const stored = std::get<message::Reaction>(api.content().body);
    CHECK(stored.text.empty());
    CHECK(stored.target.participant == Jid::hidden("777"));

    api.gateway.stored.clear();
    CHECK(api.react("3EB0AB", "x").status == 404); // bare, and not stored: the chat is not known
    CHECK(api.react("", "x").status == 400);
    CHECK(api.call("PUT", "/api/reaction", R"({"messageId":"3EB0AB"})").status == 400);
}

TEST_CASE("own texts and captions can be changed, and nothing else", "[api][messages]")
{
    Desk api;
    api.store(true);
    auto const edited = api.call("PUT", one, R"({"text":"new","linkPreview":true})");
    CHECK(edited.status == 200);
    auto const edit = std::get<message::Edit>(api.content().body);
    CHECK(edit.target.id == MessageId{"3EB0AB"});
    CHECK(edit.target.from_me);
    CHECK(std::get<message::Text>(edit.content->body).text == "new");

    message::Media image;
    image.file.direct_path = "/v/x";
    image.file.key = message::SharedSecret(Bytes(32, 7));
    image.file.mimetype = "image/jpeg";
    image.caption = "before";
    api.store(true, Jid::phone("49151"), image);
    CHECK(api.call("PUT", one, R"({"text":"after"})").status == 200);
    auto const caption = std::get<message::Edit>(api.content().body);
    auto const& media = std::get<message::Media>(caption.content->body);
    CHECK(media.caption == "after");
    CHECK(media.file.direct_path == "/v/x");

    api.store(true, Jid::phone("49151"), message::Location{});
    CHECK(api.call("PUT", one, R"({"text":"x"})").status == 422);
    api.store(false);
    CHECK(api.call("PUT", others, R"({"text":"x"})").status == 422);
    api.store(true).revoked = true;
    CHECK(api.call("PUT", one, R"({"text":"x"})").status == 422);
    CHECK(api.call("PUT", one, R"({"text":""})").status == 400);
    CHECK(api.call("PUT", one, "{}").status == 400);
}

TEST_CASE("a message is deleted for everyone by its sender, or by an admin of the group", "[api][messages]")
{
    Desk api;
    api.store(true);
    CHECK(api.call("DELETE", one).status == 200);
    CHECK(std::get<message::Revoke>(api.content().body).target.from_me);
    api.store(false);
    CHECK(api.call("DELETE", others).status == 422);
    api.store(false, some_group);
    CHECK(api.call("DELETE", "/api/default/chats/120363@g.us/messages/3EB0AB").status == 200);
    auto const by_admin = std::get<message::Revoke>(api.content().body);
    CHECK_FALSE(by_admin.target.from_me);
    CHECK(by_admin.target.participant == Jid::hidden("777"));
    api.store(true).revoked = true;
    CHECK(api.call("DELETE", one).status == 422);
    api.gateway.stored.clear();
    CHECK(api.call("DELETE", "/api/default/chats/49888@c.us/messages/true_49151@c.us_3EB0AB").status == 404);
}

TEST_CASE("messages are pinned for a time that apps offer", "[api][messages]")
{
    Desk api;
    api.store(false);
    auto const pinned = api.call("POST", others + "/pin", R"({"duration":86400})");
    CHECK(pinned.status == 201);
    CHECK(pinned.body == R"({"success":true})");
    auto const content = api.content();
    CHECK(std::get<message::Pin>(content.body).pinned);
    CHECK(content.envelope.add_on_duration == std::chrono::hours{24});
    CHECK(api.call("POST", others + "/unpin").status == 201);
    CHECK_FALSE(std::get<message::Pin>(api.content().body).pinned);
    CHECK(body_of(api.call("POST", others + "/pin", R"({"duration":5})")).at("message").at(0) ==
          "duration must be 86400, 604800 or 2592000 seconds");
}

TEST_CASE("one stored message is shown, and an unknown one is 404", "[api][messages]")
{
    Desk api;
    api.store(true);
    auto const found = api.call("GET", one + "?downloadMedia=false&merge=true");
    CHECK(found.status == 200);
    CHECK(body_of(found).at("id") == "true_49151@c.us_3EB0AB");
    CHECK(body_of(found).at("body") == "old");
    CHECK(api.gateway.calls.back() == "message true_49151@c.us_3EB0AB of 49151@c.us acme/default");
    CHECK(api.call("GET", "/api/default/chats/all/messages/3EB0AB").status == 200);
    CHECK(api.gateway.calls.back() == "message 3EB0AB acme/default");
    CHECK(api.call("GET", "/api/default/chats/49151/messages/3EB0FF").body ==
          R"({"message":"Message not found","error":"Not Found","statusCode":404})");
    CHECK(api.call("GET", one + "?downloadMedia=maybe").status == 400);
}

TEST_CASE("the deprecated list of messages takes the chat from the query", "[api][messages]")
{
    Desk api;
    api.store(true);
    auto const found = api.call("GET", "/api/messages?chatId=49151@c.us&session=default&limit=5");
    CHECK(found.status == 200);
    CHECK(body_of(found).as_array().size() == 1);
    CHECK(api.gateway.asked_chat == "49151@c.us");
    CHECK(api.gateway.asked->limit == 5);
    CHECK(api.call("GET", "/api/messages?session=default").status == 400);
}

TEST_CASE("messages are marked as read by their ids, or those of the last week", "[api][messages]")
{
    Desk api;
    api.store(false);
    auto const by_id = api.call(
        "POST", "/api/sendSeen",
        R"({"chatId":"49151@c.us","messageId":"false_49151@c.us_3EB0AB","messageIds":["false_49151@c.us_3EB0CC"]})");
    CHECK(by_id.status == 201);
    CHECK(body_of(by_id).at("ids").as_array().size() == 2);
    CHECK(api.gateway.questions.size() == 1);

    auto const unread = api.call("POST", "/api/sendSeen", R"({"chatId":"49151@c.us"})");
    CHECK(http::stable_json(body_of(unread).at("ids")) == R"(["false_49151@c.us_3EB0AB"])");
    CHECK(api.gateway.asked->from_me == false);
    CHECK(api.gateway.asked->limit == 30);
    CHECK(api.gateway.asked->from);
    CHECK(api.gateway.questions.size() == 2);

    api.gateway.stored.front().ack = Ack::read;
    CHECK(body_of(api.call("POST", "/api/sendSeen", R"({"chatId":"49151@c.us"})"))
              .at("ids")
              .as_array()
              .empty());
    CHECK(api.gateway.questions.size() == 3); // nothing to tell anybody, but the session has to work

    api.gateway.stored.clear();
    CHECK(api.call("POST", "/api/sendSeen", R"({"chatId":"120363@g.us","messageIds":["3EB0CC"]})").status ==
          400);
    CHECK(api.call("POST", "/api/sendSeen",
                   R"({"chatId":"120363@g.us","messageIds":["3EB0CC"],"participant":"777@lid"})")
              .status == 201);
    CHECK(api.call("POST", "/api/sendSeen", R"({"chatId":"nobody"})").status == 400);
    CHECK(api.call("POST", "/api/sendSeen", "{}").status == 400);
}

TEST_CASE("the unread messages of a chat are marked, as many and as old as asked", "[api][messages]")
{
    Desk api;
    api.store(false);
    std::string const path = "/api/default/chats/49151@c.us/messages/read";
    auto const read = api.call("POST", path);
    CHECK(read.status == 201);
    CHECK(http::stable_json(body_of(read)) == R"({"ids":["false_49151@c.us_3EB0AB"]})");
    CHECK(api.gateway.asked->limit == 30);
    auto const week_ago = *api.gateway.asked->from;
    CHECK(api.call("POST", path + "?messages=5&days=2").status == 201);
    CHECK(api.gateway.asked->limit == 5);
    CHECK(*api.gateway.asked->from - week_ago >= std::chrono::hours{5 * 24});
    CHECK(api.call("POST", path, R"({"messages":7,"days":1})").status == 201);
    CHECK(api.gateway.asked->limit == 7);
    CHECK(api.call("POST", path + "?messages=0").status == 400);
    CHECK(api.call("POST", path + "?days=x").status == 400);
    CHECK(api.call("POST", path, R"({"days":0})").status == 400);
}

TEST_CASE("only what can be played is marked as played, by its id", "[api][messages]")
{
    Desk api;
    api.store(false);
    CHECK(api.call("POST", "/api/sendSeen", R"({"chatId":"49151@c.us","played":true})").status == 400);
    std::string const body =
        R"({"chatId":"49151@c.us","messageIds":["false_49151@c.us_3EB0AB"],"played":true})";
    CHECK(api.call("POST", "/api/sendSeen", body).status == 422); // a text
    CHECK(api.gateway.questions.empty());
    message::TypedMessage voice;
    message::Media media;
    media.kind = message::MediaKind::voice;
    voice.body = media;
    api.gateway.stored.front().content = message::build_message(voice);
    CHECK(api.call("POST", "/api/sendSeen", body).status == 201);
    CHECK(api.gateway.questions.size() == 1);
}

TEST_CASE("a new message id looks like those of web clients", "[api][messages]")
{
    Desk api;
    auto const first = body_of(api.call("GET", "/api/default/new-message-id")).at("id");
    auto const second = body_of(api.call("GET", "/api/default/new-message-id")).at("id");
    CHECK(std::string(first.as_string()).substr(0, 4) == "3EB0");
    CHECK(first.as_string().size() == 22);
    CHECK(first != second);
    CHECK(api.call("GET", "/api/nobody/new-message-id").status == 422);
}

TEST_CASE("a comment needs a text, and the announcement group of a community", "[api][messages]")
{
    Desk api;
    api.store(false, some_group);
    std::string const path =
        "/api/v1/default/chats/120363@g.us/messages/false_120363@g.us_3EB0AB_777@lid/comments";
    CHECK(api.call("POST", path, R"({"text":"well said"})").status == 422); // no announcement group
    REQUIRE(api.gateway.sent_request);
    OwnIdentity const me{Jid::phone("4917", 3), Jid::hidden("5", 3), "Ada", "android"};
    engine::DraftContext const context{api.gateway.reader, me, some_group,        {},
                                       MessageId{"1"},     {}, api.gateway.random};
    CHECK(api.gateway.sent_request->compose(context).error() == engine::DraftErrc::not_possible);
    CHECK(api.call("POST", path, R"({"text":""})").status == 400);
    CHECK(api.call("POST", path, "{}").status == 400);
}
