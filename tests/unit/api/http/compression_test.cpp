#include "api/http/compression.hpp"

#include <catch2/catch.hpp>
#include <zlib.h>

using namespace wagate;
using http::Response;

namespace {

Response json_of(std::size_t size)
{
    Response response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = std::string(size, 'a');
    return response;
}

std::string unpacked(std::string const& packed, std::size_t size)
{
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    std::string out(size + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

} // namespace

TEST_CASE("what a client takes is said in its header", "[api][http]")
{
    for (auto const* yes : {"gzip", "deflate, gzip;q=0.5", "*", " GZIP ", "br;q=1.0, *;q=0.1"})
        CHECK(http::accepts_gzip(yes));
    for (auto const* no : {"", "identity", "gzip;q=0", "gzip; q=0.0, *", "br, deflate", "*;q=0"})
        CHECK_FALSE(http::accepts_gzip(no));
}

TEST_CASE("large answers of text are compressed for those who take it", "[api][http]")
{
    auto const packed = http::compressed(json_of(100'000), "gzip");
    CHECK(packed.headers.find("Content-Encoding") == "gzip");
    CHECK(packed.headers.find("Vary") == "Accept-Encoding");
    CHECK(packed.body.size() < 2'000);
    CHECK(unpacked(packed.body, 100'000) == std::string(100'000, 'a'));

    auto const plain = http::compressed(json_of(100'000), "br");
    CHECK(plain.body.size() == 100'000);
    CHECK_FALSE(plain.headers.contains("Content-Encoding"));
    CHECK(http::compressed(json_of(1'000), "gzip").body.size() == 1'000);
    auto image = json_of(100'000);
    image.headers = {};
    image.headers.add("Content-Type", "image/png");
    CHECK(http::compressed(std::move(image), "gzip").body.size() == 100'000);
}
