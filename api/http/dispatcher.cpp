#include "api/http/dispatcher.hpp"

#include "api/http/login_guard.hpp"
#include "api/http/networks.hpp"
#include "api/http/problem.hpp"
#include "gateway/runtime/fair_turns.hpp"

#include <charconv>

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
    auto const& rule = match.route->rule;
    if (!principal.session) return principal.may(rule.whole_tenant ? Scopes(Scope::tenant) : rule.needs);
    if (rule.whole_tenant || !principal.may(rule.needs)) return false;
    auto const may_use = [&](std::string const& name) { return principal.may_use(SessionName(name)); };
    std::string const standard(standard_session);
    if (rule.place == SessionPlace::path) {
        for (auto const& [name, value] : match.parameters)
            if (name == "session" && !may_use(value)) return false;
    }
    if (rule.place == SessionPlace::query) {
        if (!query.find("session")) return may_use(standard);
        for (auto const& [name, value] : query)
            if (name == "session" && !may_use(value) && !(value.empty() && may_use(standard))) return false;
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
    if (given == nullptr || given->is_null())
        return !is_name && principal.may_use(SessionName(standard_session));
    if (!given->is_string()) return true;
    auto const& name = given->get_string();
    return principal.may_use(SessionName(std::string_view(name.data(), name.size())));
}

/// As far as the path tells it.
std::string_view session_in(Router::Match const& match)
{
    for (auto const& [name, value] : match.parameters)
        if (name == "session") return value;
    return {};
}

std::size_t announced_bytes(Request const& head)
{
    auto const text = head.headers.find("Content-Length");
    std::size_t bytes = 0;
    std::from_chars(text.data(), text.data() + text.size(), bytes);
    return bytes;
}

Task<Response> holding(gateway::LimitBook::Place place, Task<Response> work)
{
    auto const held = std::move(place);
    auto response = co_await std::move(work);
    co_return response;
}

std::string cannot(Request const& request)
{
    return "Cannot " + request.method + " " + request.path;
}

} // namespace

struct Dispatcher::Admission {
    Router::Match match;
    Query query;
    Principal principal;
};

namespace {

constexpr std::string_view bearer = "Bearer ";

struct Credentials {
    std::string_view text;
    bool is_token = false;
};

/// @param given a key, which may have spaces, or a token with its word in front
Credentials credentials_in(std::string_view given)
{
    if (given.size() > bearer.size() && equal_ignoring_case(given.substr(0, bearer.size()), bearer))
        return {given.substr(bearer.size()), true};
    return {given, false};
}

/// Another scheme than ours, which is nobody's key.
bool is_other_scheme(Request const& request, Credentials const& given)
{
    return !given.is_token && !request.headers.contains("X-Api-Key") &&
           given.text.find(' ') != std::string_view::npos;
}

Credentials credentials_of(Request const& request, Query const& query, bool takes_keys_in_urls)
{
    if (auto const shown = presented_key(request); !shown.empty()) {
        auto const given = credentials_in(shown);
        return is_other_scheme(request, given) ? Credentials() : given;
    }
    if (takes_keys_in_urls) return {query.find("x-api-key").value_or(std::string_view{}), false};
    return {};
}

/// Streams of events, which browsers open by a URL alone.
bool takes_ticket(Route const& route) noexcept
{
    return route.path == "/ws" || route.path == "/api/v1/events/stream";
}

Response suspended()
{
    json::object body;
    body["message"] = "The tenant is suspended";
    body["error"] = reason_phrase(403);
    body["reason"] = "tenant_suspended";
    body["statusCode"] = 403;
    return json_response(403, body);
}

bool reads(Request const& request)
{
    return request.method == "GET" || request.method == "HEAD";
}

} // namespace

std::optional<Response> Dispatcher::authenticate(Request const& request, Query const& query,
                                                 Route const* route, Principal& principal) const
{
    auto const given = credentials_of(request, query, admissions_.url.takes_keys);
    auto const address = client_address(request, admissions_.trusted_proxies);
    auto* const guard = address.empty() ? nullptr : admissions_.guard;
    std::optional<Principal> found;
    if (!given.text.empty()) {
        if (guard != nullptr) {
            if (auto const wait = guard->wait(address, given.text))
                return try_again_later(429, "Too many wrong keys came from this address",
                                       static_cast<unsigned>(wait->count()));
        }
        found = given.is_token ? keys_->find_token(given.text) : keys_->find(given.text);
        if (guard != nullptr)
            found ? guard->succeeded(address, given.text) : guard->failed(address, given.text);
    }
    if (given.text.empty()) found = by_ticket(query, route);
    if (found && admissions_.listener == Listener::main) found->is_admin = false;
    if (found && admissions_.listener == Listener::admins && !found->is_admin) return unauthorized();
    if (!found) found = visitor(request, route);
    if (!found && given.text.empty() && query.find("x-api-key"))
        return problem(401, "A key in the URL is not taken: send it as X-Api-Key, or a ticket of "
                            "POST /api/v1/ws-ticket, or set WAGATE_KEYS_IN_URLS");
    if (!found) return unauthorized();
    if (found->networks && !found->networks->contain(address))
        return problem(403, "This key may not be used from this address");
    principal = std::move(*found);
    return std::nullopt;
}

std::optional<Principal> Dispatcher::by_ticket(Query const& query, Route const* route) const
{
    auto const ticket = query.find("ticket");
    auto* const tickets = admissions_.url.tickets;
    if (!ticket || tickets == nullptr || route == nullptr || !takes_ticket(*route)) return std::nullopt;
    auto const behind = tickets->redeem(*ticket);
    if (!behind) return std::nullopt;
    auto const credentials = credentials_in(behind->key.reveal());
    auto found = credentials.is_token ? keys_->find_token(credentials.text) : keys_->find(credentials.text);
    if (!found || found->tenant == behind->tenant) return found;
    // Bought in another tenant's place, which the main listener knows nothing of when there are two.
    if (admissions_.listener == Listener::main || !take_place(behind->tenant, *found)) return std::nullopt;
    return found;
}

