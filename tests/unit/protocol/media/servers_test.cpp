#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/media_conn.hpp"
#include "protocol/media/urls.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::media;
using binary::Node;

namespace {

// Its base64 has both letters that the URL alphabet replaces.
Bytes const hash = *hex_decode("fbf0ff000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c");
std::string const token = "-_D_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw=";

} // namespace

TEST_CASE("upload paths have type, token and escaped authorisation", "[media]")
{
    CHECK(upload_token(hash) == token);
    auto const escaped = token.substr(0, token.size() - 1) + "%3D";
    CHECK(upload_path(MediaType::sticker, hash, "a+b/c=") ==
          "/mms/image/" + token + "?auth=a%2Bb%2Fc%3D&token=" + escaped);
    CHECK(upload_path(MediaType::video, hash, "x", {.ask = true, .offset = std::nullopt}) ==
          "/mms/video/" + token + "?auth=x&token=" + escaped + "&resume=1");
    CHECK(upload_path(MediaType::video, hash, "x", {.ask = false, .offset = 65'536}) ==
          "/mms/video/" + token + "?auth=x&token=" + escaped + "&file_offset=65536");
    CHECK(open_upload_path(MediaType::document, hash, "x") ==
          "/newsletter/newsletter-document/" + token + "?auth=x&token=" + escaped);
    CHECK(open_upload_path(MediaType::product_image, hash, "x").starts_with("/product/image/"));
    CHECK(open_upload_path(MediaType::cover_photo, hash, "x").starts_with("/pps/biz-cover-photo/"));
}

TEST_CASE("download paths add hash and type to the direct path", "[media]")
{
    auto const escaped = token.substr(0, token.size() - 1) + "%3D";
    CHECK(download_path("/v/t62.7118-24/1_2_n.enc?ccb=11-4&oh=01_Q5&oe=66", hash, MediaType::image).value() ==
          "/v/t62.7118-24/1_2_n.enc?ccb=11-4&oh=01_Q5&oe=66&hash=" + escaped + "&mms-type=image&__wa-mms=");
    CHECK(download_path("/plain", {}, MediaType::document).value() == "/plain?mms-type=document&__wa-mms=");
}

TEST_CASE("a direct path that could lead elsewhere is refused", "[media]")
{
    for (auto const* path : {"", "v/x", "https://elsewhere.test/x", "//elsewhere.test/x", "/\\elsewhere.test",
                             "/a b", "/a\r\nHost: x", "/a#b", "/\xc3\xa9"})
        CHECK(download_path(path, hash, MediaType::image).error() == MediaErrc::bad_path);
    CHECK(download_path("/" + std::string(4096, 'a'), hash, MediaType::image).has_error());
}

TEST_CASE("deleting a history blob names its directory", "[media]")
{
    auto const path = history_delete_path("/a/b?oe=1", hash, "x", "h+").value();
    CHECK(path.starts_with("/mms/md-msg-hist/" + token + "?auth=x&token="));
    CHECK(path.ends_with("&d_md=L2EvYg&e_handle=h%2B"));
    CHECK(history_delete_path("a", hash, "x", "").error() == MediaErrc::bad_path);
}

TEST_CASE("a media connection survives the way over the wire", "[media]")
{
    auto const request = media_conn_request("7");
    CHECK(request.text("xmlns") == "w:m");
    CHECK(request.text("type") == "set");
    MediaConnection sent;
    sent.auth = Secret{std::string{"token"}};
    sent.lifetime = std::chrono::seconds{300};
    sent.auth_lifetime = std::chrono::hours{6};
    sent.max_buckets = 12;
    sent.hosts = {{"mmg.whatsapp.net", "mmg-fallback.whatsapp.net", false}, {"127.0.0.1:8443", "", true}};
    auto const read = parse_media_conn(media_conn_reply(request, sent)).value();
    CHECK(read.auth.reveal() == "token");
    CHECK(read.lifetime == sent.lifetime);
    CHECK(read.auth_lifetime == sent.auth_lifetime);
    CHECK(read.max_buckets == 12);
    CHECK(read.hosts == sent.hosts);
}

TEST_CASE("hosts keep their order, fallbacks last", "[media]")
{
    auto reply = media_conn_request("1");
    Node connection{"media_conn"};
    connection.set("auth", "a").set("ttl", "-5");
    for (auto const* name : {"f1", "p1", "f2", "p2"}) {
        Node host{"host"};
        host.set("hostname", name).set("type", name[0] == 'f' ? "fallback" : "primary");
        connection.add(std::move(host));
    }
    reply.content = binary::Nodes{connection};
    auto const read = parse_media_conn(reply).value();
    std::string order;
    for (auto const& host : read.hosts)
        order += host.hostname + " ";
    CHECK(order == "p1 p2 f1 f2 ");
    CHECK(read.lifetime.count() == 0);
}

TEST_CASE("a host name that would change the URL is left out", "[media]")
{
    for (auto const* name : {"", "a/b", "a@b", "a?b", "a:b", "a:", "a:123456", "-a", ".a", "a b", "a%2f"}) {
        Node connection{"media_conn"};
        Node host{"host"};
        host.set("hostname", name);
        connection.set("auth", "a").add(host);
        INFO(name);
        CHECK(parse_media_conn(Node{"iq"}.add(connection)).error() == MediaErrc::malformed);
    }
    CHECK(parse_media_conn(Node{"iq"}).error() == MediaErrc::malformed);
}
