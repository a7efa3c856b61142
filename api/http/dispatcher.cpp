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

Task<Response> Dispatcher::operator()(Request request) const
{
    auto match = router_->match(request.method, request.path);
    Call call;
    call.query = Query(request.query);
    bool const open = match.route && match.route->access == Access::open;
    if (!open && (match.route || request.path.starts_with("/api"))) {
        auto principal = authenticate(request, call.query);
        if (!principal) return answer(unauthorized());
        call.principal = std::move(*principal);
    }
    if (!match.route && !match.allowed.empty()) {
        auto refusal = problem(405, cannot(request));
        refusal.headers.add("Allow", joined(match.allowed));
        return answer(std::move(refusal));
    }
    if (!match.route) return answer(problem(404, cannot(request)));
    if (match.route->access == Access::admin && !call.principal.is_admin)
        return answer(problem(403, "Forbidden resource"));
    call.request = std::move(request);
    call.parameters = std::move(match.parameters);
    return match.route->endpoint(std::move(call));
}

} // namespace wagate::http
