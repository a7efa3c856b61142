#include "tools/sandbox/media/media_server.hpp"

#include "protocol/crypto/crypto.hpp"
#include "protocol/media/urls.hpp"
#include "tests/unit/sandbox/network_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::sandbox;

namespace {

struct Servers {
    sandbox::testing::SeededRandom random{5};
    MediaServer media{random};
    std::string auth = media.new_auth();
    std::string body = std::string(5'000, 'x') + "end";

    static HttpRequest request(std::string method, std::string const& target, std::string content = {})
    {
        HttpRequest made;
        made.method = std::move(method);
        auto const question = target.find('?');
        made.path = target.substr(0, question);
        if (question != std::string::npos) made.query = target.substr(question + 1);
        made.body = std::move(content);
        return made;
    }
    std::string target(media::UploadProgress const& progress = {}, std::string const& token = {}) const
    {
        return media::upload_path(media::MediaType::image, crypto::sha256(view(body)),
                                  token.empty() ? auth : token, progress);
    }
    static std::string path_in(std::string const& answer)
    {
        std::string const name = R"("direct_path":")";
        auto const begin = answer.find(name) + name.size();
        return answer.substr(begin, answer.find('"', begin) - begin);
    }
    std::string upload()
    {
        auto const answer = media.handle(request("POST", target(), body));
        REQUIRE(answer.status == 200);
        return path_in(answer.body);
    }
    HttpResponse download(std::string const& path, std::string range = {})
    {
        auto made = request(
            "GET", media::download_path(path, crypto::sha256(view(body)), media::MediaType::image).value());
        made.range = std::move(range);
        return media.handle(made);
    }
};

} // namespace

TEST_CASE("a file is uploaded under its hash and downloaded by its path", "[sandbox][media]")
{
    Servers servers;
    auto const path = servers.upload();
    CHECK(servers.download(path).body == servers.body);
    auto const part = servers.download(path, "bytes=4999-5000");
    CHECK(part.status == 206);
    CHECK(part.body == "xe");
    CHECK(servers.media.counts().uploads == 1);
}

TEST_CASE("an upload without a token of ours, or under another hash, is refused", "[sandbox][media]")
{
    Servers servers;
    CHECK(servers.media.handle(Servers::request("POST", servers.target({}, "stolen"), servers.body)).status ==
          401);
    CHECK(servers.media.handle(Servers::request("POST", servers.target(), "something else")).status == 400);
    CHECK(servers.media.files() == 0);
}

TEST_CASE("an upload that broke off goes on where it was", "[sandbox][media]")
{
    Servers servers;
    servers.media.faults.cut_uploads = 1;
    servers.media.faults.cut_after = 1'000;
    CHECK(servers.media.handle(Servers::request("POST", servers.target(), servers.body)).cut_after ==
          std::size_t{0});
    media::UploadProgress ask;
    ask.ask = true;
    CHECK(servers.media.handle(Servers::request("POST", servers.target(ask))).body == R"({"resume":1000})");
    media::UploadProgress rest;
    rest.offset = 1'000;
    auto const answer =
        servers.media.handle(Servers::request("POST", servers.target(rest), servers.body.substr(1'000)));
    REQUIRE(answer.status == 200);
    CHECK(servers.download(Servers::path_in(answer.body)).body == servers.body);
    CHECK(servers.media.handle(Servers::request("POST", servers.target(ask))).body.find("complete") !=
          std::string::npos);
}

TEST_CASE("old paths can be made worthless, and the file uploaded again", "[sandbox][media]")
{
    Servers servers;
    auto const path = servers.upload();
    servers.media.expire();
    CHECK(servers.download(path).status == 404);
    auto const again = servers.media.upload_again(crypto::sha256(view(servers.body)));
    REQUIRE(again);
    CHECK(servers.download(*again).body == servers.body);
    CHECK_FALSE(servers.media.upload_again(Bytes(32, 1)));
}

TEST_CASE("bad days of the media servers come as often as they were ordered", "[sandbox][media]")
{
    Servers servers;
    auto const path = servers.upload();
    servers.media.faults.missing = 1;
    servers.media.faults.gone = 1;
    servers.media.faults.corrupt = 1;
    servers.media.faults.cuts = 1;
    CHECK(servers.download(path).status == 404);
    CHECK(servers.download(path).status == 410);
    auto const damaged = servers.download(path);
    CHECK(damaged.body != servers.body);
    CHECK(damaged.cut_after == std::size_t{1'000});
    auto const good = servers.download(path);
    CHECK(good.body == servers.body);
    CHECK_FALSE(good.cut_after);
}
