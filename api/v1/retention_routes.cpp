#include "api/v1/retention_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using storage::KeptKind;
using storage::KeptLimit;
using storage::KeptRules;

constexpr double day_milliseconds = 86'400'000;
constexpr double least_days = 1.0 / 1'440; // a minute
constexpr double most_days = 36'500;
constexpr double most_bytes = 9'007'199'254'740'991; // what JSON's numbers hold exactly

struct NamedKind {
    char const* name;
    KeptKind kind;
    bool has_bytes;
};
constexpr NamedKind named_kinds[] = {
    {"messages", KeptKind::messages, true},
    {"events", KeptKind::events, true},
    {"deadLetters", KeptKind::dead_letters, false}, // their bytes count among the events'
    {"media", KeptKind::media, true},
};

http::Shape limit_shape(bool has_bytes)
{
    http::Shape shape;
    shape.fields.push_back(Field::number("days").between(least_days, most_days));
    if (has_bytes)
        shape.fields.push_back(Field::integer("bytes").between(1, most_bytes));
    else
        shape.fields.push_back(Field::refused("bytes", "count among the bytes of events"));
    return shape;
}

http::Shape kinds_shape(bool by_operator)
{
    http::Shape shape;
    for (auto const& named : named_kinds) {
        auto kind = limit_shape(named.has_bytes);
        if (by_operator)
            kind.fields.push_back(Field::object("most", limit_shape(named.has_bytes)));
        else
            kind.fields.push_back(Field::refused("most", "is set by the operator"));
        shape.fields.push_back(Field::object(named.name, std::move(kind)));
    }
    return shape;
}

KeptLimit limit_in(json::object const& object)
{
    KeptLimit limit;
    if (auto const days = http::number_at(object, "days"))
        limit.age = Milliseconds(std::llround(*days * day_milliseconds));
    if (auto const bytes = http::number_at(object, "bytes")) limit.bytes = static_cast<std::uint64_t>(*bytes);
    return limit;
}

json::value days_of(KeptLimit const& limit)
{
    if (!limit.age) return {};
    auto const days = static_cast<double>(limit.age->count()) / day_milliseconds;
    if (days == std::floor(days)) return json::value(static_cast<std::int64_t>(days));
    return json::value(days);
}

json::object limit_json(KeptLimit const& limit, bool has_bytes)
{
    json::object out;
    out["days"] = days_of(limit);
    if (has_bytes) out["bytes"] = limit.bytes ? json::value(*limit.bytes) : json::value();
    return out;
}

json::object rules_json(KeptRules const& rules, storage::KeptLimits const& configured)
{
    json::object out;
    for (auto const& [name, kind, has_bytes] : named_kinds) {
        auto const at = static_cast<std::size_t>(kind);
        auto one = limit_json(rules[at].own, has_bytes);
        one["most"] = limit_json(storage::most_of(rules[at], configured[at]), has_bytes);
        one["inForce"] = limit_json(storage::in_force(rules[at], configured[at]), has_bytes);
        out[name] = std::move(one);
    }
    return out;
}

void check(std::string const& name, KeptLimit const& own, KeptLimit const& most,
           std::vector<std::string>& problems)
{
    if (own.age && most.age && *own.age > *most.age)
        problems.push_back(name + ".days must not be greater than " + http::stable_json(days_of(most)));
    if (own.bytes && most.bytes && *own.bytes > *most.bytes)
        problems.push_back(name + ".bytes must not be greater than " + std::to_string(*most.bytes));
}

Response trouble(ErrorCode const& error)
{
    if (error == storage::StoreErrc::not_found) return http::problem(404, "Tenant not found");
    return waha::storage_trouble(error);
}

json::object erased_json(storage::ErasedPerson const& erased, std::size_t files)
{
    json::array addresses;
    for (auto const& address : erased.addresses)
        addresses.push_back(json::value(waha::shown(address)));
    json::object out;
    out["addresses"] = std::move(addresses);
    out["messages"] = erased.messages;
    out["quotes"] = erased.quotes;
    out["receipts"] = erased.receipts;
    out["chats"] = erased.chats;
    out["contacts"] = erased.contacts;
    out["waiting"] = erased.waiting;
    out["events"] = erased.events;
    out["deadLetters"] = erased.dead_letters;
    out["idempotencyKeys"] = erased.idempotency_keys;
    out["records"] = erased.records;
    out["files"] = files;
    out["unfinished"] = erased.unfinished;
    out["logTruncated"] = erased.is_log_truncated;
    return out;
}

} // namespace

void RetentionRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, Access access, auto endpoint) {
        router.add(method, path, access, std::bind_front(endpoint, this));
    };
    add("GET", "/api/v1/retention", Access::tenant, &RetentionRoutes::show_own);
    add("PUT", "/api/v1/retention", Access::tenant, &RetentionRoutes::change_own);
    add("GET", "/api/v1/tenants/{tenant}/retention", Access::admin, &RetentionRoutes::show_of);
    add("PUT", "/api/v1/tenants/{tenant}/retention", Access::admin, &RetentionRoutes::change_of);
    add("DELETE", "/api/v1/{session}/contacts/{contactId}/data", Access::tenant,
        &RetentionRoutes::erase_person);
}

Task<Response> RetentionRoutes::show_own(Call call)
{
    return show(std::move(call.principal.tenant));
}

Task<Response> RetentionRoutes::change_own(Call call)
{
    auto tenant = call.principal.tenant;
    return change(std::move(tenant), std::move(call), false);
}

Task<Response> RetentionRoutes::show_of(Call call)
{
    return show(TenantId(call.parameter("tenant")));
}

Task<Response> RetentionRoutes::change_of(Call call)
{
    TenantId tenant(call.parameter("tenant"));
    return change(std::move(tenant), std::move(call), true);
}

Task<Response> RetentionRoutes::show(TenantId tenant)
{
    auto read = [this, &tenant]() -> Result<KeptRules> {
        auto const known = store_.tenants();
        if (std::find(known.begin(), known.end(), tenant) == known.end())
            return storage::StoreErrc::not_found;
        return keeper_.kept_rules(tenant);
    };
    auto reading = run_blocking(pool_, std::move(read));
    auto const rules = co_await std::move(reading);
    if (!rules) co_return trouble(rules.error());
    co_return http::json_response(200, rules_json(*rules, keeper_.configured_limits()));
}

Task<Response> RetentionRoutes::change(TenantId tenant, Call call, bool by_operator)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, kinds_shape(by_operator), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto change = [this, &tenant, &body, &problems]() -> Result<KeptRules> {
        auto const known = store_.tenants();
        if (std::find(known.begin(), known.end(), tenant) == known.end())
            return storage::StoreErrc::not_found;
        auto rules = keeper_.kept_rules(tenant);
        auto const configured = keeper_.configured_limits();
        for (auto const& named : named_kinds) {
            auto const* given = http::object_at(body, named.name);
            if (given == nullptr) continue;
            auto const at = static_cast<std::size_t>(named.kind);
            rules[at].own = limit_in(*given);
            if (auto const* most = http::object_at(*given, "most")) rules[at].most = limit_in(*most);
            check(named.name, rules[at].own, storage::most_of(rules[at], configured[at]), problems);
        }
        if (problems.empty()) WAGATE_CHECK_OK(keeper_.set_kept_rules(tenant, rules));
        return rules;
    };
    auto changing = run_blocking(pool_, std::move(change));
    auto const rules = co_await std::move(changing);
    if (!rules) co_return trouble(rules.error());
    if (!problems.empty()) co_return http::invalid_request(problems);
    co_return http::json_response(200, rules_json(*rules, keeper_.configured_limits()));
}

Task<Response> RetentionRoutes::erase_person(Call call)
{
    auto const session = waha::session_of(call);
    auto asking = gateway_.session_info(session);
    auto const info = co_await std::move(asking);
    if (!info) co_return waha::rejection_response(info.error(), session.name.value, waha::Subject::session);
    auto const person = gateway::parse_chat(call.parameter("contactId"));
    if (!person || (!person->is_phone() && !person->is_lid()))
        co_return http::invalid_request({"contactId must be the phone number or the id of a person"});
    auto const& me = info->me;
    if (me && (person->bare() == me->phone.bare() || person->bare() == me->lid.bare()))
        co_return http::problem(422, "This is the session's own account");
    std::size_t files = 0;
    auto erase = [this, &session, &person, &files] {
        std::vector<std::string> names;
        auto erased = keeper_.erase_person(session, *person, [&names](Message const& message) {
            if (auto name = gateway::kept_file_name(message)) names.push_back(std::move(*name));
        });
        // Files of messages that are gone by now go also when something failed later.
        files = media_.erase(session, names);
        return erased;
    };
    auto erasing = run_blocking(pool_, std::move(erase));
    auto const erased = co_await std::move(erasing);
    if (!erased) co_return trouble(erased.error());
    co_return http::json_response(200, erased_json(*erased, files));
}

} // namespace wagate::v1
