#include "api/explorer/explorer_routes.hpp"
#include "api/explorer/pages.hpp"
#include "api/http/dispatcher.hpp"
#include "api/openapi_document.hpp"
#include "protocol/base/encoding.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;

namespace {

/// The explorer's routes alone, with options of their own.
class Explorer {
public:
    explicit Explorer(explorer::ExplorerOptions options) : routes_(std::move(options))
    {
        routes_.add_to(router_);
    }

    http::Response get(std::string const& path, std::string const& credentials = {})
    {
        http::Request request;
        request.method = "GET";
        request.path = path;
        if (!credentials.empty()) request.headers.add("Authorization", credentials);
        return test::run(http::Dispatcher(router_, parts_.keys)(std::move(request)));
    }

private:
    test::Parts parts_;
    explorer::ExplorerRoutes routes_;
    http::Router router_;
};

std::string basic(std::string_view text)
{
    return "Basic " + base64_encode(view(text));
}

explorer::ExplorerOptions with_password()
{
    explorer::ExplorerOptions options;
    options.username = "ops";
    options.password = Secret<std::string>{"a password"};
    return options;
}

} // namespace

TEST_CASE("the page, its files and the document are served without a key", "[api][explorer]")
{
    Api api;
    auto const page = api.call("GET", "/", "", "");
    CHECK(page.status == 200);
    CHECK(page.headers.find("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.body == explorer::page());
    CHECK(api.call("GET", "/explorer/explorer.js", "", "").body == explorer::script());
    CHECK(api.call("GET", "/explorer/explorer.css", "", "").body == explorer::style());
    CHECK(api.call("GET", "/-json", "", "").body == openapi_document());
    CHECK(api.call("GET", "/explorer/explorer.html", "", "").status == 404);
    CHECK(api.call("GET", "/explorer/..%2Fopenapi.json", "", "").status == 404);
}

TEST_CASE("the page may load own files only and names no address elsewhere", "[api][explorer]")
{
    Api api;
    for (auto const* path : {"/", "/explorer/explorer.js", "/explorer/explorer.css"}) {
        INFO(path);
        auto const response = api.call("GET", path, "", "");
        CHECK(response.body.find("://") == std::string::npos);
        CHECK(response.body.find("src=\"//") == std::string::npos);
        auto const policy = std::string(response.headers.find("Content-Security-Policy"));
        CHECK(policy.starts_with(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"));
        CHECK(policy.find("unsafe") == std::string::npos);
        CHECK(response.headers.find("X-Content-Type-Options") == "nosniff");
    }
}

TEST_CASE("with a password nothing is shown without it", "[api][explorer]")
{
    Explorer explorer(with_password());
    for (auto const* path :
         {"/", "/explorer/explorer.js", "/explorer/explorer.css", "/-json", "/openapi.json"}) {
        INFO(path);
        for (auto const& wrong : {std::string{}, basic("ops:another"), basic("admin:a password"),
                                  basic("ops"), std::string{"Basic !"}, std::string{"Bearer a password"}}) {
            INFO(wrong);
            auto const refused = explorer.get(path, wrong);
            CHECK(refused.status == 401);
            CHECK(refused.headers.find("WWW-Authenticate").starts_with("Basic realm="));
            CHECK(refused.body.find("paths") == std::string::npos);
        }
        CHECK(explorer.get(path, basic("ops:a password")).status == 200);
    }
}

TEST_CASE("switched off there is no page, and still the document", "[api][explorer]")
{
    explorer::ExplorerOptions options;
    options.enabled = false;
    Explorer explorer(std::move(options));
    CHECK(explorer.get("/").status == 404);
    CHECK(explorer.get("/explorer/explorer.js").status == 404);
    CHECK(explorer.get("/openapi.json").status == 200);
}
