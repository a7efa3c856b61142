#include "api/v1/history_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::HistorySync;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

http::Shape const& older_shape()
{
    static http::Shape const shape{{
        Field::integer("count").between(1, HistorySync::most_older),
        Field::text("messageId").size_between(1, 512),
    }};
    return shape;
}

} // namespace

void HistoryRoutes::add_to(http::Router& router)
{
    router.add("POST", "/api/v1/{session}/chats/{chatId}/history", Access::tenant,
               std::bind_front(&HistoryRoutes::ask_older, this));
}

Task<gateway::Outcome<Message>> HistoryRoutes::start_of(SessionKey session, std::string chat, std::string id)
{
    if (!id.empty()) {
        auto finding = gateway_.message(std::move(session), std::move(chat), std::move(id));
        co_return co_await std::move(finding);
    }
    storage::MessageQuery query;
    query.limit = 1;
    query.newest_first = false;
    auto listing = gateway_.messages(std::move(session), std::move(chat), query);
    auto found = co_await std::move(listing);
    if (!found) co_return found.error();
    if (!found->empty()) co_return std::move(found->front());
    gateway::Rejection none;
    none.code = gateway::GatewayErrc::message_not_found;
    none.detail = "No message of this chat is known, so there is nothing to ask from";
    co_return none;
}

Task<Response> HistoryRoutes::ask_older(Call call)
{
    auto const session = waha::session_of(call);
    auto const chat = call.parameter("chatId");
    if (!gateway::parse_chat(chat))
        co_return http::invalid_request({"chatId must be a phone number or the id of a chat"});
    std::vector<std::string> problems;
    auto const text = call.request.body.empty() ? std::string{"{}"} : call.request.body;
    auto const body = http::accept_body(text, older_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const count =
        static_cast<std::uint32_t>(http::number_at(body, "count").value_or(HistorySync::most_older));
    auto finding = start_of(session, chat, http::text_at(body, "messageId").value_or(""));
    auto const start = co_await std::move(finding);
    if (!start) co_return waha::rejection_response(start.error(), session.name.value, waha::Subject::action);
    auto question = [jid = start->chat, id = start->id, count](engine::Engine& engine, auto done) {
        engine.history_sync().ask_older(jid, id, count, std::move(done));
    };
    auto asking = gateway::ask_for<MessageId>(gateway_, session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return waha::rejection_response(asked.error(), session.name.value, waha::Subject::action);
    json::object out;
    out["requestId"] = asked->value;
    out["before"] = waha::full_id(*start);
    out["count"] = count;
    co_return http::json_response(202, out);
}

} // namespace wagate::v1
