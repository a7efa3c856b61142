#include "gateway/media/media_tools.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;

namespace {

Bytes webp(std::string const& chunk, Bytes body)
{
    Bytes out = to_bytes("RIFF");
    append(out, Bytes{0, 0, 0, 0});
    append(out, to_bytes("WEBP" + chunk));
    append(out, Bytes{0, 0, 0, 0});
    append(out, body);
    out.resize(webp_head_bytes);
    return out;
}

} // namespace

TEST_CASE("the beginning of a WebP file says its size and whether it moves", "[media]")
{
    auto const extended = webp_head(webp("VP8X", {2, 0, 0, 0, 0xFF, 1, 0, 0x7F, 0, 0}));
    REQUIRE(extended);
    CHECK(extended->width == 512);
    CHECK(extended->height == 128);
    CHECK(extended->is_animated);
    // 14 bits each: 512 - 1 and 300 - 1.
    auto const lossless = webp_head(webp("VP8L", {0x2F, 0xFF, 0xC1, 0x4A, 0x00}));
    REQUIRE(lossless);
    CHECK(lossless->width == 512);
    CHECK(lossless->height == 300);
    CHECK_FALSE(lossless->is_animated);
    auto const lossy = webp_head(webp("VP8 ", {0, 0, 0, 0x9D, 0x01, 0x2A, 0x00, 0x02, 0x40, 0x01}));
    REQUIRE(lossy);
    CHECK(lossy->width == 512);
    CHECK(lossy->height == 320);
}

TEST_CASE("what is no WebP file has no such beginning", "[media]")
{
    CHECK_FALSE(webp_head(Bytes(29)));
    CHECK_FALSE(webp_head(Bytes(30)));
    CHECK_FALSE(webp_head(webp("ABCD", {})));
}
