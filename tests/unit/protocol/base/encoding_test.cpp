#include "protocol/base/encoding.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace wagate;

TEST_CASE("hex text round trips in both cases", "[base][encoding]")
{
    Bytes const bytes{0x00, 0x0f, 0xa5, 0xff};
    CHECK(hex_encode(bytes) == "000fa5ff");
    CHECK(hex_encode_upper(bytes) == "000FA5FF");
    CHECK(hex_decode("000fa5ff") == bytes);
    CHECK(hex_decode("000FA5fF") == bytes);
    CHECK(hex_decode("") == Bytes{});
}

TEST_CASE("text that is no hex is refused", "[base][encoding]")
{
    auto const text = GENERATE(as<std::string>{}, "0", "000", "0g", "g0", "0x", " 00", "00 ", "\xc3\xa9");
    CAPTURE(text);
    CHECK_FALSE(hex_decode(text));
}

TEST_CASE("base64 gives the vectors of RFC 4648", "[base][encoding]")
{
    struct Vector {
        std::string plain, padded, unpadded;
    };
    auto const v = GENERATE(values<Vector>({{"", "", ""},
                                            {"f", "Zg==", "Zg"},
                                            {"fo", "Zm8=", "Zm8"},
                                            {"foo", "Zm9v", "Zm9v"},
                                            {"foob", "Zm9vYg==", "Zm9vYg"},
                                            {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                                            {"foobar", "Zm9vYmFy", "Zm9vYmFy"}}));
    CHECK(base64_encode(view(v.plain)) == v.padded);
    CHECK(base64_encode_unpadded(view(v.plain)) == v.unpadded);
    CHECK(base64_decode(v.padded) == to_bytes(v.plain));
    CHECK(base64_decode(v.unpadded) == to_bytes(v.plain));
}

TEST_CASE("both base64 alphabets are read and each is written", "[base][encoding]")
{
    Bytes const bytes{0xfb, 0xff, 0xbf, 0xfe};
    CHECK(base64_encode(bytes) == "+/+//g==");
    CHECK(base64url_encode(bytes) == "-_-__g==");
    CHECK(base64_decode("+/+//g==") == bytes);
    CHECK(base64_decode("-_-__g") == bytes);
}

TEST_CASE("base64 of random bytes decodes to the same bytes", "[base][encoding]")
{
    std::mt19937 engine{7};
    for (std::size_t size = 0; size < 100; ++size) {
        Bytes bytes(size);
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(engine());
        CHECK(base64_decode(base64_encode(bytes)) == bytes);
        CHECK(base64_decode(base64url_encode(bytes)) == bytes);
        CHECK(base64_decode(base64_encode_unpadded(bytes)) == bytes);
    }
}

TEST_CASE("text that is no base64 is refused", "[base][encoding]")
{
    auto const text =
        GENERATE(as<std::string>{}, "A", "AAAAA", "=",
                 "==", "A===", "Zg=", "Zm8==", "Zg==Zg==", "Z=g=", "Zm 9v", "Zm9v\n", "Zm9\x80");
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
}

TEST_CASE("percent-encoding leaves what RFC 3986 does not reserve, and what is asked for", "[base][encoding]")
{
    CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encode("a b/c@d?e=f&g%") == "a%20b%2Fc%40d%3Fe%3Df%26g%25");
    CHECK(percent_encode("a/b@c", "/@") == "a/b@c");
    CHECK(percent_encode("\xC3\xBC\x01") == "%C3%BC%01");
    CHECK(percent_encode("").empty());
}
