#include "api/explorer/explorer_routes.hpp"

#include "api/explorer/pages.hpp"
#include "api/http/problem.hpp"
#include "api/openapi_document.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

namespace wagate::explorer {
namespace {

using http::Access;
using http::Call;
using http::Response;

/// Own files only, nobody may frame the page, and nothing is asked for elsewhere.
constexpr char content_policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src "
                                  "'self'; img-src 'self' blob: data:; "
                                  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Response text_response(std::string_view type, std::string_view text)
{
    Response response;
    response.headers.add("Content-Type", std::string(type));
    response.headers.add("Content-Security-Policy", content_policy);
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Referrer-Policy", "no-referrer");
    response.headers.add("Cache-Control", "no-cache");
    response.body = std::string(text);
    return response;
}

Response ask_for_password()
{
    auto response = http::unauthorized();
    response.headers.add("WWW-Authenticate", "Basic realm=\"wagate\", charset=\"UTF-8\"");
    return response;
}

std::optional<std::string> basic_credentials(http::Request const& request)
{
    constexpr std::string_view scheme = "Basic ";
    auto const given = request.headers.find("Authorization");
    if (given.size() < scheme.size() || !http::equal_ignoring_case(given.substr(0, scheme.size()), scheme))
        return std::nullopt;
    auto const decoded = base64_decode(given.substr(scheme.size()));
    if (!decoded) return std::nullopt;
    return to_text(*decoded);
}

} // namespace

ExplorerRoutes::ExplorerRoutes(ExplorerOptions options) : options_(std::move(options))
{
    if (options_.password)
        credentials_ = http::hash_key(options_.username + ":" + options_.password->reveal());
}

void ExplorerRoutes::add_to(http::Router& router)
{
    router.add("GET", "/", Access::open, std::bind_front(&ExplorerRoutes::page, this));
    router.add("GET", "/explorer/{file}", Access::open, std::bind_front(&ExplorerRoutes::file, this));
    router.add("GET", "/-json", Access::open, std::bind_front(&ExplorerRoutes::document, this));
    router.add("GET", "/openapi.json", Access::open, std::bind_front(&ExplorerRoutes::document, this));
}

std::optional<Response> ExplorerRoutes::refusal(http::Request const& request) const
{
    if (!credentials_) return std::nullopt;
    auto const given = basic_credentials(request);
    if (given && crypto::constant_time_equal(http::hash_key(*given), *credentials_)) return std::nullopt;
    return ask_for_password();
}

Task<Response> ExplorerRoutes::page(Call call)
{
    if (!options_.enabled) co_return http::problem(404, "Cannot GET /");
    if (auto refused = refusal(call.request)) co_return std::move(*refused);
    co_return text_response("text/html; charset=utf-8", explorer::page());
}

Task<Response> ExplorerRoutes::file(Call call)
{
    auto const& name = call.parameter("file");
    bool const is_script = name == "explorer.js";
    if (!options_.enabled || (!is_script && name != "explorer.css"))
        co_return http::problem(404, "Cannot GET " + call.request.path);
    if (auto refused = refusal(call.request)) co_return std::move(*refused);
    if (is_script) co_return text_response("text/javascript; charset=utf-8", script());
    co_return text_response("text/css; charset=utf-8", style());
}

Task<Response> ExplorerRoutes::document(Call call)
{
    if (auto refused = refusal(call.request)) co_return std::move(*refused);
    Response response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = std::string(openapi_document());
    co_return response;
}

} // namespace wagate::explorer
