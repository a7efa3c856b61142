// Sending by kind: what a request becomes as content, and what is refused.
#include "protocol/base/encoding.hpp"
#include "protocol/message/compose.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

namespace {

struct Sender : Api {
    Sender() { add_session("acme", "default"); }

    /// The content that was made of a request that is taken; as the engine would send it.
    message::TypedMessage content(std::string const& path, std::string const& body)
    {
        gateway.sent_request.reset();
        auto const response = call("POST", path, body);
        INFO(response.body);
        REQUIRE(response.status == 201);
        REQUIRE(gateway.sent_request);
        answer = body_of(response).as_object();
        return compose(*gateway.sent_request);
    }
    message::TypedMessage compose(gateway::SendRequest const& request)
    {
        OwnIdentity const me{Jid::phone("4917", 3), Jid::hidden("5", 3), "Ada", "android"};
        auto const chat = gateway::parse_chat(request.chat);
        REQUIRE(chat);
        engine::DraftContext const context{gateway.reader, me, *chat, {}, MessageId{"1"}, {}, gateway.random};
        auto const bytes = request.compose(context);
        REQUIRE(bytes.has_value());
        return message::parse_body(*bytes);
    }
    std::string problems(std::string const& path, std::string const& body)
    {
        gateway.sent_request.reset();
        auto const response = call("POST", path, body);
        CHECK(response.status == 400);
        CHECK_FALSE(gateway.sent_request);
        return http::stable_json(body_of(response).at("message"));
    }
    /// A message of the chat with 49151, or of `chat`.
    Message store(message::TypedMessage const& content, bool from_me = false, Jid chat = Jid::phone("49151"))
    {
        Message message;
        message.chat = std::move(chat);
        message.id = MessageId{"3EB0AB"};
        message.from_me = from_me;
        message.sender = from_me ? Jid::phone("4917") : Jid::phone("49151");
        engine::describe(message, message::build_message(content));
        gateway.stored = {message};
        return message;
    }

    http::json::object answer;
};

message::TypedMessage text(std::string words)
{
    return {message::Text{std::move(words), {}, {}}, {}, {}};
}

} // namespace

TEST_CASE("a location is sent with its title", "[api][send]")
{
    Sender api;
    auto const sent = api.content("/api/sendLocation",
                                  R"({"chatId":"49151@c.us","latitude":38.8937255,"longitude":-77.0969763,)"
                                  R"("title":"Our office","id":"3EB0FF","reply_to":null})");
    auto const& place = std::get<message::Location>(sent.body);
    CHECK(place.latitude == 38.8937255);
    CHECK(place.longitude == -77.0969763);
    CHECK(place.name == "Our office");
    CHECK(api.answer.at("id") == "true_49151@c.us_3EB0FF");
    CHECK(
        http::stable_json(api.answer.at("location")) ==
        R"({"latitude":"38.8937255","longitude":"-77.0969763","live":false,"name":"Our office","address":null,)"
        R"("url":null,"description":null,"thumbnail":null})");
    CHECK(api.answer.at("_data").at("kind") == "location");
    CHECK(api.problems("/api/sendLocation", R"({"chatId":"1","latitude":91,"longitude":0})") ==
          R"(["latitude must not be greater than 90"])");
    CHECK(api.problems("/api/sendLocation", R"({"chatId":"1","latitude":"1","longitude":0})") ==
          R"(["latitude must be a number conforming to the specified constraints"])");
}

TEST_CASE("contacts are sent as they are, or made of a name and a number", "[api][send]")
{
    Sender api;
    auto const sent = api.content(
        "/api/sendContactVcard",
        R"({"chatId":"49151","contacts":[{"vcard":"BEGIN:VCARD\nVERSION:3.0\nFN:Jane Doe\nEND:VCARD"},)"
        R"({"fullName":"John Doe","organization":"Acme","phoneNumber":"+49 151 1","whatsappId":"491511","vcard":null}]})");
    auto const& contacts = std::get<message::Contacts>(sent.body);
    REQUIRE(contacts.cards.size() == 2);
    CHECK(contacts.display_name == "2 contacts");
    CHECK(contacts.cards[0].display_name == "Jane Doe");
    CHECK(contacts.cards[0].vcard == "BEGIN:VCARD\nVERSION:3.0\nFN:Jane Doe\nEND:VCARD");
    CHECK(contacts.cards[1].display_name == "John Doe");
    CHECK(contacts.cards[1].vcard.find("waid=491511") != std::string::npos);
    CHECK(api.answer.at("vCards").as_array().size() == 2);
    CHECK(api.problems("/api/sendContactVcard", R"({"chatId":"1","contacts":[{"fullName":"X"}]})") ==
          R"(["contacts.0.phoneNumber should not be empty"])");
    CHECK(api.problems("/api/sendContactVcard", R"({"chatId":"1","contacts":[]})") ==
          R"(["contacts should not be empty"])");
}

