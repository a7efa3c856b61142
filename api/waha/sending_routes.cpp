#include "api/waha/sending_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/sending_shapes.hpp"

namespace wagate::waha {
namespace {

using http::Access;
using http::Call;
using http::Field;
using http::Response;
using message::TypedMessage;

/// What a request's content keeps in memory besides its body, about.
constexpr std::size_t small_content = 1'024;

std::size_t bytes_of(Call const& call)
{
    return 2 * call.request.body.size() + small_content; // as asked for, and as content
}

TypedMessage typed(message::MessageBody body)
{
    TypedMessage out;
    out.body = std::move(body);
    return out;
}

http::Shape const& button_reply_shape()
{
    static http::Shape const shape = sending_shape({
        Field::text("replyTo").size_between(0, 512),
        Field::text("selectedDisplayText").required().size_between(1, 1'024),
        Field::text("selectedButtonID").required().size_between(1, 1'024),
    });
    return shape;
}

http::Shape const& link_shape()
{
    static http::Shape const shape = sending_shape({
        Field::text("url").required().size_between(1, 4'096),
        Field::text("title").required().size_between(1, 1'024),
    });
    return shape;
}

http::Shape const& forward_shape()
{
    static http::Shape const shape = sending_shape({
        Field::text("messageId").required().size_between(1, 512),
    });
    return shape;
}

} // namespace

void SendingRoutes::add_to(http::Router& router)
{
    auto const post = [&](char const* path, auto method) {
        router.add("POST", path, Access::tenant, std::bind_front(method, this));
    };
    post("/api/sendLocation", &SendingRoutes::location);
    post("/api/sendContactVcard", &SendingRoutes::contacts);
    post("/api/sendPoll", &SendingRoutes::poll);
    post("/api/sendPollVote", &SendingRoutes::poll_vote);
    post("/api/sendList", &SendingRoutes::list);
    post("/api/send/buttons/reply", &SendingRoutes::button_reply);
    post("/api/{session}/events", &SendingRoutes::event);
    router.add("POST", "/api/send/link-custom-preview", Access::tenant,
               std::bind_front(&SendingRoutes::custom_preview, this), body_bytes_);
    router.add("POST", "/api/sendButtons", Access::tenant, std::bind_front(&SendingRoutes::buttons, this),
               body_bytes_);
    post("/api/sendLinkPreview", &SendingRoutes::link);
    post("/api/forwardMessage", &SendingRoutes::forward);
}

Task<Response> SendingRoutes::location(Call call)
{
    auto asked = sending_.accept(call, location_shape());
    auto content = compose(typed(to_location(asked.body)), asked.reply_to());
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::contacts(Call call)
{
    auto asked = sending_.accept(call, contacts_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto contacts = to_contacts(asked.body, asked.problems);
    auto content = compose(typed(std::move(contacts)), asked.reply_to());
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::poll(Call call)
{
    auto asked = sending_.accept(call, poll_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto content = compose_poll(to_poll(asked.body, asked.problems), asked.reply_to());
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::poll_vote(Call call)
{
    auto parsed = http::parse_json(call.request.body);
    if (!parsed) co_return http::invalid_request({"the body must be valid JSON"});
    auto asked = sending_.accept(call, with_flat_votes(std::move(*parsed)), poll_vote_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto chat = http::text_at(asked.body, "chatId").value_or("");
    auto id = http::text_at(asked.body, "pollMessageId").value_or("");
    auto const about = co_await sending_.find(asked.session, std::move(chat), std::move(id));
    if (!about) co_return rejection_response(about.error(), asked.session.name.value, Subject::action);
    auto content = compose_poll_vote(*about, to_votes(asked.body));
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::list(Call call)
{
    auto asked = sending_.accept(call, list_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto content = compose_list(to_list(asked.body, asked.problems), asked.reply_to());
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::button_reply(Call call)
{
    auto asked = sending_.accept(call, button_reply_shape());
    message::ButtonReply reply{http::text_at(asked.body, "selectedButtonID").value_or(""),
                               http::text_at(asked.body, "selectedDisplayText").value_or("")};
    auto content = compose(typed(std::move(reply)), non_empty(http::text_at(asked.body, "replyTo")));
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::event(Call call)
{
    auto asked = sending_.accept(call, event_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto content = compose_event(to_event(asked.body, asked.problems), asked.reply_to());
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes_of(call));
}

Task<Response> SendingRoutes::custom_preview(Call call)
{
    auto asked = sending_.accept(call, custom_preview_shape());
    call.request.body = {};
    gateway::LinkDraft draft;
    if (asked.problems.empty()) draft = to_preview(asked.body, asked.problems);
    auto answering = send_link(std::move(asked), std::move(draft));
    co_return co_await std::move(answering);
}

Task<Response> SendingRoutes::link(Call call)
{
    auto asked = sending_.accept(call, link_shape());
    gateway::LinkDraft draft;
    draft.preview.url = http::text_at(asked.body, "url").value_or("");
    draft.text = http::text_at(asked.body, "title").value_or("") + "\n" + draft.preview.url;
    auto answering = send_link(std::move(asked), std::move(draft));
    co_return co_await std::move(answering);
}

Task<Response> SendingRoutes::send_link(SendCall asked, gateway::LinkDraft draft)
{
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto const request = asked.to_request();
    auto const chat = request.chat;
    auto sending = media_.send_link(asked.session, request, std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return sent_response(sent, asked.session, chat, sending_.place_of(asked.session));
}

Task<Response> SendingRoutes::buttons(Call call)
{
    auto asked = sending_.accept(call, buttons_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto image = take_header_image(asked.body, asked.problems);
    auto content = to_buttons(asked.body, asked.problems);
    if (image && asked.problems.empty()) {
        call.request.body = {};
        gateway::MediaDraft draft;
        draft.kind = message::MediaKind::image;
        draft.source = std::move(*image);
        draft.reply_to = asked.reply_to();
        draft.buttons = std::move(content);
        auto answering = send_file(std::move(asked), std::move(draft));
        co_return co_await std::move(answering);
    }
    auto composed = compose_buttons(std::move(content), asked.reply_to());
    co_return co_await sending_.send(std::move(asked), std::move(composed), bytes_of(call));
}

Task<Response> SendingRoutes::send_file(SendCall asked, gateway::MediaDraft draft)
{
    auto const request = asked.to_request();
    auto const chat = request.chat;
    auto sending = media_.send(asked.session, request, std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return sent_response(sent, asked.session, chat, sending_.place_of(asked.session));
}

Task<Response> SendingRoutes::forward(Call call)
{
    auto asked = sending_.accept(call, forward_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    auto id = http::text_at(asked.body, "messageId").value_or("");
    std::string anywhere;
    auto const about = co_await sending_.find(asked.session, std::move(anywhere), std::move(id));
    if (!about) co_return rejection_response(about.error(), asked.session.name.value, Subject::action);
    auto const bytes = about->stored ? 2 * about->stored->content.size() : 0;
    auto content = compose_forward(*about);
    co_return co_await sending_.send(std::move(asked), std::move(content), bytes + small_content);
}

} // namespace wagate::waha