bool Dispatcher::take_place(TenantId wanted, Principal& principal) const
{
    if (!principal.is_admin || principal.home || keys_->standing(wanted) == TenantStanding::absent)
        return false;
    principal.home = std::exchange(principal.tenant, std::move(wanted));
    return true;
}

/// `X-Tenant`, for administrators. Others may name their own tenant; any other one does not exist for them.
std::optional<Response> Dispatcher::choose_tenant(Request const& request, Principal& principal) const
{
    if (!request.headers.contains("X-Tenant")) return std::nullopt;
    TenantId wanted(request.headers.find("X-Tenant"));
    if (wanted == principal.tenant) return std::nullopt;
    if (!take_place(std::move(wanted), principal)) return problem(404, "Tenant not found");
    return std::nullopt;
}

std::optional<Principal> Dispatcher::visitor(Request const& request, Route const* route) const
{
    auto const* const open_paths = admissions_.open_paths;
    if (open_paths == nullptr || route == nullptr || route->access != Access::tenant ||
        route->rule.whole_tenant || !reads(request) || !open_paths->contain(request.path))
        return std::nullopt;
    return Principal{TenantId("default")};
}

std::optional<Response> Dispatcher::admit(Request const& request, Admission& admission,
                                          Principal const* known) const
{
    auto& match = admission.match;
    match = router_->match(request.method, request.path);
    admission.query = Query(request.query);
    if (admissions_.listener == Listener::main && match.route && match.route->access == Access::admin)
        match = Router::Match{}; // is elsewhere: here there is no such path
    bool const open = match.route && match.route->access == Access::open;
    auto& principal = admission.principal;
    if (known != nullptr) {
        principal = *known;
    } else if (!open && (match.route || request.path.starts_with("/api"))) {
        if (auto refusal = authenticate(request, admission.query, match.route, principal)) return refusal;
        if (auto refusal = choose_tenant(request, principal)) return refusal;
    }
    if (!match.route && !match.allowed.empty()) {
        auto refusal = problem(405, cannot(request));
        refusal.headers.add("Allow", joined(match.allowed));
        return refusal;
    }
    if (!match.route) return problem(404, cannot(request));
    if (match.route->access == Access::admin)
        return principal.is_admin ? std::nullopt : std::optional(forbidden());
    if (open) return std::nullopt;
    // An administrator may still look at what a suspended tenant has.
    if (keys_->standing(principal.tenant) == TenantStanding::suspended &&
        !(principal.is_admin && reads(request)))
        return suspended();
    if (!is_allowed(principal, match, admission.query)) return forbidden();
    return std::nullopt;
}

std::optional<Response> Dispatcher::refuse(Request const& head) const
{
    Admission admission;
    if (auto refusal = admit(head, admission)) return refusal;
    if (admissions_.limits == nullptr || admission.match.route->access != Access::tenant) return std::nullopt;
    auto const& principal = admission.principal;
    auto const hit = admissions_.limits->look(
        {principal.tenant, principal.key_id, session_in(admission.match), announced_bytes(head)});
    if (hit) return limit_exceeded(*hit);
    return std::nullopt;
}

std::size_t Dispatcher::body_limit(Request const& head) const
{
    auto const match = router_->match(head.method, head.path);
    return match.route != nullptr ? match.route->body_bytes : 0;
}

Task<Response> Dispatcher::operator()(Request request) const
{
    Admission admission;
    auto refusal = admit(request, admission);
    auto const& tenant = admission.principal.tenant.value;
    auto lane = tenant.empty() ? '@' + request.remote : tenant;
    return answer_in_turn(*this, std::move(lane), std::move(request), std::move(admission),
                          std::move(refusal));
}

Task<Response> Dispatcher::answer_in_turn(Dispatcher self, std::string lane, Request request,
                                          Admission admission, std::optional<Response> refusal)
{
    auto turn = take_turn(std::move(lane));
    co_await std::move(turn);
    if (refusal) co_return std::move(*refusal);
    auto work = self.call(std::move(request), std::move(admission));
    co_return co_await std::move(work);
}

Task<Response> Dispatcher::answer_as(Principal principal, Request request) const
{
    Admission admission;
    if (auto refusal = admit(request, admission, &principal)) return answer(std::move(*refusal));
    return call(std::move(request), std::move(admission));
}

Task<Response> Dispatcher::call(Request request, Admission admission) const
{
    // Health, the description and all that administrators alone may do are not counted.
    gateway::LimitBook::Place place;
    if (admissions_.limits != nullptr && admission.match.route->access == Access::tenant) {
        auto const& principal = admission.principal;
        auto const hit = admissions_.limits->take(
            {principal.tenant, principal.key_id, session_in(admission.match), request.body.size()}, place);
        if (hit) return answer(limit_exceeded(*hit));
    }
    if (!is_body_allowed(admission.principal, admission.match.route->rule, request.body))
        return answer(forbidden());
    Call call;
    call.request = std::move(request);
    call.query = std::move(admission.query);
    call.parameters = std::move(admission.match.parameters);
    call.principal = std::move(admission.principal);
    auto const* const caller = admissions_.caller;
    auto work = caller != nullptr && *caller ? (*caller)(*admission.match.route, std::move(call))
                                             : admission.match.route->endpoint(std::move(call));
    return admissions_.limits == nullptr ? std::move(work) : holding(std::move(place), std::move(work));
}

} // namespace wagate::http
