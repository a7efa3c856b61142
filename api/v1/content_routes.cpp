#include "api/v1/content_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/sending.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/compose/about_messages.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t most_items = 30;          // of an album, as apps allow
constexpr double longest_timer = 90.0 * 86'400; // seconds
constexpr std::size_t timer_bytes = 256;

http::Shape const& sticker_shape()
{
    static http::Shape const shape = waha::sending_shape({
        Field::object("file", waha::file_shape()).required(),
    });
    return shape;
}

http::Shape const& album_shape()
{
    static http::Shape const item{{
        Field::text("type").one_of({"image", "video"}),
        Field::object("file", waha::file_shape()).required(),
        Field::text("caption").size_between(0, 65'536),
        Field::boolean("convert"),
    }};
    static http::Shape const shape = waha::sending_shape({
        Field::list("items", Field::object("item", item)).required().size_between(2, most_items),
    });
    return shape;
}

http::Shape const& timer_shape()
{
    static http::Shape const shape{{Field::integer("seconds").required().between(0, longest_timer)}};
    return shape;
}

gateway::MediaDraft to_item(json::object& item, std::size_t index, std::vector<std::string>& problems)
{
    gateway::MediaDraft draft;
    auto const type = http::text_at(item, "type").value_or("image");
    draft.kind = type == "video" ? message::MediaKind::video : message::MediaKind::image;
    draft.source =
        waha::take_file(item.at("file").as_object(), problems, "items." + std::to_string(index) + ".file");
    draft.caption = http::text_at(item, "caption").value_or("");
    draft.convert = draft.kind == message::MediaKind::video && http::flag_at(item, "convert", false);
    return draft;
}

Response failed(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

} // namespace

void ContentRoutes::add_to(http::Router& router)
{
    router.add("POST", "/api/v1/{session}/stickers", Access::tenant,
               std::bind_front(&ContentRoutes::send_sticker, this), body_bytes_);
    router.add("POST", "/api/v1/{session}/albums", Access::tenant,
               std::bind_front(&ContentRoutes::send_album, this), body_bytes_);
    router.add("PUT", "/api/v1/{session}/chats/{chatId}/timer", Access::tenant,
               std::bind_front(&ContentRoutes::set_timer, this));
}

Task<Response> ContentRoutes::send_sticker(Call call)
{
    auto asked = waha::Sending(gateway_, unknown_, links_).accept(call, sticker_shape());
    call.request.body = {};
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    gateway::MediaDraft draft;
    draft.kind = message::MediaKind::sticker;
    draft.source = waha::take_file(asked.body.at("file").as_object(), asked.problems);
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    draft.reply_to = asked.reply_to();
    auto request = asked.to_request();
    auto const chat = request.chat;
    auto sending = media_.send(asked.session, std::move(request), std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return waha::sent_response(sent, asked.session, chat, links_.of(asked.session));
}

Task<Response> ContentRoutes::send_album(Call call)
{
    auto asked = waha::Sending(gateway_, unknown_, links_).accept(call, album_shape());
    call.request.body = {};
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    std::vector<gateway::MediaDraft> items;
    auto& list = asked.body.at("items").as_array();
    for (std::size_t i = 0; i < list.size(); ++i)
        items.push_back(to_item(list[i].as_object(), i, asked.problems));
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    items.front().reply_to = asked.reply_to();
    auto request = asked.to_request();
    auto const chat = request.chat;
    auto sending = media_.send_album(asked.session, std::move(request), std::move(items));
    auto const sent = co_await std::move(sending);
    if (!sent && sent.error().code == gateway::GatewayErrc::timed_out)
        co_return waha::still_pending(asked.session, chat);
    if (!sent) co_return failed(sent.error(), asked.session);
    waha::MediaPlace const place = links_.of(asked.session);
    json::array messages;
    for (std::size_t i = 1; i < sent->size(); ++i)
        messages.push_back(waha::message_json((*sent)[i].message, &place));
    json::object out;
    out["album"] = waha::message_json(sent->front().message, &place);
    out["messages"] = std::move(messages);
    co_return http::json_response(201, out);
}

Task<Response> ContentRoutes::set_timer(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, timer_shape(), unknown_, problems);
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat || (!chat->is_user() && !chat->is_group()))
        problems.emplace_back("chatId must be a person's or a group's");
    if (!problems.empty()) co_return http::invalid_request(problems);
    std::chrono::seconds const timer{static_cast<std::int64_t>(http::number_at(body, "seconds").value_or(0))};
    auto const session = waha::session_of(call);
    if (chat->is_group()) {
        gateway::Gateway::Question question = [group = *chat, timer](engine::Engine& engine, auto done) {
            engine.groups().set_expiration(group, timer, std::move(done));
        };
        auto asking = gateway_.ask(session, std::move(question));
        auto const asked = co_await std::move(asking);
        if (!asked) co_return failed(asked.error(), session);
    } else {
        gateway::SendRequest request;
        request.chat = call.parameter("chatId");
        request.compose = engine::compose_timer(timer);
        request.bytes = timer_bytes;
        request.asker = call.principal.key_id;
        auto sending = gateway_.send(session, std::move(request));
        auto const sent = co_await std::move(sending);
        if (!sent && sent.error().code == gateway::GatewayErrc::timed_out)
            co_return waha::still_pending(session, call.parameter("chatId"));
        if (!sent) co_return failed(sent.error(), session);
    }
    json::object out;
    out["success"] = true;
    co_return http::json_response(200, out);
}

} // namespace wagate::v1
