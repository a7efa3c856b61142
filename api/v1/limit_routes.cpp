#include "api/v1/limit_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/shape.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"

#include <algorithm>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using gateway::Limit;
using gateway::LimitScope;
using gateway::LimitSubject;
using http::Access;
using http::Call;
using http::Response;

template <class Use>
void for_each_limit(LimitScope scope, Use use)
{
    for (std::size_t i = 0; i < gateway::limit_count; ++i)
        if (auto const limit = static_cast<Limit>(i); gateway::holds_for(limit, scope)) use(limit);
}

http::Shape shape_of(LimitScope scope)
{
    http::Shape shape;
    for_each_limit(scope, [&](Limit limit) {
        shape.fields.push_back(http::Field::integer(std::string(gateway::limit_name(limit)))
                                   .between(0, static_cast<double>(gateway::largest_limit)));
    });
    return shape;
}

json::value number_or_null(std::optional<std::uint64_t> number)
{
    if (!number) return nullptr;
    return *number;
}

/// `limits` as they were set, `inForce` with the defaults; null: none.
Response limits_answer(gateway::LimitBook const& book, LimitSubject const& subject)
{
    auto const own = book.limits(subject);
    json::object set;
    json::object in_force;
    for_each_limit(subject.scope, [&](Limit limit) {
        auto const name = gateway::limit_name(limit);
        auto value = own[limit];
        set[name] = number_or_null(value);
        if (!value && subject.scope == LimitScope::tenant) value = book.defaults()[limit];
        if (value && *value == 0) value.reset();
        in_force[name] = number_or_null(value);
    });
    json::object out;
    out["limits"] = std::move(set);
    out["inForce"] = std::move(in_force);
    return http::json_response(200, out);
}

std::int64_t now_in_milliseconds()
{
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Milliseconds>(now).count();
}

json::object usage_json(LimitSubject const& subject, gateway::LimitUsage const& usage)
{
    json::object limits;
    for (auto const& state : usage.limits) {
        json::object one;
        one["used"] = state.used;
        one["limit"] = number_or_null(state.most);
        one["resetsAt"] = nullptr;
        if (state.resets) one["resetsAt"] = now_in_milliseconds() + state.resets->count();
        limits[gateway::limit_name(state.limit)] = std::move(one);
    }
    json::object counters;
    counters["messages"] = usage.messages;
    counters["newChats"] = usage.new_chats;
    if (subject.scope != LimitScope::session) {
        counters["requests"] = usage.requests;
        counters["requestsRefused"] = usage.requests_refused;
    }
    json::object out;
    out["tenant"] = subject.tenant.value;
    if (subject.scope != LimitScope::tenant) out[gateway::scope_name(subject.scope)] = subject.name;
    out["limits"] = std::move(limits);
    out["counters"] = std::move(counters);
    return out;
}

} // namespace

void LimitRoutes::add_to(http::Router& router)
{
    using enum LimitScope;
    auto const bind = [this](auto method) { return std::bind_front(method, this); };
    router.add("GET", "/api/v1/tenants/{tenant}/limits", Access::admin, bind(&LimitRoutes::show<tenant>));
    router.add("PUT", "/api/v1/tenants/{tenant}/limits", Access::admin, bind(&LimitRoutes::change<tenant>));
    router.add("GET", "/api/v1/tenants/{tenant}/usage", Access::admin, bind(&LimitRoutes::usage<tenant>));
    router.add("GET", "/api/v1/sessions/{session}/limits", Access::tenant, bind(&LimitRoutes::show<session>));
    router.add("PUT", "/api/v1/sessions/{session}/limits", Access::tenant,
               bind(&LimitRoutes::change<session>));
    router.add("GET", "/api/v1/sessions/{session}/usage", Access::tenant, bind(&LimitRoutes::usage<session>));
    router.add("GET", "/api/v1/keys/{id}/limits", Access::tenant, bind(&LimitRoutes::show<key>));
    router.add("PUT", "/api/v1/keys/{id}/limits", Access::tenant, bind(&LimitRoutes::change<key>));
    router.add("GET", "/api/v1/keys/{id}/usage", Access::tenant, bind(&LimitRoutes::usage<key>));
    router.add("GET", "/api/v1/usage", Access::tenant, bind(&LimitRoutes::own_usage));
}

