#include "api/waha/chatting_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/sending.hpp"
#include "gateway/media/link_page.hpp"

#include <algorithm>
#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::string_view all_chats = "all";
constexpr std::int64_t most_messages = 1'000;
constexpr std::int64_t latest_second = 253'402'300'799; // end of the year 9999
constexpr std::array<Ack, 6> acks{Ack::error, Ack::pending, Ack::server, Ack::device, Ack::read, Ack::played};

http::Shape const& send_shape()
{
    static http::Shape const shape = sending_shape({
        Field::text("text").required().size_between(1, 65'536),
        Field::list("mentions", Field::text("mention").size_between(1, 256)).size_between(0, 1'024),
        Field::boolean("linkPreview"),
        Field::boolean("linkPreviewHighQuality"),
    });
    return shape;
}

gateway::SendText to_send_text(json::object const& body)
{
    gateway::SendText request;
    request.chat = http::text_at(body, "chatId").value_or("");
    request.text = http::text_at(body, "text").value_or("");
    request.reply_to = non_empty(http::text_at(body, "reply_to"));
    request.id = non_empty(http::text_at(body, "id"));
    if (auto const* mentions = http::list_at(body, "mentions")) {
        for (auto const& mention : *mentions)
            request.mentions.emplace_back(mention.get_string().c_str());
    }
    return request;
}

std::optional<Ack> ack_from_name(std::string_view name) noexcept
{
    for (auto ack : acks) {
        if (ack_name(ack) == name) return ack;
    }
    return std::nullopt;
}

storage::MessageQuery to_message_query(http::QueryRules const& rules)
{
    std::vector<std::string_view> ack_names;
    for (auto ack : acks)
        ack_names.push_back(ack_name(ack));
    storage::MessageQuery query;
    query.limit = static_cast<std::size_t>(rules.integer("limit", 1, most_messages).value_or(10));
    query.offset = static_cast<std::size_t>(rules.integer("offset", 0, INT32_MAX).value_or(0));
    query.newest_first = rules.choice("sortOrder", {"desc", "asc"}).value_or("desc") == "desc";
    rules.choice("sortBy", {"timestamp", "messageTimestamp"});
    rules.flag("downloadMedia");
    rules.flag("merge");
    if (auto const from = rules.integer("filter.timestamp.gte", 0, latest_second))
        query.from = wall_from_seconds(*from);
    if (auto const until = rules.integer("filter.timestamp.lte", 0, latest_second))
        query.until = wall_from_seconds(*until) + Milliseconds(999);
    query.from_me = rules.flag("filter.fromMe");
    if (auto const ack = rules.choice("filter.ack", ack_names)) query.ack = ack_from_name(*ack);
    return query;
}

} // namespace

void ChattingRoutes::add_to(http::Router& router)
{
    router.add("POST", "/api/sendText", Access::tenant, std::bind_front(&ChattingRoutes::send_text, this));
    router.add("GET", "/api/sendText", Access::tenant,
               std::bind_front(&ChattingRoutes::send_text_by_query, this));
    router.add("POST", "/api/reply", Access::tenant, std::bind_front(&ChattingRoutes::send_text, this));
    router.add("GET", "/api/{session}/chats/{chatId}/messages", Access::tenant,
               std::bind_front(&ChattingRoutes::messages, this));
    router.add("GET", "/api/messages", Access::tenant,
               std::bind_front(&ChattingRoutes::messages_by_query, this));
    router.add("GET", "/api/{session}/chats/{chatId}/messages/{messageId}", Access::tenant,
               std::bind_front(&ChattingRoutes::message, this));
}

Task<Response> ChattingRoutes::send(unsigned status, SessionKey session, gateway::SendText request,
                                    Preview preview)
{
    auto const chat = request.chat;
    auto const link = preview == Preview::none ? std::nullopt : gateway::first_link(request.text);
    if (!link) {
        auto sending = gateway_.send_text(session, std::move(request));
        auto const sent = co_await std::move(sending);
        co_return sent_response(sent, session, chat, place_of(session), status);
    }
    gateway::LinkDraft draft;
    draft.text = std::move(request.text);
    draft.mentions = std::move(request.mentions);
    draft.reply_to = std::move(request.reply_to);
    draft.preview.url = *link;
    draft.high_quality = preview == Preview::large;
    gateway::SendRequest linked;
    linked.chat = chat;
    linked.id = std::move(request.id);
    linked.key = request.key;
    linked.asker = std::move(request.asker);
    auto sending = media_.send_link(session, std::move(linked), std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return sent_response(sent, session, chat, place_of(session), status);
}

Task<Response> ChattingRoutes::send_text(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, send_shape(), unknown_, problems);
    auto const key = idempotency_key(call.request, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto session = session_in(call, http::text_at(body, "session").value_or("default"));
    auto request = to_send_text(body);
    request.key = key;
    request.asker = call.principal.key_id;
    auto const preview = !http::flag_at(body, "linkPreview", true)              ? Preview::none
                         : http::flag_at(body, "linkPreviewHighQuality", false) ? Preview::large
                                                                                : Preview::small;
    auto sending = send(201, std::move(session), std::move(request), preview);
    co_return co_await std::move(sending);
}

Task<Response> ChattingRoutes::send_text_by_query(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    gateway::SendText request;
    request.chat = rules.required_text("phone");
    request.text = rules.required_text("text");
    request.asker = call.principal.key_id;
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto session = session_in(call, rules.text("session").value_or("default"));
    auto sending = send(200, std::move(session), std::move(request), Preview::small);
    co_return co_await std::move(sending);
}

Task<Response> ChattingRoutes::messages(Call call)
{
    auto session = session_of(call);
    auto chat = call.parameter("chatId");
    return list(std::move(call), std::move(session), std::move(chat));
}

Task<Response> ChattingRoutes::messages_by_query(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto chat = rules.required_text("chatId");
    auto session = session_in(call, rules.text("session").value_or("default"));
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto listing = list(std::move(call), std::move(session), std::move(chat));
    co_return co_await std::move(listing);
}

Task<Response> ChattingRoutes::list(Call call, SessionKey session, std::string chat)
{
    std::vector<std::string> problems;
    auto query = to_message_query(http::QueryRules(call.query, problems));
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (chat == all_chats) chat.clear();
    auto const found = co_await gateway_.messages(session, std::move(chat), std::move(query));
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    auto const place = place_of(session);
    json::array out;
    for (auto const& message : *found)
        out.emplace_back(message_json(message, &place));
    co_return http::json_response(200, out);
}

Task<Response> ChattingRoutes::message(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    rules.flag("downloadMedia");
    rules.flag("merge");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto chat = call.parameter("chatId");
    if (chat == all_chats) chat.clear();
    auto id = call.parameter("messageId");
    auto const found = co_await gateway_.message(session, std::move(chat), std::move(id));
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    auto const place = place_of(session);
    co_return http::json_response(200, message_json(*found, &place));
}

} // namespace wagate::waha
