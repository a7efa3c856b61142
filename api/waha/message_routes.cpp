#include "api/waha/message_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/compose/about_messages.hpp"

#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t small_content = 2'048;
constexpr std::size_t longest_text = 65'536;
constexpr std::int64_t most_read = 1'000;
constexpr std::int64_t most_days = 3'650;
/// One day, a week, a month: what apps offer.
constexpr std::array<double, 3> durations{86'400, 604'800, 2'592'000};

http::Shape const& reaction_shape()
{
    static http::Shape const shape{{
        Field::text("session").size_between(1, 64),
        Field::text("messageId").required().size_between(1, 512),
        Field::text("reaction").required().size_between(0, 64),
    }};
    return shape;
}

http::Shape const& edit_shape()
{
    static http::Shape const shape{{
        Field::text("text").required().size_between(1, longest_text),
        Field::boolean("linkPreview"),
        Field::boolean("linkPreviewHighQuality"),
    }};
    return shape;
}

http::Shape const& pin_shape()
{
    static auto const is_offered = [](json::value const& value) {
        return std::find(durations.begin(), durations.end(), value.to_number<double>()) != durations.end();
    };
    static http::Shape const shape{{
        Field::number("duration").required().must(+is_offered, "must be 86400, 604800 or 2592000 seconds"),
    }};
    return shape;
}

http::Shape const& empty_shape()
{
    static http::Shape const shape;
    return shape;
}

http::Shape const& seen_shape()
{
    static http::Shape const shape{{
        Field::text("session").size_between(1, 64), Field::text("chatId").required().size_between(1, 256),
        Field::text("messageId").size_between(0, 512),
        Field::list("messageIds", Field::text("messageId").size_between(1, 512)).size_between(0, 1'000),
        Field::text("participant").size_between(0, 256),
        Field::boolean("played"), // our own
    }};
    return shape;
}

http::Shape const& comment_shape()
{
    static http::Shape const shape{{
        Field::text("text").required().size_between(1, longest_text),
        Field::text("id").size_between(1, 64),
    }};
    return shape;
}

http::Shape const& read_shape()
{
    static http::Shape const shape{{
        Field::integer("messages").between(1, most_read),
        Field::integer("days").between(1, most_days),
    }};
    return shape;
}

/// WAHA's answer where a message says nothing more: `{"success":true}`.
Response succeeded(unsigned status, Response const& sent)
{
    if (sent.status != status) return sent;
    json::object body;
    body["success"] = true;
    return http::json_response(status, body);
}

} // namespace

