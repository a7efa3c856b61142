#include "api/http/edge_policy.hpp"

#include "api/http/problem.hpp"
#include "api/http/request_reader.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace wagate::http {
namespace {

std::string lower(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_address(std::string const& host)
{
    ErrorCode failure;
    boost::asio::ip::make_address(host, failure);
    return !failure;
}

bool only_reads(Request const& head)
{
    return (head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS") &&
           !head.headers.contains("Upgrade");
}

/// What a form of a page can send without asking, and no route takes.
bool is_form(std::string_view type)
{
    auto const kind = lower(type.substr(0, type.find(';')));
    return kind.starts_with("multipart/") || kind.starts_with("application/x-www-form-urlencoded");
}

bool has_body(Request const& head)
{
    auto const length = head.headers.find("Content-Length");
    return head.headers.contains("Transfer-Encoding") || (!length.empty() && length != "0");
}

} // namespace

std::optional<std::string> origin_of(std::string_view url)
{
    auto const end_of_scheme = url.find("://");
    if (end_of_scheme == std::string_view::npos) return std::nullopt;
    auto const scheme = lower(url.substr(0, end_of_scheme));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    auto authority = url.substr(end_of_scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (!host_name(authority)) return std::nullopt;
    std::string const standard = scheme == "http" ? ":80" : ":443";
    if (authority.ends_with(standard)) authority.remove_suffix(standard.size());
    return scheme + "://" + lower(authority);
}

bool EdgePolicy::takes_host(std::string_view field) const
{
    if (options_.any_host) return true;
    auto const host = host_name(field);
    if (!host) return field.empty(); // HTTP/1.0
    return is_address(*host) ||
           std::find(options_.hosts.begin(), options_.hosts.end(), *host) != options_.hosts.end();
}

bool EdgePolicy::is_own(std::string_view origin, Request const& head) const
{
    auto const given = origin_of(origin);
    if (!given) return false;
    if (!options_.own_origin.empty() && *given == options_.own_origin) return true;
    // Whether the page came by TLS only a proxy in front may know.
    auto const host = head.headers.find("Host");
    for (auto const* scheme : {"http://", "https://"})
        if (origin_of(std::string(scheme).append(host)) == given) return true;
    return false;
}

bool EdgePolicy::is_allowed(std::string_view origin) const
{
    auto const given = origin_of(origin);
    return given &&
           std::find(options_.origins.begin(), options_.origins.end(), *given) != options_.origins.end();
}

std::string EdgePolicy::allowed_origin(Request const& head) const
{
    auto const origin = head.headers.find("Origin");
    return is_allowed(origin) ? std::string(origin) : std::string();
}

std::optional<Response> EdgePolicy::refuse(Request const& head) const
{
    if (!takes_host(head.headers.find("Host")))
        return problem(421,
                       "The server does not answer for this host: WAGATE_ALLOWED_HOSTS names those it does");
    auto const origin = head.headers.find("Origin");
    bool const is_foreign = head.headers.contains("Origin") && !is_own(origin, head);
    bool const may = is_foreign && is_allowed(origin);
    if (is_foreign && !may && !only_reads(head))
        return problem(
            403, "Pages of this origin may not use the API: WAGATE_ALLOWED_ORIGINS names those that may");
    if (may && head.method == "OPTIONS" && head.headers.contains("Access-Control-Request-Method")) {
        Response response;
        response.status = 204;
        response.headers.add("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
        response.headers.add("Access-Control-Allow-Headers",
                             "X-Api-Key, Authorization, Content-Type, Idempotency-Key, Last-Event-ID");
        response.headers.add("Access-Control-Max-Age", "600");
        return response;
    }
    if (has_body(head) && is_form(head.headers.find("Content-Type")))
        return problem(415, "The body must be JSON; files are sent in base64 or by URL");
    return std::nullopt;
}

void EdgePolicy::mark(Request const& head, Response& response) const
{
    mark(allowed_origin(head), response);
}

void EdgePolicy::mark(std::string const& origin, Response& response) const
{
    if (!options_.origins.empty()) response.headers.add("Vary", "Origin");
    if (!origin.empty()) response.headers.add("Access-Control-Allow-Origin", origin);
}

} // namespace wagate::http
