#include "gateway/media/link_page.hpp"

#include "gateway/media/file_source.hpp"

#include <catch2/catch.hpp>

using namespace wagate::gateway;

TEST_CASE("the first link of a text is found, without the sentence around it", "[media][link]")
{
    CHECK(first_link("see https://example.org/a?b=c#d, please") == "https://example.org/a?b=c#d");
    CHECK(first_link("HTTPS://EXAMPLE.ORG") == "HTTPS://EXAMPLE.ORG");
    CHECK(first_link("(http://example.org/x)") == "http://example.org/x");
    CHECK(first_link("http://example.org/a_(b)") == "http://example.org/a_(b)");
    CHECK(first_link("<https://example.org/>") == "https://example.org/");
    CHECK(first_link("first http, then http://second.example.") == "http://second.example");
    for (auto const* text :
         {"", "no link", "https://", "http:/one", "xhttp", "ftp://example.org", "https://..."}) {
        INFO(text);
        CHECK_FALSE(first_link(text));
    }
}

TEST_CASE("a page is known by its Open Graph tags", "[media][link]")
{
    auto const page = read_page(R"(<!doctype html><html><head><title>Other</title>
        <META content='A &amp; B &#8211; &#x1F98A;' property="og:title">
        <meta name=description content="short">
        <meta property="og:description" content="Two
            lines"/>
        <meta property="og:image" content="/i.png?a=1&amp;b=2">
        <meta property="og:image" content="second.png"></head>)");
    CHECK(page.title == "A & B \xE2\x80\x93 \xF0\x9F\xA6\x8A");
    CHECK(page.description == "Two lines");
    CHECK(page.image == "/i.png?a=1&b=2");
}

TEST_CASE("a page without such tags is known by its title", "[media][link]")
{
    CHECK(read_page("<TITLE lang=en>\n A  page\t</TITLE>").title == "A page");
    CHECK(read_page("<title>caf\xE9</title>").title == "caf\xC3\xA9"); // Latin-1
    CHECK(read_page("<meta name=\"twitter:title\" content=\"T\">").title == "T");
    CHECK(read_page("").title.empty());
}

TEST_CASE("a page that is damaged or too long gives what there is", "[media][link]")
{
    for (auto const* html :
         {"<meta", "<meta property", "<meta property=", "<meta property='og:title", "<title", "<title>",
          "<meta property=og:title content", "<meta = = >>", "<metameta>"}) {
        INFO(html);
        auto const page = read_page(html);
        CHECK(page.image.empty());
    }
    CHECK(read_page("<meta property=og:title content=bare>").title == "bare");
    CHECK(read_page("<title>&#0;&#xD800;&#99999999;&unknown;&amp</title>").title ==
          "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD&unknown;&amp");
    std::string const umlauts = [] {
        std::string out;
        for (int i = 0; i < 1'000; ++i)
            out += "\xC3\xA4";
        return out;
    }();
    CHECK(read_page("<title>x" + umlauts + "</title>").title.size() == 299); // between characters
}

TEST_CASE("a reference means an address on its page", "[media][link]")
{
    auto const page = "https://example.org:8443/a/b.html?x=/y";
    CHECK(resolve_reference(page, "http://other.example/1") == "http://other.example/1");
    CHECK(resolve_reference(page, "//other.example/1") == "https://other.example/1");
    CHECK(resolve_reference(page, "/1.png") == "https://example.org:8443/1.png");
    CHECK(resolve_reference(page, "1.png?a:b") == "https://example.org:8443/a/1.png?a:b");
    for (auto const* reference : {"", "data:image/png;base64,AAAA", "javascript:x", "?x=1"})
        CHECK_FALSE(resolve_reference(page, reference));
}