TEST_CASE("a poll has a secret, its options once each, and one or many answers", "[api][send]")
{
    Sender api;
    auto const single =
        api.content("/api/sendPoll", R"({"chatId":"49151","poll":{"name":"How?","options":["A","B"]}})");
    auto const& poll = std::get<message::Poll>(single.body);
    CHECK(poll.name == "How?");
    CHECK(poll.options == std::vector<std::string>{"A", "B"});
    CHECK(poll.selectable == 1);
    REQUIRE(single.envelope.secret);
    CHECK(single.envelope.secret->reveal().size() == 32);
    CHECK(http::stable_json(api.answer.at("_data").at("poll")) ==
          R"({"name":"How?","options":["A","B"],"multipleAnswers":false})");
    CHECK(api.answer.at("body") == "How?");
    auto const many = api.content(
        "/api/sendPoll",
        R"({"chatId":"49151","poll":{"name":"How?","options":["A","B"],"multipleAnswers":true}})");
    CHECK(std::get<message::Poll>(many.body).selectable == 0);
    CHECK(api.problems("/api/sendPoll", R"({"chatId":"1","poll":{"name":"How?","options":["A","B","A"]}})") ==
          R"(["poll.options must not contain the same option twice"])");
    CHECK(api.problems("/api/sendPoll", R"({"chatId":"1"})") == R"(["poll should not be empty"])");
    CHECK(api.call("POST", "/api/sendPoll", R"({"chatId":"1","poll":{"name":"?","options":["A"]}})").status ==
          400);
}

TEST_CASE("a vote is sealed for the poll, and what the poll does not offer is refused", "[api][send]")
{
    Sender api;
    message::Poll poll;
    poll.name = "How?";
    poll.options = {"A", "B"};
    poll.selectable = 1;
    auto const asked = message::new_poll(poll, false, api.gateway.random);
    api.store(asked);
    auto const vote = [&](std::string const& votes) {
        return R"({"chatId":"49151","pollMessageId":"false_49151@c.us_3EB0AB","votes":)" + votes + "}";
    };
    for (std::string const& shape : {std::string(R"(["B"])"), std::string(R"([["B"]])")}) {
        auto const sent = api.content("/api/sendPollVote", vote(shape));
        auto const& sealed = std::get<message::PollVote>(sent.body);
        CHECK(sealed.target.id == MessageId{"3EB0AB"});
        CHECK_FALSE(sealed.target.from_me);
        message::SecretScope const scope{MessageId{"3EB0AB"}, Jid::phone("49151"), Jid::phone("4917")};
        auto const opened =
            message::open_sealed(message::SecretUse::poll_vote, *asked.envelope.secret, scope, sealed.sealed);
        REQUIRE(opened.has_value());
        CHECK(message::chosen_options(*opened, poll) == std::vector<std::string>{"B"});
    }
    auto const refused = [&](std::string const& votes) {
        auto const response = api.call("POST", "/api/sendPollVote", vote(votes));
        CHECK(response.status == 422);
        return body_of(response).at("reason");
    };
    CHECK(refused(R"(["C"])") == "not_possible");
    CHECK(refused(R"(["A","B"])") == "not_possible");
    api.store(text("no poll"));
    CHECK(refused(R"(["A"])") == "not_possible");
    api.gateway.stored.clear();
    CHECK(api.call("POST", "/api/sendPollVote", vote(R"(["A"])")).status == 404);
    CHECK(api.call("POST", "/api/sendPollVote", "nonsense").status == 400);
}

