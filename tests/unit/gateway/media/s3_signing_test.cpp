// The examples of AWS's "Signature Calculations for the Authorization Header: Transferring Payload in a
// Single Chunk".
#include "gateway/media/s3_signing.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;

namespace {

S3Credentials credentials()
{
    return {"AKIAIOSFODNN7EXAMPLE", Secret<std::string>{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
            "us-east-1"};
}

S3Request request(std::string method, std::string path)
{
    S3Request made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.headers["host"] = "examplebucket.s3.amazonaws.com";
    made.payload_sha256 = empty_payload;
    return made;
}

std::string signature_of(S3Request made)
{
    constexpr std::int64_t may_24_2013 = 1'369'353'600;
    auto const headers = s3_signed_headers(std::move(made), credentials(), wall_from_seconds(may_24_2013));
    CHECK(headers[0].second == "20130524T000000Z");
    auto const& authorization = headers[2].second;
    CHECK(authorization.starts_with(
        "AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;"));
    return authorization.substr(authorization.rfind('=') + 1);
}

} // namespace

TEST_CASE("part of an object is asked for as in AWS's example", "[media][s3]")
{
    auto made = request("GET", "/test.txt");
    made.headers["range"] = "bytes=0-9";
    CHECK(signature_of(made) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("an object is put as in AWS's example", "[media][s3]")
{
    CHECK(s3_encoded("/test$file.text", true) == "/test%24file.text");
    auto made = request("PUT", "/test%24file.text");
    made.headers["date"] = "Fri, 24 May 2013 00:00:00 GMT";
    made.headers["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
    made.payload_sha256 = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    constexpr std::int64_t may_24_2013 = 1'369'353'600;
    auto const headers = s3_signed_headers(made, credentials(), wall_from_seconds(may_24_2013));
    CHECK(headers[2].second ==
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
          "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature="
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("objects are listed as in AWS's example", "[media][s3]")
{
    auto made = request("GET", "/");
    made.query = {{"prefix", "J"}, {"max-keys", "2"}};
    CHECK(s3_query(made.query) == "max-keys=2&prefix=J");
    CHECK(signature_of(made) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("names and values are encoded byte by byte", "[media][s3]")
{
    CHECK(s3_encoded("a/b c+\xC3\xA4~", false) == "a%2Fb%20c%2B%C3%A4~");
    CHECK(s3_encoded("a/b", true) == "a/b");
}
