#include "gateway/media/s3_store.hpp"

#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "protocol/base/encoding.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/gateway/transport/test_server.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::test;

namespace {

std::string answer(unsigned status, std::string const& body)
{
    return "HTTP/1.1 " + std::to_string(status) + " Some\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

TestServer::Serve answering(std::string text)
{
    return [text](Peer& peer) {
        peer.read_until("\r\n\r\n");
        peer.write(text);
    };
}

class Storage {
public:
    explicit Storage(std::string const& address)
        : folder_(directory_.path()), store_(settings(address), folder_)
    {
        REQUIRE(folder_.prepare().has_value());
        loops_.start();
    }
    ~Storage()
    {
        loops_.stop();
        loops_.join();
    }
    Result<void> put(std::string key, std::string const& content, std::string sha256)
    {
        auto const file = directory_.path() / "file";
        std::ofstream(file) << content;
        return wait_on(loops_.executor(0), store_.put(std::move(key), file, std::move(sha256)));
    }
    Result<S3Object> get(std::string key, std::uint64_t most)
    {
        return wait_on(loops_.executor(0), store_.get(std::move(key), most));
    }
    Result<void> erase_all(std::string prefix)
    {
        return wait_on(loops_.executor(0), store_.erase_all(std::move(prefix)));
    }

private:
    static S3Settings settings(std::string const& address)
    {
        S3Settings made;
        made.endpoint = "http://" + address;
        made.bucket = "files";
        made.credentials = {"key", Secret<std::string>{"top secret"}, "us-east-1"};
        made.is_path_style = true;
        return made;
    }

    TempDir directory_;
    MediaFolder folder_;
    S3Store store_;
    EventLoops loops_{1};
};

} // namespace

TEST_CASE("an object's address has the bucket in the host or in the path", "[media][s3]")
{
    S3Settings settings;
    settings.endpoint = "https://s3.eu-central-1.amazonaws.com/";
    settings.bucket = "files";
    CHECK(s3_url(settings, "a/b c") == "https://files.s3.eu-central-1.amazonaws.com/a/b%20c");
    settings.is_path_style = true;
    CHECK(s3_url(settings, "a/b") == "https://s3.eu-central-1.amazonaws.com/files/a/b");
    CHECK(s3_url(settings, "") == "https://s3.eu-central-1.amazonaws.com/files/");
}

TEST_CASE("a listing has keys, and a refusal a code", "[media][s3]")
{
    CHECK(s3_keys("<ListBucketResult><Contents><Key>a/1</Key></Contents><Contents><Key>a/2</Key></Contents>"
                  "</ListBucketResult>") == std::vector<std::string>{"a/1", "a/2"});
    CHECK(s3_keys("<ListBucketResult></ListBucketResult>").empty());
    CHECK(s3_keys("<Key>broken").empty());
    CHECK(s3_error("<Error><Code>NoSuchBucket</Code><BucketName>b</BucketName></Error>") == "NoSuchBucket");
    CHECK(s3_error("<Code>" + std::string(5'000, 'x') + "</Code>").size() == 64);
    CHECK(s3_error("out of order").empty());
}

TEST_CASE("a file is put as it is, signed with its hash", "[media][s3]")
{
    std::string const content = "a file";
    auto const sha256 = hex_encode(crypto::sha256(view(content)));
    std::string head;
    std::string body;
    TestServer server([&](Peer& peer) {
        head = peer.read_until("\r\n\r\n");
        body = peer.read(content.size());
        peer.write(answer(200, ""));
    });
    Storage storage(server.address());
    auto const put = storage.put("a/b", content, sha256);
    REQUIRE(put.has_value());
    CHECK(head.starts_with("PUT /files/a/b HTTP/1.1\r\n"));
    CHECK(head.find("x-amz-content-sha256: " + sha256 + "\r\n") != std::string::npos);
    CHECK(head.find("Content-Length: 6\r\n") != std::string::npos);
    CHECK(head.find("Credential=key/") != std::string::npos);
    CHECK(head.find("top secret") == std::string::npos);
    CHECK(body == content);
}

TEST_CASE("an object comes with the hash of what came", "[media][s3]")
{
    std::string const content(200'000, 'x');
    TestServer server(answering(answer(200, content)));
    Storage storage(server.address());
    auto const object = storage.get("a/b", content.size());
    REQUIRE(object.has_value());
    CHECK(std::filesystem::file_size(object->file->path()) == content.size());
    CHECK(hex_encode(object->sha256) == hex_encode(crypto::sha256(view(content))));
    auto const too_large = storage.get("a/b", content.size() - 1);
    CHECK(too_large.error() == boost::system::errc::file_too_large);
}

TEST_CASE("what is not there, refused and broken are told apart", "[media][s3]")
{
    auto const [status, error] = GENERATE(
        table<unsigned, boost::system::errc::errc_t>({{404, boost::system::errc::no_such_file_or_directory},
                                                      {403, boost::system::errc::permission_denied},
                                                      {500, boost::system::errc::io_error}}));
    TestServer server(answering(answer(status, "<Error><Code>Some</Code></Error>")));
    Storage storage(server.address());
    CHECK(storage.get("a/b", 100).error() == error);
}

TEST_CASE("a storage that fails is not asked for a while, one that refuses is", "[media][s3]")
{
    auto const fails = GENERATE(true, false);
    TestServer server(answering(answer(fails ? 503U : 403U, "")));
    Storage storage(server.address());
    CHECK_FALSE(storage.get("a/b", 100).has_value());
    auto const again = storage.get("a/b", 100);
    CHECK((again.error() == boost::system::errc::resource_unavailable_try_again) == fails);
    CHECK(server.connections() == (fails ? 1 : 2));
}

TEST_CASE("objects are deleted one after the other, and only those of the prefix", "[media][s3]")
{
    std::vector<std::string> requests;
    std::vector<std::string> left{"a/1", "a/2", "b/1"};
    TestServer server([&](Peer& peer) {
        auto const head = peer.read_until("\r\n\r\n");
        requests.push_back(head.substr(0, head.find(" HTTP")));
        if (head.starts_with("DELETE")) {
            std::erase(left, requests.back().substr(std::string_view("DELETE /files/").size()));
            peer.write("HTTP/1.1 204 No Content\r\n\r\n");
            return;
        }
        std::string listing;
        for (auto const& key : left)
            listing += "<Key>" + key + "</Key>";
        peer.write(answer(200, listing));
    });
    Storage storage(server.address());
    REQUIRE(storage.erase_all("a/").has_value());
    CHECK(left == std::vector<std::string>{"b/1"});
    CHECK(requests == std::vector<std::string>{"GET /files/?list-type=2&prefix=a%2F", "DELETE /files/a/1",
                                               "DELETE /files/a/2", "GET /files/?list-type=2&prefix=a%2F"});
}
