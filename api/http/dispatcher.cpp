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
    return keys_->find(hash_key(key));
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
        if (!principal) return unauthorized();
        admission.principal = std::move(*principal);
    }
    if (!match.route && !match.allowed.empty()) {
        auto refusal = problem(405, cannot(request));
        refusal.headers.add("Allow", joined(match.allowed));
        return refusal;
    }
    if (!match.route) return problem(404, cannot(request));
    if (match.route->access == Access::admin && !admission.principal.is_admin)
        return problem(403, "Forbidden resource");
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
    Call call;
    call.request = std::move(request);
    call.query = std::move(admission.query);
    call.parameters = std::move(admission.match.parameters);
    call.principal = std::move(admission.principal);
    return admission.match.route->endpoint(std::move(call));
}

} // namespace wagate::http
