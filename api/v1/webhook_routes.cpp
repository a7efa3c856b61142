#include "api/v1/webhook_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/v1/letter_json.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/health_json.hpp"
#include "api/waha/rejections.hpp"

#include <charconv>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using gateway::webhooks::EndpointStatus;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using storage::DeadLetter;
using storage::DeadLetterQuery;

constexpr std::int64_t most_letters = 1'000;
constexpr std::int64_t latest_time = 253'402'300'799'999; // end of the year 9999
/// Of a replay or a deletion, which are about all that match.
constexpr std::size_t no_limit = 1'000'000'000;
constexpr char const* no_filter = "session, endpoint, event, from or until must be given, or all=true";

std::optional<std::uint64_t> letter_number(std::string_view id)
{
    std::uint64_t number = 0;
    auto const* const end = id.data() + id.size();
    auto const [rest, error] = std::from_chars(id.data(), end, number);
    if (error != std::errc() || rest != end || number == 0) return std::nullopt;
    return number;
}

bool is_letter_id(json::value const& value)
{
    auto const& text = value.get_string();
    return letter_number({text.data(), text.size()}).has_value();
}

bool has_filter(DeadLetterQuery const& query)
{
    return query.session || query.endpoint || query.event_name || query.from || query.until;
}

http::Shape const& replay_shape()
{
    static http::Shape const shape{{
        Field::list("ids", Field::text("id").must(is_letter_id, "must be the id of a dead letter"))
            .size_between(1, static_cast<std::size_t>(most_letters)),
        Field::text("session").size_between(1, 64),
        Field::text("endpoint").size_between(1, 128),
        Field::text("event").size_between(1, 64),
        Field::integer("from").between(0, latest_time),
        Field::integer("until").between(0, latest_time),
        Field::boolean("all"),
        Field::number("rate").between(0.1, 1'000),
    }};
    return shape;
}

std::optional<WallTime> time_of(std::optional<double> milliseconds)
{
    if (!milliseconds) return std::nullopt;
    return wall_from_milliseconds(static_cast<std::int64_t>(*milliseconds));
}

DeadLetterQuery query_in(json::object const& body)
{
    DeadLetterQuery query;
    query.limit = no_limit;
    if (auto session = http::text_at(body, "session")) query.session = SessionName(std::move(*session));
    query.endpoint = http::text_at(body, "endpoint");
    query.event_name = http::text_at(body, "event");
    query.from = time_of(http::number_at(body, "from"));
    query.until = time_of(http::number_at(body, "until"));
    if (auto const* ids = http::list_at(body, "ids")) {
        for (auto const& id : *ids)
            query.numbers.push_back(*letter_number(id.get_string().c_str()));
    }
    return query;
}

DeadLetterQuery query_in(http::QueryRules const& rules)
{
    DeadLetterQuery query;
    query.limit = no_limit;
    if (auto session = rules.text("session")) query.session = SessionName(std::move(*session));
    query.endpoint = rules.text("endpoint");
    query.event_name = rules.text("event");
    if (auto const from = rules.integer("from", 0, latest_time)) query.from = wall_from_milliseconds(*from);
    if (auto const until = rules.integer("until", 0, latest_time))
        query.until = wall_from_milliseconds(*until);
    return query;
}

json::value text_or_null(std::string const& text)
{
    if (text.empty()) return {};
    return json::value(text);
}

json::object endpoint_json(EndpointStatus const& endpoint)
{
    json::object out;
    out["id"] = endpoint.id;
    out["url"] = waha::public_url(endpoint.url);
    out["enabled"] = endpoint.enabled;
    out["disabledReason"] = text_or_null(endpoint.disabled_reason);
    out["disabledAt"] = waha::time_or_null(endpoint.disabled_at);
    out["pendingEvents"] = endpoint.pending_events;
    out["lastSuccessAt"] = waha::time_or_null(endpoint.last_success);
    out["lastError"] = waha::delivery_failure_json(endpoint.last_failure);
    return out;
}

Response rejected(gateway::Rejection const& rejection, std::string_view session = {})
{
    return waha::rejection_response(rejection, session, waha::Subject::session);
}

Response count_response(unsigned status, std::string_view name, std::size_t count)
{
    json::object out;
    out[name] = count;
    return http::json_response(status, out);
}

} // namespace

