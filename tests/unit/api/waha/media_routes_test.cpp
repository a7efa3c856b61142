#include "api/http/streaming.hpp"
#include "api/waha/link_signer.hpp"
#include "api/waha/media_url.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;

namespace {

/// Collects what a stream writes.
class Collector final : public http::BodyWriter {
public:
    std::string text;
    Task<Result<void>> write(std::string piece) override
    {
        text += piece;
        co_return Result<void>();
    }
};

Task<std::string> streamed(http::Response const& response)
{
    Collector collector;
    auto writing = response.stream(collector);
    co_await std::move(writing);
    co_return collector.text;
}

http::Response get(Api& api, std::string const& target, std::string const& header = {},
                   std::string const& value = {})
{
    http::Request request;
    request.method = "GET";
    request.path = target;
    request.headers.add("X-Api-Key", "acme-key");
    if (!header.empty()) request.headers.add(header, value);
    return api.send(std::move(request));
}

} // namespace

TEST_CASE("a file to send goes to the caller's tenant with what surrounds it", "[api][media]")
{
    Api api;
    auto const response =
        api.call("POST", "/api/sendImage",
                 R"({"session":"one","chatId":"4915100000001@c.us","caption":"hi","reply_to":"3EB1",)"
                 R"("mentions":["4915100000002"],"viewOnce":true,)"
                 R"("file":{"mimetype":"image/png","filename":"a.png","data":"aGk="}})");
    CHECK(response.status == 201);
    REQUIRE(api.media.sent.size() == 1);
    auto const& sent = api.media.sent[0];
    CHECK(sent.session == SessionKey{TenantId("acme"), SessionName("one")});
    CHECK(sent.request.chat == "4915100000001@c.us");
    CHECK(sent.draft.kind == message::MediaKind::image);
    CHECK(sent.draft.caption == "hi");
    CHECK(sent.draft.reply_to == "3EB1");
    CHECK(sent.draft.mentions == std::vector<std::string>{"4915100000002"});
    CHECK(sent.draft.view_once);
    CHECK(sent.draft.source.base64 == "aGk=");
    CHECK(sent.draft.source.mimetype == "image/png");
    CHECK(sent.draft.source.file_name == "a.png");
    CHECK_FALSE(sent.request.key);
}

TEST_CASE("each route sends its kind", "[api][media]")
{
    Api api;
    std::string const body =
        R"({"chatId":"1234567","file":{"url":"https://example.com/a"},"convert":true,"asNote":true})";
    for (auto const* route : {"sendFile", "sendVoice", "sendVideo"})
        CHECK(api.call("POST", std::string("/api/") + route, body).status == 201);
    REQUIRE(api.media.sent.size() == 3);
    CHECK(api.media.sent[0].draft.kind == message::MediaKind::document);
    CHECK_FALSE(api.media.sent[0].draft.convert);
    CHECK(api.media.sent[1].draft.kind == message::MediaKind::voice);
    CHECK(api.media.sent[1].draft.convert);
    CHECK(api.media.sent[2].draft.kind == message::MediaKind::video_note);
    CHECK(api.media.sent[2].draft.source.url == "https://example.com/a");
}

TEST_CASE("a video may be sent as a GIF, a picture as a sticker", "[api][media]")
{
    Api api;
    CHECK(api.call("POST", "/api/sendVideo", R"({"chatId":"1234567","gif":true,"file":{"data":"aGk="}})")
              .status == 201);
    auto const sticker = api.call("POST", "/api/v1/one/stickers",
                                  R"({"chatId":"1234567","reply_to":"3EB1","file":{"data":"aGk="}})");
    CHECK(sticker.status == 201);
    REQUIRE(api.media.sent.size() == 2);
    CHECK(api.media.sent[0].draft.kind == message::MediaKind::gif);
    CHECK(api.media.sent[1].draft.kind == message::MediaKind::sticker);
    CHECK(api.media.sent[1].draft.reply_to == "3EB1");
    CHECK(api.media.sent[1].session == SessionKey{TenantId("acme"), SessionName("one")});
    CHECK(api.call("POST", "/api/v1/one/stickers", R"({"chatId":"1234567"})").status == 400);
}

