#include "api/waha/media_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/sending.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

std::vector<Field> common_fields()
{
    std::vector<Field> fields;
    fields.push_back(Field::text("session").size_between(1, 64));
    fields.push_back(Field::text("chatId").required().size_between(1, 256));
    fields.push_back(Field::object("file", file_shape()).required());
    fields.push_back(Field::text("reply_to").size_between(0, 512));
    fields.push_back(Field::text("id").size_between(0, 128));
    fields.push_back(Field::boolean("viewOnce"));
    return fields;
}

http::Shape captioned()
{
    auto fields = common_fields();
    fields.push_back(Field::text("caption").size_between(0, 65'536));
    fields.push_back(
        Field::list("mentions", Field::text("mention").size_between(1, 256)).size_between(0, 1'024));
    return {std::move(fields)};
}

http::Shape const& image_shape()
{
    static http::Shape const shape = captioned();
    return shape;
}

http::Shape const& voice_shape()
{
    static http::Shape const shape = [] {
        auto fields = common_fields();
        fields.push_back(Field::boolean("convert"));
        return http::Shape{std::move(fields)};
    }();
    return shape;
}

http::Shape const& video_shape()
{
    static http::Shape const shape = [] {
        auto made = captioned();
        made.fields.push_back(Field::boolean("convert"));
        made.fields.push_back(Field::boolean("asNote"));
        made.fields.push_back(Field::boolean("gif"));
        return made;
    }();
    return shape;
}

} // namespace

void MediaRoutes::add_to(http::Router& router)
{
    router.add("POST", "/api/sendImage", Access::tenant, std::bind_front(&MediaRoutes::send_image, this),
               body_bytes_);
    router.add("POST", "/api/sendFile", Access::tenant, std::bind_front(&MediaRoutes::send_file, this),
               body_bytes_);
    router.add("POST", "/api/sendVoice", Access::tenant, std::bind_front(&MediaRoutes::send_voice, this),
               body_bytes_);
    router.add("POST", "/api/sendVideo", Access::tenant, std::bind_front(&MediaRoutes::send_video, this),
               body_bytes_);
}

Task<Response> MediaRoutes::send_image(Call call)
{
    return send(std::move(call), message::MediaKind::image, image_shape());
}

Task<Response> MediaRoutes::send_file(Call call)
{
    return send(std::move(call), message::MediaKind::document, image_shape());
}

Task<Response> MediaRoutes::send_voice(Call call)
{
    return send(std::move(call), message::MediaKind::voice, voice_shape());
}

Task<Response> MediaRoutes::send_video(Call call)
{
    return send(std::move(call), message::MediaKind::video, video_shape());
}

Task<Response> MediaRoutes::send(Call call, message::MediaKind kind, http::Shape const& shape)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, shape, unknown_, problems);
    auto const key = idempotency_key(call.request, problems);
    call.request.body = {}; // a file is large: it is not kept while it is sent
    gateway::MediaDraft draft;
    draft.kind = kind;
    if (auto* file = body.if_contains("file"); file != nullptr && file->is_object())
        draft.source = take_file(file->get_object(), problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (http::flag_at(body, "asNote", false)) draft.kind = message::MediaKind::video_note;
    if (http::flag_at(body, "gif", false)) draft.kind = message::MediaKind::gif;
    draft.caption = http::text_at(body, "caption").value_or("");
    draft.reply_to = non_empty(http::text_at(body, "reply_to"));
    draft.convert = http::flag_at(body, "convert", false);
    draft.view_once = http::flag_at(body, "viewOnce", false);
    if (auto const* mentions = http::list_at(body, "mentions"))
        for (auto const& mention : *mentions)
            draft.mentions.emplace_back(mention.get_string().c_str());
    gateway::SendRequest request;
    request.chat = http::text_at(body, "chatId").value_or("");
    request.id = non_empty(http::text_at(body, "id"));
    request.key = key;
    request.asker = call.principal.key_id;
    auto const chat = request.chat;
    auto const session = session_in(call, http::text_at(body, "session").value_or("default"));
    body.clear();
    auto sending = media_.send(session, std::move(request), std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return sent_response(sent, session, chat, links_.of(session));
}

} // namespace wagate::waha