json::object letter_json(DeadLetter const& letter)
{
    json::object out;
    out["id"] = std::to_string(letter.number);
    out["session"] = letter.session.name.value;
    out["endpoint"] = letter.endpoint;
    out["url"] = waha::public_url(letter.url);
    out["event"] = text_or_null(letter.event_name);
    out["eventId"] = letter.event_id;
    out["time"] = unix_milliseconds(letter.time);
    out["attempts"] = letter.attempts;
    out["status"] = nullptr;
    if (letter.status != 0) out["status"] = letter.status;
    out["reason"] = letter.reason;
    out["error"] = text_or_null(letter.error);
    out["replayable"] = letter.event.has_value();
    return out;
}

void WebhookRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/v1/{session}/webhooks", &WebhookRoutes::endpoints);
    add("POST", "/api/v1/{session}/webhooks/{endpoint}/enable", &WebhookRoutes::enable);
    add("GET", "/api/v1/dead-letters", &WebhookRoutes::letters);
    add("POST", "/api/v1/dead-letters/replay", &WebhookRoutes::replay);
    add("DELETE", "/api/v1/dead-letters", &WebhookRoutes::purge);
    add("DELETE", "/api/v1/dead-letters/{id}", &WebhookRoutes::erase);
}

Task<Response> WebhookRoutes::endpoints(Call call)
{
    auto const session = waha::session_of(call);
    auto asking = webhooks_.endpoints(session);
    auto const endpoints = co_await std::move(asking);
    if (!endpoints) co_return rejected(endpoints.error(), session.name.value);
    json::array list;
    for (auto const& endpoint : *endpoints)
        list.push_back(endpoint_json(endpoint));
    json::object out;
    out["webhooks"] = std::move(list);
    co_return http::json_response(200, out);
}

Task<Response> WebhookRoutes::enable(Call call)
{
    auto const session = waha::session_of(call);
    auto const endpoint = call.parameter("endpoint");
    auto enabling = webhooks_.enable(session, endpoint);
    auto const enabled = co_await std::move(enabling);
    if (!enabled) co_return rejected(enabled.error(), session.name.value);
    json::object out;
    out["id"] = endpoint;
    out["enabled"] = true;
    co_return http::json_response(200, out);
}

Task<Response> WebhookRoutes::letters(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto query = query_in(rules);
    query.after = static_cast<std::uint64_t>(rules.integer("after", 0, INT64_MAX).value_or(0));
    query.limit = static_cast<std::size_t>(rules.integer("limit", 1, most_letters).value_or(100));
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const limit = query.limit;
    auto asking = webhooks_.dead_letters(call.principal.tenant, std::move(query));
    auto const letters = co_await std::move(asking);
    if (!letters) co_return rejected(letters.error());
    json::array list;
    for (auto const& letter : *letters)
        list.push_back(letter_json(letter));
    json::object out;
    out["next"] = nullptr;
    if (letters->size() >= limit) out["next"] = std::to_string(letters->back().number);
    out["deadLetters"] = std::move(list);
    co_return http::json_response(200, out);
}

Task<Response> WebhookRoutes::replay(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, replay_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    gateway::webhooks::Replay replay;
    replay.which = query_in(body);
    replay.per_second = http::number_at(body, "rate").value_or(replay.per_second);
    if (replay.which.numbers.empty() && !has_filter(replay.which) && !http::flag_at(body, "all", false))
        co_return http::invalid_request(
            {"ids, session, endpoint, event, from or until must be given, or all"});
    auto replaying = webhooks_.replay(call.principal.tenant, std::move(replay));
    auto const taken = co_await std::move(replaying);
    if (!taken) co_return rejected(taken.error());
    co_return count_response(202, "replaying", *taken);
}

Task<Response> WebhookRoutes::purge(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto query = query_in(rules);
    bool const all = rules.flag("all").value_or(false);
    if (problems.empty() && !all && !has_filter(query)) problems.emplace_back(no_filter);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto purging = webhooks_.purge(call.principal.tenant, std::move(query));
    auto const deleted = co_await std::move(purging);
    if (!deleted) co_return rejected(deleted.error());
    co_return count_response(200, "deleted", *deleted);
}

Task<Response> WebhookRoutes::erase(Call call)
{
    auto const number = letter_number(call.parameter("id"));
    if (!number) co_return http::problem(404, "Dead letter not found");
    DeadLetterQuery query;
    query.numbers.push_back(*number);
    auto purging = webhooks_.purge(call.principal.tenant, std::move(query));
    auto const deleted = co_await std::move(purging);
    if (!deleted) co_return rejected(deleted.error());
    if (*deleted == 0) co_return http::problem(404, "Dead letter not found");
    co_return count_response(200, "deleted", *deleted);
}

} // namespace wagate::v1
