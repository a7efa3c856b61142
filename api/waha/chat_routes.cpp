#include "api/waha/chat_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chats_json.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::int64_t most_chats = 10'000;
constexpr std::size_t most_ids = 2'000;
constexpr std::int64_t default_overview = 20;

http::Shape const& overview_shape()
{
    http::Shape pagination;
    pagination.fields.push_back(Field::boolean("merge"));
    pagination.fields.push_back(Field::integer("limit").between(1, most_chats));
    pagination.fields.push_back(Field::integer("offset").between(0, INT32_MAX));
    http::Shape filter;
    filter.fields.push_back(
        Field::list("ids", Field::text("id").size_between(1, 256)).size_between(0, most_ids));
    static http::Shape const shape{{
        Field::object("pagination", std::move(pagination)).required(),
        Field::object("filter", std::move(filter)),
    }};
    return shape;
}

void add_id(storage::ChatQuery& query, std::string_view text, std::vector<std::string>& problems)
{
    if (auto const jid = gateway::parse_chat(text))
        query.ids.push_back(*jid);
    else
        problems.emplace_back("each value in ids must be a phone number or a chat id");
}

std::size_t limited(std::optional<std::int64_t> value, std::int64_t otherwise)
{
    return static_cast<std::size_t>(value.value_or(otherwise));
}

} // namespace

void ChatRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/{session}/chats", Access::tenant, std::bind_front(&ChatRoutes::chats, this));
    router.add("GET", "/api/{session}/chats/overview", Access::tenant,
               std::bind_front(&ChatRoutes::overview, this));
    router.add("POST", "/api/{session}/chats/overview", Access::tenant,
               std::bind_front(&ChatRoutes::overview_by_body, this));
}

Task<Response> ChatRoutes::chats(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    storage::ChatQuery query;
    auto const sort = rules.choice("sortBy", {"conversationTimestamp", "messageTimestamp", "id", "name"});
    if (sort == "id") query.sort = storage::ChatSort::id;
    if (sort == "name") query.sort = storage::ChatSort::name;
    query.descending = rules.choice("sortOrder", {"desc", "asc"}).value_or("desc") == "desc";
    query.limit = limited(rules.integer("limit", 1, most_chats), most_chats);
    query.offset = limited(rules.integer("offset", 0, INT32_MAX), 0);
    rules.flag("merge");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto ask = [session, query](storage::Store& store) { return store.chats(session, query); };
    auto reading = gateway::read_for<std::vector<storage::ChatEntry>>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    json::array out;
    for (auto const& entry : *found)
        out.emplace_back(chat_json(entry));
    co_return http::json_response(200, out);
}

Task<Response> ChatRoutes::list(unsigned status, SessionKey session, storage::ChatQuery query)
{
    query.last_messages = true;
    auto ask = [session, query](storage::Store& store) { return store.chats(session, query); };
    auto reading = gateway::read_for<std::vector<storage::ChatEntry>>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    json::array out;
    for (auto const& entry : *found)
        out.emplace_back(overview_json(entry));
    co_return http::json_response(status, out);
}

Task<Response> ChatRoutes::overview(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    storage::ChatQuery query;
    query.limit = limited(rules.integer("limit", 1, most_chats), default_overview);
    query.offset = limited(rules.integer("offset", 0, INT32_MAX), 0);
    rules.flag("merge");
    for (auto const& [name, value] : call.query)
        if (name == "ids" || name == "ids[]") add_id(query, value, problems);
    if (query.ids.size() > most_ids) problems.emplace_back("ids must have at most 2000 values");
    if (!problems.empty()) co_return http::invalid_request(problems);
    co_return co_await list(200, session_of(call), std::move(query));
}

Task<Response> ChatRoutes::overview_by_body(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, overview_shape(), unknown_, problems);
    storage::ChatQuery query;
    if (auto const* pagination = http::object_at(body, "pagination")) {
        query.limit =
            static_cast<std::size_t>(http::number_at(*pagination, "limit").value_or(default_overview));
        query.offset = static_cast<std::size_t>(http::number_at(*pagination, "offset").value_or(0));
    }
    if (auto const* filter = http::object_at(body, "filter")) {
        if (auto const* ids = http::list_at(*filter, "ids"))
            for (auto const& id : *ids)
                add_id(query, {id.get_string().data(), id.get_string().size()}, problems);
    }
    if (!problems.empty()) co_return http::invalid_request(problems);
    co_return co_await list(201, session_of(call), std::move(query));
}

} // namespace wagate::waha