void MessageRoutes::add_to(http::Router& router)
{
    std::string const one = "/api/{session}/chats/{chatId}/messages/{messageId}";
    auto const add = [&](char const* method, std::string path, auto endpoint) {
        router.add(method, std::move(path), Access::tenant, std::bind_front(endpoint, this));
    };
    add("PUT", "/api/reaction", &MessageRoutes::react);
    add("PUT", one, &MessageRoutes::edit);
    add("DELETE", one, &MessageRoutes::revoke);
    add("POST", one + "/pin", &MessageRoutes::pin);
    add("POST", one + "/unpin", &MessageRoutes::unpin);
    add("POST", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/comments", &MessageRoutes::comment);
    add("POST", "/api/sendSeen", &MessageRoutes::seen);
    add("POST", "/api/{session}/chats/{chatId}/messages/read", &MessageRoutes::read);
    add("GET", "/api/{session}/new-message-id", &MessageRoutes::new_id);
}

Task<Response> MessageRoutes::react(Call call)
{
    auto asked = sending_.accept(call, reaction_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto id = http::text_at(asked.body, "messageId").value_or("");
    std::string anywhere;
    auto const about = co_await sending_.find(asked.session, std::move(anywhere), id);
    if (!about) co_return rejection_response(about.error(), asked.session.name.value, Subject::action);
    auto const full = gateway::parse_full_id(id);
    auto chat = about->stored ? about->stored->chat.to_string() : full->chat.to_string();
    auto content = engine::compose_reaction(MessageTarget{about->id, about->from_me, about->sender},
                                            http::text_at(asked.body, "reaction").value_or(""));
    co_return co_await sending_.send_to(std::move(asked), std::move(chat), std::move(content), small_content,
                                        200);
}

Task<Response> MessageRoutes::send_about(Call call, SendCall asked, Composer composer, unsigned status)
{
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto chat = call.parameter("chatId");
    auto id = call.parameter("messageId");
    auto const about = co_await sending_.find(asked.session, chat, std::move(id));
    if (!about) co_return rejection_response(about.error(), asked.session.name.value, Subject::action);
    auto const bytes = small_content + call.request.body.size() * 2 +
                       (about->stored ? about->stored->content.size() * 2 : 0);
    auto content = composer(*about);
    co_return co_await sending_.send_to(std::move(asked), std::move(chat), std::move(content), bytes, status);
}

Task<Response> MessageRoutes::edit(Call call)
{
    auto asked = sending_.accept(call, edit_shape());
    auto text = http::text_at(asked.body, "text").value_or("");
    Composer composer = [text](AboutMessage about) { return compose_edit(std::move(about), text); };
    auto sending = send_about(std::move(call), std::move(asked), std::move(composer), 200);
    co_return co_await std::move(sending);
}

Task<Response> MessageRoutes::comment(Call call)
{
    auto asked = sending_.accept(call, comment_shape());
    auto text = http::text_at(asked.body, "text").value_or("");
    Composer composer = [text](AboutMessage about) {
        return engine::compose_comment(std::move(about.id), text);
    };
    auto sending = send_about(std::move(call), std::move(asked), std::move(composer), 201);
    co_return co_await std::move(sending);
}

Task<Response> MessageRoutes::revoke(Call call)
{
    auto asked = sending_.accept(call, empty_shape());
    auto sending = send_about(std::move(call), std::move(asked), compose_revoke, 200);
    co_return co_await std::move(sending);
}

Task<Response> MessageRoutes::pin(Call call)
{
    auto asked = sending_.accept(call, pin_shape());
    std::chrono::seconds const duration{
        static_cast<std::int64_t>(http::number_at(asked.body, "duration").value_or(0))};
    Composer composer = [duration](AboutMessage about) { return compose_pin(std::move(about), duration); };
    auto sending = send_about(std::move(call), std::move(asked), std::move(composer), 201);
    auto const sent = co_await std::move(sending);
    co_return succeeded(201, sent);
}

Task<Response> MessageRoutes::unpin(Call call)
{
    auto asked = sending_.accept(call, empty_shape());
    Composer composer = [](AboutMessage about) { return compose_pin(std::move(about), std::nullopt); };
    auto sending = send_about(std::move(call), std::move(asked), std::move(composer), 201);
    auto const sent = co_await std::move(sending);
    co_return succeeded(201, sent);
}

Task<Response> MessageRoutes::seen(Call call)
{
    auto const asked = sending_.accept(call, seen_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    SeenRequest request;
    request.chat = http::text_at(asked.body, "chatId").value_or("");
    request.participant = non_empty(http::text_at(asked.body, "participant"));
    if (auto const one = non_empty(http::text_at(asked.body, "messageId"))) request.ids.push_back(*one);
    if (auto const* ids = http::list_at(asked.body, "messageIds")) {
        for (auto const& id : *ids)
            request.ids.emplace_back(id.get_string().c_str());
    }
    request.played = http::flag_at(asked.body, "played", false);
    if (request.played && request.ids.empty())
        co_return http::invalid_request({"messageIds must name what was played"});
    auto marking = mark(asked.session, std::move(request));
    co_return co_await std::move(marking);
}

/// WAHA's documentation names the numbers in the body, its document in the query: either is taken.
Task<Response> MessageRoutes::read(Call call)
{
    auto asked = sending_.accept(call, read_shape());
    http::QueryRules const rules(call.query, asked.problems);
    auto const most = rules.integer("messages", 1, most_read);
    auto const days = rules.integer("days", 1, most_days);
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto const in_body = [&](char const* name) -> std::optional<std::int64_t> {
        auto const number = http::number_at(asked.body, name);
        return number ? std::optional{static_cast<std::int64_t>(*number)} : std::nullopt;
    };
    SeenRequest request;
    request.chat = call.parameter("chatId");
    if (auto const count = most ? most : in_body("messages")) request.most = static_cast<std::size_t>(*count);
    if (auto const age = days ? days : in_body("days")) request.age = std::chrono::hours{24 * *age};
    auto marking = mark(asked.session, std::move(request));
    co_return co_await std::move(marking);
}

Task<Response> MessageRoutes::mark(SessionKey session, SeenRequest request)
{
    auto marking = mark_seen(sending_, session, std::move(request));
    auto const marked = co_await std::move(marking);
    if (!marked) co_return rejection_response(marked.error(), session.name.value, Subject::action);
    json::array ids;
    for (auto const& id : *marked)
        ids.emplace_back(id);
    json::object body;
    body["ids"] = std::move(ids);
    co_return http::json_response(201, body);
}

Task<Response> MessageRoutes::new_id(Call call)
{
    return sending_.new_message_id(session_of(call));
}

} // namespace wagate::waha