TEST_CASE("a list is for one person and names every row once", "[api][send]")
{
    Sender api;
    auto const body = [](std::string const& chat, std::string const& second) {
        return R"({"chatId":")" + chat +
               R"(","message":{"title":"Menu","description":"Choose","footer":"Thanks","button":"Open",)"
               R"("sections":[{"title":"Main","rows":[{"title":"One","rowId":"1","description":null},)"
               R"({"title":"Two","rowId":")" +
               second + R"("}]}]}})";
    };
    auto const sent = api.content("/api/sendList", body("49151", "2"));
    auto const& list = std::get<message::List>(sent.body);
    CHECK(list.title == "Menu");
    CHECK(list.button == "Open");
    REQUIRE(list.sections.size() == 1);
    REQUIRE(list.sections[0].rows.size() == 2);
    CHECK(list.sections[0].rows[1].id == "2");
    CHECK(api.answer.at("_data").at("list").at("sections").at(0).at("rows").at(0).at("rowId") == "1");
    CHECK(api.problems("/api/sendList", body("49151", "1")) ==
          R"(["message.sections must not contain the same rowId twice"])");
    CHECK(api.call("POST", "/api/sendList", body("120363@g.us", "2")).status == 422);
}

TEST_CASE("a button's answer names the button and quotes its message", "[api][send]")
{
    Sender api;
    auto const sent =
        api.content("/api/send/buttons/reply",
                    R"({"chatId":"49151","replyTo":"false_49151@c.us_3EB0AB","selectedDisplayText":"Yes",)"
                    R"("selectedButtonID":"b1"})");
    auto const& reply = std::get<message::ButtonReply>(sent.body);
    CHECK(reply.id == "b1");
    CHECK(reply.text == "Yes");
    REQUIRE(sent.context.quoted);
    CHECK(sent.context.quoted->id == MessageId{"3EB0AB"});
    CHECK(api.answer.at("replyTo").at("id") == "3EB0AB");
    CHECK(http::stable_json(api.answer.at("_data").at("selected")) == R"({"id":"b1","text":"Yes"})");
}