TEST_CASE("an album has pictures and videos, at least two", "[api][media]")
{
    Api api;
    auto const answer = api.call("POST", "/api/v1/one/albums",
                                 R"({"chatId":"1234567","items":[{"file":{"data":"aGk="},"caption":"first"},)"
                                 R"({"type":"video","file":{"url":"https://a/b.mp4"},"convert":true}]})");
    CHECK(answer.status == 201);
    CHECK(body_of(answer).at("messages").as_array().size() == 2);
    CHECK(body_of(answer).at("album").is_object());
    REQUIRE(api.media.sent.size() == 2);
    CHECK(api.media.sent[0].draft.kind == message::MediaKind::image);
    CHECK(api.media.sent[0].draft.caption == "first");
    CHECK(api.media.sent[1].draft.kind == message::MediaKind::video);
    CHECK(api.media.sent[1].draft.convert);
    api.media.sent.clear();
    for (auto const* items :
         {"[]", R"([{"file":{"data":"aGk="}}])", R"([{"file":{"data":"aGk="}},{"file":{}}])",
          R"([{"file":{"data":"aGk="}},{"type":"audio","file":{"data":"aGk="}}])"})
        CHECK(api.call("POST", "/api/v1/one/albums",
                       std::string(R"({"chatId":"1234567","items":)") + items + "}")
                  .status == 400);
    CHECK(api.media.sent.empty());
}

TEST_CASE("a file needs exactly one source", "[api][media]")
{
    Api api;
    for (auto const* file :
         {"{}", R"({"url":"https://a","data":"YQ=="})", R"({"mimetype":"a\nb","data":"YQ=="})", "7"}) {
        auto const body = std::string(R"({"chatId":"1234567","file":)") + file + "}";
        CHECK(api.call("POST", "/api/sendFile", body).status == 400);
    }
    CHECK(api.call("POST", "/api/sendFile", R"({"chatId":"1234567"})").status == 400);
    CHECK(api.media.sent.empty());
}

TEST_CASE("a file is served with its type, whole or in part", "[api][media]")
{
    Api api;
    auto const whole = get(api, "/api/files/one/false_123@c.us_3EB0.png");
    CHECK(whole.status == 200);
    CHECK(whole.stream_bytes == 10);
    CHECK(whole.headers.find("Content-Type") == "image/png");
    CHECK(whole.headers.find("Content-Disposition") == "inline");
    CHECK(run(streamed(whole)) == "0123456789");
    CHECK(api.media.asked.back().second == "false_123@c.us_3EB0");
    CHECK(api.media.asked.back().first == SessionKey{TenantId("acme"), SessionName("one")});
    auto const part = get(api, "/api/files/one/3EB0.png", "Range", "bytes=2-4");
    CHECK(part.status == 206);
    CHECK(part.headers.find("Content-Range") == "bytes 2-4/10");
    CHECK(run(streamed(part)) == "234");
    CHECK(get(api, "/api/files/one/3EB0.png", "Range", "bytes=10-").status == 416);
    CHECK(get(api, "/api/files/one/3EB0.png", "If-None-Match", "\"abc\"").status == 304);
    get(api, "/api/files/one/false_123@c.us_3EB0");
    CHECK(api.media.asked.back().second == "false_123@c.us_3EB0");
}

TEST_CASE("a link with a signature needs no key while it holds", "[api][media]")
{
    auto const signer =
        std::make_shared<waha::LinkSigner const>(Secret<Bytes>{Bytes(32, 1)}, std::chrono::hours{1});
    ApiOptions options;
    options.identity.base_url = "https://gate.example";
    options.identity.signer = signer;
    Api api(options);
    api.add_session("acme", "one");
    SessionKey const session{TenantId("acme"), SessionName("one")};
    std::string const path = "/api/v1/files/acme/one/3EB0.png?";
    auto const now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    auto const good = signer->query(session, "3EB0.png", now);
    auto const status = [&](std::string const& target) { return api.call("GET", target, "", "").status; };
    CHECK(status(path + good) == 200);
    REQUIRE(api.media.asked.size() == 1);
    CHECK(api.media.asked[0] == std::pair{session, std::string{"3EB0"}});
    // Another file, session or tenant, a later end, no signature, one of the past, another key.
    CHECK(status("/api/v1/files/acme/one/3EB1.png?" + good) == 403);
    CHECK(status("/api/v1/files/acme/two/3EB0.png?" + good) == 403);
    CHECK(status("/api/v1/files/other/one/3EB0.png?" + good) == 403);
    CHECK(status(path + "exp=99999999999&sig=" + good.substr(good.find("sig=") + 4)) == 403);
    CHECK(status(path) == 403);
    CHECK(status(path + signer->query(session, "3EB0.png", now - std::chrono::hours{2})) == 403);
    waha::LinkSigner const stranger(Secret<Bytes>{Bytes(32, 2)}, std::chrono::hours{1});
    CHECK(status(path + stranger.query(session, "3EB0.png", now)) == 403);
    CHECK(api.media.asked.size() == 1);
    CHECK(Api().call("GET", path + good, "", "").status == 403); // not configured
}

TEST_CASE("links to files are such links when they are configured", "[api][media]")
{
    auto const signer =
        std::make_shared<waha::LinkSigner const>(Secret<Bytes>{Bytes(32, 1)}, std::chrono::hours{1});
    Message message;
    message.chat = Jid::phone("49151");
    message.id = MessageId("3EB0");
    message::Media media;
    media.file.mimetype = "image/png";
    SessionKey const session{TenantId("acme"), SessionName("my shop")};
    CHECK(waha::media_url(waha::MediaLinks("https://gate.example").of(session), message, media) ==
          "https://gate.example/api/files/my%20shop/false_49151@c.us_3EB0.png");
    auto const url =
        waha::media_url(waha::MediaLinks("https://gate.example", signer).of(session), message, media);
    CHECK(url.starts_with("https://gate.example/api/v1/files/acme/my%20shop/false_49151@c.us_3EB0.png?exp="));
    CHECK(url.find("&sig=") != std::string::npos);
}

TEST_CASE("what browsers would run is a download, whatever its sender calls it", "[api][media]")
{
    Api api;
    api.media.file.file_name = "a\r\nX: é.html";
    for (auto const* type : {"text/html", "image/svg+xml", "application/xhtml+xml"}) {
        api.media.file.mimetype = type;
        auto const response = get(api, "/api/files/one/3EB0.html");
        CHECK(response.headers.find("Content-Disposition") ==
              "attachment; filename*=UTF-8''a%0D%0AX%3A%20%C3%A9.html");
        CHECK(response.headers.find("X-Content-Type-Options") == "nosniff");
    }
    api.media.file.mimetype = "image/png\r\nX: 1";
    CHECK(get(api, "/api/files/one/3EB0.html").headers.find("Content-Type") == "application/octet-stream");
}

TEST_CASE("a file that is not there, and one that cannot be had", "[api][media]")
{
    Api api;
    api.media.refusal.emplace();
    api.media.refusal->code = gateway::GatewayErrc::not_found;
    auto const missing = get(api, "/api/files/one/3EB0.png");
    CHECK(missing.status == 404);
    CHECK(body_of(missing).at("error").at("key") == "FILE_NOT_FOUND");
    api.media.refusal->code = gateway::GatewayErrc::media_unavailable;
    auto const lost = get(api, "/api/files/one/3EB0.png");
    CHECK(lost.status == 422);
    CHECK(body_of(lost).at("reason") == "media_unavailable");
}

TEST_CASE("a converted file comes as bytes or as JSON", "[api][media]")
{
    Api api;
    auto const bytes = api.call("POST", "/api/one/media/convert/voice", R"({"data":"aGk="})");
    CHECK(bytes.status == 200);
    CHECK(run(streamed(bytes)) == "0123456789");
    auto const json = api.call("POST", "/api/one/media/convert/video", R"({"url":"https://a"})", "acme-key",
                               "application/json");
    CHECK(body_of(json).at("data") == "MDEyMzQ1Njc4OQ==");
    CHECK(api.call("POST", "/api/one/media/convert/video", "{}").status == 400);
}
