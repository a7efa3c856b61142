#include "api/http/dispatcher.hpp"

#include "api/http/problem.hpp"

namespace wagate::http {
namespace {

Task<Response> answer(Response response)
{
    co_return response;
}

std::string joined(std::vector<std::string> const& methods)
{
    std::string text;
    for (auto const& method : methods) {
        if (!text.empty()) text += ", ";
        text += method;
    }
    return text;
}

constexpr std::string_view standard_session = "default";

/// What can be said without the body.
bool is_allowed(Principal const& principal, Router::Match const& match, Query const& query)
{
    if (!principal.session) return true;
    auto const& rule = match.route->rule;
    if (rule.whole_tenant || !principal.may(rule.needs)) return false;
    auto const& own = principal.session->value;
    if (rule.place == SessionPlace::path) {
        for (auto const& [name, value] : match.parameters)
            if (name == "session" && value != own) return false;
    }
    if (rule.place == SessionPlace::query) {
        if (!query.find("session")) return own == standard_session;
        for (auto const& [name, value] : query)
            if (name == "session" && value != own && !(value.empty() && own == standard_session))
                return false;
    }
    return true;
}

/// A body that is no object is left to the endpoint, which refuses it.
bool is_body_allowed(Principal const& principal, RouteRule const& rule, std::string const& body)
{
    if (!principal.session) return true;
    if (rule.place != SessionPlace::body && rule.place != SessionPlace::body_name) return true;
    auto const parsed = parse_json(body.empty() ? std::string_view("{}") : std::string_view(body));
    if (!parsed || !parsed->is_object()) return true;
    bool const is_name = rule.place == SessionPlace::body_name;
    auto const* given = parsed->get_object().if_contains(is_name ? "name" : "session");
    // Without a name a new session would get any.
    if (given == nullptr || given->is_null()) return !is_name && principal.session->value == standard_session;
    return !given->is_string() || given->get_string() == principal.session->value;
}

std::string cannot(Request const& request)
{
    return "Cannot " + request.method + " " + request.path;
}

} // namespace

std::optional<Principal> Dispatcher::authenticate(Request const& request, Query const& query) const
{
    std::string_view key = request.headers.find("X-Api-Key");
    if (key.empty()) key = query.find("x-api-key").value_or(std::string_view{});
    if (key.empty()) return std::nullopt;
    return keys_->find(key);
}

std::optional<Principal> Dispatcher::visitor(Request const& request, Route const* route) const
{
    if (open_paths_ == nullptr || route == nullptr || route->access != Access::tenant ||
        route->rule.whole_tenant || (request.method != "GET" && request.method != "HEAD") ||
        !open_paths_->contain(request.path))
        return std::nullopt;
    return Principal{TenantId("default")};
}

struct Dispatcher::Admission {
    Router::Match match;
    Query query;
    Principal principal;
};

std::optional<Response> Dispatcher::admit(Request const& request, Admission& admission) const
{
    auto& match = admission.match;
    match = router_->match(request.method, request.path);
    admission.query = Query(request.query);
    bool const open = match.route && match.route->access == Access::open;
    if (!open && (match.route || request.path.starts_with("/api"))) {
        auto principal = authenticate(request, admission.query);
        if (!principal) principal = visitor(request, match.route);
        if (!principal) return unauthorized();
        admission.principal = std::move(*principal);
    }
    if (!match.route && !match.allowed.empty()) {
        auto refusal = problem(405, cannot(request));
        refusal.headers.add("Allow", joined(match.allowed));
        return refusal;
    }
    if (!match.route) return problem(404, cannot(request));
    if (match.route->access == Access::admin && !admission.principal.is_admin) return forbidden();
    if (!open && !is_allowed(admission.principal, match, admission.query)) return forbidden();
    return std::nullopt;
}

std::optional<Response> Dispatcher::refuse(Request const& head) const
{
    Admission admission;
    return admit(head, admission);
}

std::size_t Dispatcher::body_limit(Request const& head) const
{
    auto const match = router_->match(head.method, head.path);
    return match.route != nullptr ? match.route->body_bytes : 0;
}

Task<Response> Dispatcher::operator()(Request request) const
{
    Admission admission;
    if (auto refusal = admit(request, admission)) return answer(std::move(*refusal));
    if (!is_body_allowed(admission.principal, admission.match.route->rule, request.body))
        return answer(forbidden());
    Call call;
    call.request = std::move(request);
    call.query = std::move(admission.query);
    call.parameters = std::move(admission.match.parameters);
    call.principal = std::move(admission.principal);
    return admission.match.route->endpoint(std::move(call));
}

} // namespace wagate::http