TEST_CASE("an event has a secret and its times in seconds", "[api][send]")
{
    Sender api;
    auto const sent = api.content(
        "/api/default/events",
        R"({"chatId":"49151","event":{"name":"Party","description":"Come","startTime":1800000000,"endTime":1800003600,)"
        R"("location":{"name":"Here"},"extraGuestsAllowed":true}})");
    auto const& event = std::get<message::CalendarEvent>(sent.body);
    CHECK(event.name == "Party");
    CHECK(event.start == wall_from_seconds(1'800'000'000));
    CHECK(event.end == wall_from_seconds(1'800'003'600));
    REQUIRE(event.location);
    CHECK(event.location->name == "Here");
    CHECK(event.extra_guests_allowed);
    CHECK(sent.envelope.secret);
    CHECK(api.answer.at("_data").at("event").at("startTime") == 1'800'000'000);
    CHECK(api.problems("/api/default/events",
                       R"({"chatId":"1","event":{"name":"X","startTime":10,"endTime":9}})") ==
          R"(["event.endTime must not be before event.startTime"])");
    CHECK(api.call("POST", "/api/nobody/events", R"({"chatId":"1","event":{"name":"X","startTime":10}})")
              .status == 422);
}

TEST_CASE("a custom preview is of a link in the text, with any picture", "[api][send]")
{
    Sender api;
    auto const body = [](std::string const& words, std::string const& image) {
        return R"({"chatId":"49151","reply_to":"3EB1","text":")" + words +
               R"(","preview":{"url":"https://example.org/","title":"Title","description":"Words","image":)" +
               image + "}}";
    };
    auto const path = "/api/send/link-custom-preview";
    for (auto const* image : {R"({"data":"/9j/4A=="})", R"({"url":"https://h.example/i.png"})", "null"})
        CHECK(api.call("POST", path, body("see https://example.org/", image)).status == 201);
    REQUIRE(api.media.links.size() == 3);
    auto const& draft = api.media.links[0].draft;
    CHECK(api.media.links[0].request.chat == "49151");
    CHECK(draft.text == "see https://example.org/");
    CHECK(draft.reply_to == "3EB1");
    CHECK(draft.preview.url == "https://example.org/");
    CHECK(draft.preview.title == "Title");
    CHECK(draft.preview.description == "Words");
    CHECK(draft.high_quality);
    CHECK_FALSE(draft.is_read);
    CHECK(draft.image.base64 == "/9j/4A==");
    CHECK(api.media.links[1].draft.image.url == "https://h.example/i.png");
    CHECK(api.media.links[2].draft.image.url.empty());
    CHECK(api.problems(path, body("no link", "null")) == R"(["text must contain preview.url"])");
    CHECK(api.problems(path, body("see https://example.org/", R"({"data":"AA==","url":"https://a"})")) ==
          R"(["preview.image must have either a url or data in base64"])");
}

TEST_CASE("the page that a text links to is asked, unless the client does not want it", "[api][send]")
{
    Sender api;
    auto const send = [&](std::string const& more) {
        return api.call("POST", "/api/sendText",
                        R"({"chatId":"49151","text":"see https://example.org/a.","mentions":["49152"])" +
                            more + "}");
    };
    CHECK(send("").status == 201);
    CHECK(send(R"(,"linkPreview":true,"linkPreviewHighQuality":true)").status == 201);
    REQUIRE(api.media.links.size() == 2);
    auto const& draft = api.media.links[0].draft;
    CHECK(draft.text == "see https://example.org/a.");
    CHECK(draft.preview.url == "https://example.org/a");
    CHECK(draft.mentions == std::vector<std::string>{"49152"});
    CHECK(draft.is_read);
    CHECK_FALSE(draft.high_quality);
    CHECK(api.media.links[1].draft.high_quality);
    CHECK(send(R"(,"linkPreview":false)").status == 201);
    CHECK(api.call("POST", "/api/sendText", R"({"chatId":"49151","text":"no link"})").status == 201);
    CHECK(api.media.links.size() == 2);
    CHECK(api.call("POST", "/api/sendLinkPreview", R"({"chatId":"49151","title":"T","url":"https://e.org"})")
              .status == 201);
    REQUIRE(api.media.links.size() == 3);
    CHECK(api.media.links[2].draft.text == "T\nhttps://e.org");
    CHECK(api.media.links[2].draft.preview.url == "https://e.org");
}

TEST_CASE("buttons are a native flow, in the order given", "[api][send]")
{
    Sender api;
    auto const buttons = std::string{
        R"("buttons":[{"type":"reply","text":"Good"},{"type":"reply","text":"Bad","id":"b"},)"
        R"({"type":"call","text":"Call","phoneNumber":"+491511"},{"type":"copy","text":"Copy","copyCode":"4321"},)"
        R"({"type":"url","text":"Open","url":"https://example.org/"}])"};
    auto const sent = api.content("/api/sendButtons",
                                  R"({"chatId":"49151","header":"How?","body":"Tell us","footer":"Thanks",)" +
                                      buttons + "}");
    auto const& flow = std::get<message::Interactive>(sent.body);
    CHECK(flow.title == "How?");
    CHECK(flow.text == "Tell us");
    CHECK(flow.footer == "Thanks");
    CHECK(flow.version == 1);
    REQUIRE(flow.buttons.size() == 5);
    CHECK(flow.buttons[0] ==
          message::Interactive::Button{"quick_reply", R"({"display_text":"Good","id":"1"})"});
    CHECK(flow.buttons[1] ==
          message::Interactive::Button{"quick_reply", R"({"display_text":"Bad","id":"b"})"});
    CHECK(flow.buttons[2] ==
          message::Interactive::Button{"cta_call", R"({"display_text":"Call","phone_number":"+491511"})"});
    CHECK(flow.buttons[3] ==
          message::Interactive::Button{"cta_copy", R"({"display_text":"Copy","copy_code":"4321"})"});
    CHECK(
        flow.buttons[4] ==
        message::Interactive::Button{
            "cta_url",
            R"({"display_text":"Open","url":"https://example.org/","merchant_url":"https://example.org/"})"});
    auto const& shown = api.answer.at("_data").at("buttons").at("buttons").as_array();
    CHECK(http::stable_json(shown[0]) == R"({"id":"1","text":"Good","type":"reply"})");
    CHECK(http::stable_json(shown[4]) ==
          R"({"id":"","text":"Open","url":"https://example.org/","type":"url"})");
    CHECK(api.problems("/api/sendButtons",
                       R"({"chatId":"49151","body":"x","buttons":[{"type":"url","text":"Open"}]})") ==
          R"(["buttons.0.url should not be empty"])");
    CHECK(api.call("POST", "/api/sendButtons",
                   R"({"chatId":"49151","body":"x","header":"H","headerImage":{"url":"https://a/i.png"},)" +
                       buttons + "}")
              .status == 201);
    REQUIRE(api.media.sent.size() == 1);
    CHECK(api.media.sent[0].draft.source.url == "https://a/i.png");
    CHECK(api.media.sent[0].draft.kind == message::MediaKind::image);
    REQUIRE(api.media.sent[0].draft.buttons);
    CHECK(api.media.sent[0].draft.buttons->title == "H");
    CHECK(api.media.sent[0].draft.buttons->buttons.size() == 5);
    CHECK(api.problems("/api/sendButtons",
                       R"({"chatId":"49151","body":"x","headerImage":{"mimetype":"image/png"},)" + buttons +
                           "}") == R"(["headerImage must have either a url or data in base64"])");
    CHECK(api.call("POST", "/api/sendButtons", R"({"chatId":"49151","body":"x","buttons":[]})").status ==
          400);
    CHECK(
        api.call("POST", "/api/sendButtons", R"({"chatId":"49151","buttons":[{"type":"reply","text":"A"}]})")
            .status == 400);
}

TEST_CASE("the timer of a chat with a person is a message of its own", "[api][send]")
{
    Sender api;
    CHECK(api.call("PUT", "/api/v1/default/chats/49151@c.us/timer", R"({"seconds":86400})").status == 200);
    REQUIRE(api.gateway.sent_request);
    auto const sent = api.compose(*api.gateway.sent_request);
    CHECK(std::get<message::EphemeralSetting>(sent.body).expiration == std::chrono::hours{24});
}

TEST_CASE("a stored message is sent on as forwarded", "[api][send]")
{
    Sender api;
    api.store(text("news"));
    auto const body = R"({"chatId":"49888","messageId":"false_49151@c.us_3EB0AB"})";
    auto const sent = api.content("/api/forwardMessage", body);
    CHECK(std::get<message::Text>(sent.body).text == "news");
    CHECK(sent.context.forwarded);
    CHECK(api.gateway.sent_request->chat == "49888");
    CHECK(api.answer.at("_data").at("forwarded") == true);
    message::Poll poll;
    poll.options = {"A", "B"};
    api.store(message::new_poll(poll, false, api.gateway.random));
    CHECK(api.call("POST", "/api/forwardMessage", body).status == 422);
    api.gateway.stored.clear();
    CHECK(api.call("POST", "/api/forwardMessage", body).status == 404);
}

TEST_CASE("sends of every kind take an idempotency key, told apart by operation", "[api][send]")
{
    Sender api;
    auto const key_of = [&](std::string path, std::string body) {
        http::Request request;
        request.method = "POST";
        request.path = std::move(path);
        request.headers.add("X-Api-Key", "acme-key");
        request.headers.add("Idempotency-Key", "order-17");
        request.body = std::move(body);
        CHECK(api.send(std::move(request)).status == 201);
        REQUIRE(api.gateway.sent_request);
        REQUIRE(api.gateway.sent_request->key);
        return *api.gateway.sent_request->key;
    };
    std::string const place = R"({"chatId":"49151","latitude":1,"longitude":2})";
    auto const first = key_of("/api/sendLocation", place);
    CHECK(key_of("/api/sendLocation", place) == first);
    auto const poll = R"({"chatId":"49151","poll":{"name":"?","options":["a","b"],"multipleAnswers":false}})";
    CHECK(key_of("/api/sendPoll", poll).key_hash == first.key_hash);
    CHECK(key_of("/api/sendPoll", poll).body_hash != first.body_hash);
}

TEST_CASE("a reply to what is no message id is refused, and unknown fields are in strict mode", "[api][send]")
{
    Sender api;
    CHECK(api.call("POST", "/api/sendLocation",
                   R"({"chatId":"49151","latitude":1,"longitude":2,"reply_to":"no id!"})")
              .status == 404);
    ApiOptions strict;
    strict.unknown_fields = http::UnknownFields::refused;
    Api refusing(strict);
    refusing.add_session("acme", "default");
    CHECK(refusing.call("POST", "/api/sendLocation", R"({"chatId":"1","latitude":1,"longitude":2,"x":1})")
              .status == 400);
}
