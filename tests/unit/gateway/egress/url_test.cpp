#include "gateway/egress/url.hpp"

#include "gateway/egress/errors.hpp"

#include <catch2/catch.hpp>

using namespace wagate::egress;

TEST_CASE("a URL is taken apart", "[gateway][egress]")
{
    auto const url = parse_http_url("HTTPS://Hooks.Example.com/a%20b/c?d=e&f#part").value();
    CHECK(url.scheme == "https");
    CHECK(url.host == "hooks.example.com");
    CHECK(url.port == 443);
    CHECK(url.target == "/a%20b/c?d=e&f");
    CHECK(url.authority() == "hooks.example.com");
    CHECK(url.is_secure());
}

TEST_CASE("ports and address literals keep their form in the Host header", "[gateway][egress]")
{
    CHECK(parse_http_url("http://example.com:8080").value().authority() == "example.com:8080");
    CHECK(parse_http_url("http://example.com:80/").value().authority() == "example.com");
    CHECK(parse_http_url("http://example.com:/").value().port == 80);
    auto const six = parse_http_url("http://[2001:DB8::1]:81/x").value();
    CHECK(six.host == "2001:db8::1");
    CHECK(six.authority() == "[2001:db8::1]:81");
    CHECK(parse_http_url("http://127.0.0.1").value().target == "/");
}

TEST_CASE("a URL that could mean something else is refused", "[gateway][egress]")
{
    auto const* text =
        GENERATE("", "example.com", "//example.com/", "/path", "ftp://example.com/", "file:///etc/passwd",
                 "gopher://x/", "http://", "http:///x", "http:example.com", "http://user@example.com/",
                 "http://user:pw@example.com/", "http://@example.com/", "http://exa%6dple.com/",
                 "http://127.0.0.1%00.example.com/", "http://exämple.com/", "http://exa mple.com/",
                 "http://example.com:0/", "http://example.com:65536/", "http://example.com:8x/",
                 "http://127.0.0.1x:8/%0", "http://example.com/%zz", "http://example.com/%a", "http://::1/",
                 "http://[::1]x/", "http://[1.2.3.4]/", "http://example.com/\r\nX: y",
                 "http://example.com#a b", "http://example.com/a b", "http://example.com\\@127.0.0.1/",
                 "http://[fe80::1%25eth0]/", "http://[::1", "http://[v1.x]/", "http://a,b/",
                 "http://ex!ample.com/", " http://example.com/", "ws://example.com/");
    INFO(text);
    CHECK(parse_http_url(text).error() == EgressErrc::bad_url);
}

TEST_CASE("numeric host names are left for the resolver to judge", "[gateway][egress]")
{
    auto const* text = GENERATE("http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/",
                                "http://localhost./");
    CHECK(parse_http_url(text).has_value());
}

TEST_CASE("a name that begins like an address stays a name", "[gateway][egress]")
{
    auto const url = parse_http_url("http://127.0.0.1.example.com/x").value();
    CHECK(url.host == "127.0.0.1.example.com");
    CHECK(url.target == "/x");
}

TEST_CASE("a query without a path gets one", "[gateway][egress]")
{
    CHECK(parse_http_url("http://example.com?a=b").value().target == "/?a=b");
    CHECK(parse_http_url("http://example.com#a").value().target == "/");
}

TEST_CASE("only the listed schemes are accepted", "[gateway][egress]")
{
    CHECK(parse_url("wss://web.whatsapp.com/ws/chat", {"ws", "wss"}).value().port == 443);
    CHECK(parse_url("ws://127.0.0.1:99/ws/chat", {"ws", "wss"}).value().port == 99);
    CHECK(parse_url("https://web.whatsapp.com/", {"ws", "wss"}).error() == EgressErrc::bad_url);
}

TEST_CASE("a URL longer than 8 KiB is refused", "[gateway][egress]")
{
    std::string const base = "http://example.com/";
    CHECK(parse_http_url(base + std::string(8'192 - base.size(), 'a')).has_value());
    CHECK(parse_http_url(base + std::string(8'193 - base.size(), 'a')).error() == EgressErrc::bad_url);
}
