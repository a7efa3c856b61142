#include "api/v1/answer_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/sending_shapes.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/engine/compose/polls.hpp"
#include "protocol/message/raw_message.hpp"

namespace wagate::v1 {
namespace {

using http::Access;
using http::Call;
using http::Field;
using http::Response;
using Answer = message::EventAnswer::Response;

constexpr std::size_t raw_body_bytes = 1u << 20;
constexpr std::size_t small_content = 1'024;
constexpr double most_guests = 100;

std::size_t bytes_of(Call const& call)
{
    return 2 * call.request.body.size() + small_content;
}

http::Shape const& event_answer_shape()
{
    static http::Shape const shape{{
        Field::text("response").required().one_of({"GOING", "NOT_GOING", "MAYBE"}),
        Field::integer("extraGuests").between(0, most_guests),
    }};
    return shape;
}

http::Shape const& event_change_shape()
{
    static http::Shape const shape{{waha::event_field()}};
    return shape;
}

http::Shape const& list_answer_shape()
{
    static http::Shape const shape = waha::sending_shape({
        Field::text("title").required().size_between(1, 1'024),
        Field::text("description").size_between(0, 1'024),
        Field::text("rowId").required().size_between(1, 1'024),
    });
    return shape;
}

http::Shape const& template_answer_shape()
{
    static http::Shape const shape = waha::sending_shape({
        Field::text("selectedButtonID").required().size_between(1, 1'024),
        Field::text("selectedDisplayText").required().size_between(1, 1'024),
        Field::integer("selectedIndex").between(0, 99),
    });
    return shape;
}

http::Shape const& raw_shape()
{
    static http::Shape const shape{{
        Field::text("chatId").required().size_between(1, 256),
        Field::text("id").size_between(0, 128),
        Field::text("message").required().size_between(1, raw_body_bytes),
    }};
    return shape;
}

Answer to_answer(std::string_view name)
{
    if (name == "GOING") return Answer::going;
    return name == "MAYBE" ? Answer::maybe : Answer::not_going;
}

message::TypedMessage typed(message::MessageBody body)
{
    message::TypedMessage out;
    out.body = std::move(body);
    return out;
}

} // namespace

void AnswerRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("POST", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/event-response",
        &AnswerRoutes::answer_event);
    add("PUT", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/event", &AnswerRoutes::change_event);
    add("DELETE", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/event", &AnswerRoutes::cancel_event);
    add("POST", "/api/v1/{session}/lists/reply", &AnswerRoutes::answer_list);
    add("POST", "/api/v1/{session}/templates/reply", &AnswerRoutes::answer_template);
    router.add("POST", "/api/v1/{session}/messages/raw", Access::tenant,
               std::bind_front(&AnswerRoutes::send_raw, this), raw_body_bytes);
}

Task<Response> AnswerRoutes::about_event(Call const& call, waha::SendCall asked,
                                         std::function<engine::Compose(MessageId)> compose, unsigned status)
{
    auto const id = gateway::parse_message_id(call.parameter("messageId"));
    if (!id) asked.problems.emplace_back("messageId must be the id of a message");
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto sending =
        sending_.send_to(std::move(asked), call.parameter("chatId"), compose(*id), bytes_of(call), status);
    co_return co_await std::move(sending);
}

Task<Response> AnswerRoutes::answer_event(Call call)
{
    auto asked = sending_.accept(call, event_answer_shape());
    auto const answer = to_answer(http::text_at(asked.body, "response").value_or(""));
    auto const guests = static_cast<std::int32_t>(http::number_at(asked.body, "extraGuests").value_or(0));
    auto compose = [answer, guests](MessageId event) {
        return engine::compose_event_answer(std::move(event), answer, guests);
    };
    auto sending = about_event(call, std::move(asked), std::move(compose), 201);
    co_return co_await std::move(sending);
}

Task<Response> AnswerRoutes::change_event(Call call)
{
    auto asked = sending_.accept(call, event_change_shape());
    message::CalendarEvent changed;
    if (asked.problems.empty()) changed = waha::to_event(asked.body, asked.problems);
    auto compose = [changed](MessageId event) {
        return engine::compose_event_edit(std::move(event), changed);
    };
    auto sending = about_event(call, std::move(asked), std::move(compose), 200);
    co_return co_await std::move(sending);
}

Task<Response> AnswerRoutes::cancel_event(Call call)
{
    waha::SendCall asked;
    asked.session = SessionKey{call.principal.tenant, SessionName(call.parameter("session"))};
    asked.asker = call.principal.key_id;
    auto sending = about_event(call, std::move(asked), engine::compose_event_cancellation, 200);
    co_return co_await std::move(sending);
}

Task<Response> AnswerRoutes::answer_list(Call call)
{
    auto asked = sending_.accept(call, list_answer_shape());
    message::ListReply reply;
    reply.title = http::text_at(asked.body, "title").value_or("");
    reply.description = http::text_at(asked.body, "description").value_or("");
    reply.row_id = http::text_at(asked.body, "rowId").value_or("");
    auto content = waha::compose(typed(std::move(reply)), asked.reply_to());
    auto sending = sending_.send(std::move(asked), std::move(content), bytes_of(call));
    co_return co_await std::move(sending);
}

Task<Response> AnswerRoutes::answer_template(Call call)
{
    auto asked = sending_.accept(call, template_answer_shape());
    message::TemplateReply reply;
    reply.id = http::text_at(asked.body, "selectedButtonID").value_or("");
    reply.text = http::text_at(asked.body, "selectedDisplayText").value_or("");
    reply.index = static_cast<std::uint32_t>(http::number_at(asked.body, "selectedIndex").value_or(0));
    auto content = waha::compose(typed(std::move(reply)), asked.reply_to());
    auto sending = sending_.send(std::move(asked), std::move(content), bytes_of(call));
    co_return co_await std::move(sending);
}

Task<Response> AnswerRoutes::send_raw(Call call)
{
    auto asked = sending_.accept(call, raw_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto content = base64_decode(http::text_at(asked.body, "message").value_or(""));
    if (!content) co_return http::invalid_request({"message must be base64"});
    if (auto const problem = message::refuse_raw(*content))
        co_return http::invalid_request({"message " + std::string(*problem)});
    engine::Compose compose = [content = std::move(*content)](engine::DraftContext const&) -> Result<Bytes> {
        return content;
    };
    auto sending = sending_.send(std::move(asked), std::move(compose), bytes_of(call));
    co_return co_await std::move(sending);
}

} // namespace wagate::v1
