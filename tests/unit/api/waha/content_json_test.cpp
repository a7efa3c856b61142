// What messages hold besides text.
#include "api/http/json.hpp"
#include "api/waha/media_url.hpp"
#include "api/waha/message_json.hpp"
#include "protocol/engine/draft.hpp"
#include "protocol/message/compose.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::waha;

namespace {

MediaPlace const place{"https://gate.example", SessionName("my shop")};

Message holding(message::TypedMessage const& content)
{
    Message message;
    message.chat = Jid::phone("49151");
    message.id = MessageId("3EB0AB");
    message.sender = Jid::phone("49151");
    engine::describe(message, message::build_message(content));
    return message;
}

Message holding(message::MessageBody body)
{
    return holding(message::TypedMessage{std::move(body), {}, {}});
}

message::Media media_of(message::MediaKind kind, std::string mimetype, std::string name = {})
{
    message::Media media;
    media.kind = kind;
    media.file.direct_path = "/v/t62.7118-24/1";
    media.file.key = message::SharedSecret(Bytes(32, 7));
    media.file.mimetype = std::move(mimetype);
    media.file_name = std::move(name);
    return media;
}

std::string text(boost::json::value const& value)
{
    return http::stable_json(value);
}

} // namespace

TEST_CASE("media has a URL that names session and message, its type and its name", "[api][message]")
{
    auto image = media_of(message::MediaKind::image, "image/jpeg");
    image.caption = "look";
    image.width = 640;
    image.height = 480;
    image.file.length = 12'345;
    auto const message = holding(message::new_media(image));
    auto const body = message_json(message, &place);
    CHECK(body.at("body") == "look");
    CHECK(body.at("hasMedia") == true);
    CHECK(text(body.at("media")) ==
          R"({"url":"https://gate.example/api/files/my%20shop/false_49151@c.us_3EB0AB.jpg",)"
          R"("mimetype":"image/jpeg","filename":null,"error":null})");
    CHECK(body.at("mediaUrl") == body.at("media").at("url"));
    CHECK(body.at("_data").at("kind") == "media");
    CHECK(text(body.at("_data").at("media")) ==
          R"({"kind":"image","size":12345,"width":640,"height":480,"seconds":0,"pages":0})");

    auto const without_place = message_json(message);
    CHECK(without_place.at("hasMedia") == true);
    CHECK(without_place.at("media").is_null());
    CHECK(without_place.at("mediaUrl").is_null());
}

TEST_CASE("a document keeps the name that its sender gave it", "[api][message]")
{
    auto file = media_of(message::MediaKind::document, "application/pdf", "Offer 7.PDF");
    file.caption = "our offer";
    auto const body = message_json(holding(message::new_media(file)), &place);
    CHECK(body.at("media").at("filename") == "Offer 7.PDF");
    CHECK(std::string(body.at("media").at("url").as_string()).ends_with("_3EB0AB.pdf"));
    CHECK(body.at("body") == "our offer");
}

TEST_CASE("the extension is the name's, or that of the media type", "[api][message]")
{
    using message::MediaKind;
    CHECK(media_extension(media_of(MediaKind::voice, "audio/ogg; codecs=opus")) == "oga");
    CHECK(media_extension(media_of(MediaKind::video, "video/mp4")) == "mp4");
    CHECK(media_extension(media_of(MediaKind::sticker, "image/webp")) == "webp");
    CHECK(media_extension(media_of(MediaKind::document, "application/pdf", "a.tar.gz")) == "gz");
    CHECK(media_extension(media_of(MediaKind::document, "application/pdf", "name.with spaces/..")) == "pdf");
    CHECK(media_extension(media_of(MediaKind::document, "application/x.unknown+thing")) == "bin");
    CHECK(media_extension(media_of(MediaKind::document, "")) == "bin");
    CHECK(media_extension(media_of(MediaKind::document, "APPLICATION/ZIP ")) == "zip");
}

TEST_CASE("places, contacts and their like have fields of their own", "[api][message]")
{
    message::Location live;
    live.latitude = -0.5;
    live.longitude = 12;
    live.live.emplace();
    live.live->caption = "on my way";
    auto const body = message_json(holding(live));
    CHECK(body.at("location").at("live") == true);
    CHECK(body.at("location").at("latitude") == "-0.5");
    CHECK(body.at("location").at("longitude") == "12");
    CHECK(body.at("location").at("description") == "on my way");

    message::Contacts contacts;
    contacts.cards = {{"Jane", "BEGIN:VCARD\nFN:Jane\nEND:VCARD"}};
    CHECK(text(message_json(holding(contacts)).at("vCards")) == R"(["BEGIN:VCARD\nFN:Jane\nEND:VCARD"])");
    CHECK(message_json(holding(contacts)).at("location").is_null());

    message::ListReply reply;
    reply.title = "Two";
    reply.row_id = "2";
    auto const chosen = message_json(holding(reply));
    CHECK(chosen.at("body") == "Two");
    CHECK(text(chosen.at("_data").at("selected")) == R"({"id":"2","text":"Two"})");
}

TEST_CASE("mentions, forwarding, the timer and view once stand in _data", "[api][message]")
{
    message::TypedMessage content{message::Text{"hi", {}, {}}, {}, {}};
    content.context.mentions = {Jid::hidden("777")};
    content.context.mentions_everyone = true;
    content.context.forwarded = true;
    content.context.forwarding_score = 2;
    content.context.expiration = std::chrono::hours{24};
    auto const data = message_json(holding(content)).at("_data");
    CHECK(text(data.at("mentions")) == R"(["all","777@lid"])");
    CHECK(data.at("forwarded") == true);
    CHECK(data.at("forwardingScore") == 2);
    CHECK(data.at("expiration") == 86'400);
    message::TypedMessage once{media_of(message::MediaKind::image, "image/jpeg"), {}, {}};
    message::show_once(once);
    CHECK(message_json(holding(once)).at("_data").at("viewOnce") == true);
}

TEST_CASE("a quoted file is told as media", "[api][message]")
{
    message::TypedMessage content{message::Text{"nice", {}, {}}, {}, {}};
    auto const image =
        message::build_message(message::new_media(media_of(message::MediaKind::image, "image/jpeg")));
    content.context.quoted = message::new_quote(MessageId("3EB0CC"), Jid::phone("4917"), {}, image);
    auto const reply = message_json(holding(content)).at("replyTo");
    CHECK(reply.at("id") == "3EB0CC");
    CHECK(reply.at("hasMedia") == true);
    content.context.quoted = message::new_quote(
        MessageId("3EB0CC"), Jid::phone("4917"), {},
        message::build_message(message::TypedMessage{message::Text{"words", {}, {}}, {}, {}}));
    CHECK(message_json(holding(content)).at("replyTo").at("hasMedia") == false);
}

TEST_CASE("an edited and a deleted message say so", "[api][message]")
{
    auto message = holding(message::Text{"hi", {}, {}});
    message.edited = wall_from_seconds(1'700'000'000);
    CHECK(message_json(message).at("_data").at("editedAt") == 1'700'000'000);
    message.revoked = true;
    message.content.clear();
    message.body.clear();
    auto const body = message_json(message);
    CHECK(body.at("_data").at("revoked") == true);
    CHECK(body.at("body") == "");
    CHECK(body.at("hasMedia") == false);
}