Task<std::variant<LimitSubject, Response>> LimitRoutes::subject_of(Call const& call, LimitScope scope)
{
    if (scope == LimitScope::tenant) {
        Subject subject{TenantId(call.parameter("tenant"))};
        auto const known = keys_.tenants();
        if (std::find(known.begin(), known.end(), subject.tenant) == known.end())
            co_return http::problem(404, "Tenant not found");
        co_return subject;
    }
    Subject subject{call.principal.tenant, scope};
    if (scope == LimitScope::key) {
        subject.name = call.parameter("id");
        auto const known = keys_.keys(subject.tenant);
        bool const is_known =
            std::any_of(known.begin(), known.end(), [&](auto const& key) { return key.id == subject.name; });
        if (!is_known) co_return http::problem(404, "Key not found");
        co_return subject;
    }
    auto const session = waha::session_of(call);
    subject.name = session.name.value;
    auto asking = gateway_.session_info(session);
    auto const info = co_await std::move(asking);
    if (!info) co_return waha::rejection_response(info.error(), session.name.value, waha::Subject::session);
    co_return subject;
}

template <LimitScope scope>
Task<Response> LimitRoutes::show(Call call)
{
    auto finding = subject_of(call, scope);
    auto found = co_await std::move(finding);
    if (auto* refusal = std::get_if<Response>(&found)) co_return std::move(*refusal);
    co_return limits_answer(limits_, std::get<Subject>(found));
}

template <LimitScope scope>
Task<Response> LimitRoutes::change(Call call)
{
    std::vector<std::string> problems;
    auto const shape = shape_of(scope);
    // A limit that is misspelt would be none: unknown names are refused in any mode.
    auto const body = http::accept_body(call.request.body, shape, http::UnknownFields::refused, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    gateway::Limits limits;
    for_each_limit(scope, [&](Limit limit) {
        if (auto const number = http::number_at(body, gateway::limit_name(limit)))
            limits[limit] = static_cast<std::uint64_t>(*number);
    });
    auto finding = subject_of(call, scope);
    auto found = co_await std::move(finding);
    if (auto* refusal = std::get_if<Response>(&found)) co_return std::move(*refusal);
    auto const subject = std::get<Subject>(found);
    auto set = [this, &subject, &limits] { return limits_.set(subject, limits); };
    auto setting = run_blocking(pool_, std::move(set));
    auto const stored = co_await std::move(setting);
    if (!stored) co_return waha::storage_trouble(stored.error());
    co_return limits_answer(limits_, subject);
}

template <LimitScope scope>
Task<Response> LimitRoutes::usage(Call call)
{
    auto finding = subject_of(call, scope);
    auto found = co_await std::move(finding);
    if (auto* refusal = std::get_if<Response>(&found)) co_return std::move(*refusal);
    auto telling = tell_usage(std::get<Subject>(found));
    co_return co_await std::move(telling);
}

Task<Response> LimitRoutes::own_usage(Call call)
{
    Subject subject{call.principal.tenant};
    auto telling = tell_usage(std::move(subject));
    co_return co_await std::move(telling);
}

Task<Response> LimitRoutes::tell_usage(Subject subject)
{
    if (subject.scope == LimitScope::tenant) {
        auto look = [this, &subject] { limits_.look_at_storage(subject.tenant); };
        auto looking = run_blocking(pool_, std::move(look));
        auto const looked = co_await std::move(looking);
        if (!looked) co_return waha::storage_trouble(looked.error());
    }
    auto const held = gateway_.holdings(subject.tenant);
    co_return http::json_response(200,
                                  usage_json(subject, limits_.usage(subject, held.sessions, held.endpoints)));
}

} // namespace wagate::v1
