#include "api/waha/status_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/message/compose.hpp"

#include <charconv>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t small_content = 1'024;
constexpr std::size_t most_contacts = 20'000;
constexpr std::uint32_t opaque = 0xFF00'0000;

std::string status_chat()
{
    return Jid::status_broadcast().to_string();
}

/// `#rrggbb`, or `#aarrggbb`; the first without transparency.
std::optional<std::uint32_t> color(std::string_view text)
{
    if (!text.starts_with('#')) return std::nullopt;
    text.remove_prefix(1);
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (text.size() == 6) return value | opaque;
    if (text.size() == 8) return value;
    return std::nullopt;
}

Field color_field()
{
    return Field::text("backgroundColor")
        .required()
        .must([](json::value const& value) { return color(value.get_string()).has_value(); },
              "must be a color like #38b42f");
}

http::Shape status_shape(std::vector<Field> more)
{
    http::Shape shape{{
        Field::text("id").size_between(0, 128),
        Field::list("contacts", Field::text("contact").size_between(1, 256)).size_between(0, most_contacts),
    }};
    for (auto& field : more)
        shape.fields.push_back(std::move(field));
    return shape;
}

http::Shape const& text_shape()
{
    static http::Shape const shape = status_shape({
        Field::text("text").required().size_between(1, 65'536),
        color_field(),
        Field::integer("font").required().between(0, 10),
        Field::boolean("linkPreview"),
        Field::boolean("linkPreviewHighQuality"),
    });
    return shape;
}

http::Shape const& image_shape()
{
    static http::Shape const shape = status_shape({
        Field::object("file", file_shape()).required(),
        Field::text("caption").size_between(0, 65'536),
    });
    return shape;
}

http::Shape const& video_shape()
{
    static http::Shape const shape = status_shape({
        Field::object("file", file_shape()).required(),
        Field::boolean("convert"),
        Field::text("caption").size_between(0, 65'536),
    });
    return shape;
}

http::Shape const& voice_shape()
{
    static http::Shape const shape = status_shape({
        Field::object("file", file_shape()).required(),
        Field::boolean("convert"),
        color_field(),
    });
    return shape;
}

http::Shape const& remove_shape()
{
    static http::Shape const shape{{
        Field::text("id").required().size_between(1, 512),
        Field::list("contacts", Field::text("contact").size_between(1, 256)).size_between(0, most_contacts),
    }};
    return shape;
}

std::vector<std::string> contacts_in(json::object const& body)
{
    std::vector<std::string> out;
    if (auto const* list = http::list_at(body, "contacts"))
        for (auto const& contact : *list)
            out.emplace_back(contact.get_string().c_str());
    return out;
}

std::uint32_t color_in(json::object const& body)
{
    return color(http::text_at(body, "backgroundColor").value_or("")).value_or(opaque);
}

} // namespace

void StatusRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/{session}/status/new-message-id", Access::tenant,
               std::bind_front(&StatusRoutes::new_id, this));
    router.add("POST", "/api/{session}/status/text", Access::tenant,
               std::bind_front(&StatusRoutes::text, this));
    router.add("POST", "/api/{session}/status/image", Access::tenant,
               std::bind_front(&StatusRoutes::image, this), body_bytes_);
    router.add("POST", "/api/{session}/status/video", Access::tenant,
               std::bind_front(&StatusRoutes::video, this), body_bytes_);
    router.add("POST", "/api/{session}/status/voice", Access::tenant,
               std::bind_front(&StatusRoutes::voice, this), body_bytes_);
    router.add("POST", "/api/{session}/status/delete", Access::tenant,
               std::bind_front(&StatusRoutes::remove, this));
}

Task<Response> StatusRoutes::new_id(Call call)
{
    return sending_.new_message_id(session_of(call));
}

Task<Response> StatusRoutes::text(Call call)
{
    auto asked = sending_.accept(call, text_shape());
    asked.audience = contacts_in(asked.body);
    auto text = http::text_at(asked.body, "text").value_or("");
    auto const font = static_cast<std::uint32_t>(http::number_at(asked.body, "font").value_or(0));
    auto const bytes = small_content + 4 * call.request.body.size();
    auto content = compose(message::new_text_status(std::move(text), color_in(asked.body), font));
    auto sending = sending_.send_to(std::move(asked), status_chat(), std::move(content), bytes);
    co_return co_await std::move(sending);
}

Task<Response> StatusRoutes::image(Call call)
{
    return send_file(std::move(call), message::MediaKind::image, image_shape());
}

Task<Response> StatusRoutes::video(Call call)
{
    return send_file(std::move(call), message::MediaKind::video, video_shape());
}

Task<Response> StatusRoutes::voice(Call call)
{
    return send_file(std::move(call), message::MediaKind::voice, voice_shape());
}

Task<Response> StatusRoutes::send_file(Call call, message::MediaKind kind, http::Shape const& shape)
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
    draft.caption = http::text_at(body, "caption").value_or("");
    draft.convert = http::flag_at(body, "convert", false);
    if (kind == message::MediaKind::voice) draft.background = color_in(body);
    gateway::SendRequest request;
    request.chat = status_chat();
    request.id = non_empty(http::text_at(body, "id"));
    request.key = key;
    request.asker = call.principal.key_id;
    request.audience = contacts_in(body);
    auto const session = session_of(call);
    body.clear();
    auto sending = media_.send(session, std::move(request), std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return sent_response(sent, session, status_chat(), sending_.place_of(session));
}

Task<Response> StatusRoutes::remove(Call call)
{
    auto asked = sending_.accept(call, remove_shape());
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    asked.audience = contacts_in(asked.body);
    auto id = http::text_at(asked.body, "id").value_or("");
    asked.body.erase("id"); // of the post, not of the message that deletes it
    auto finding = sending_.find(asked.session, status_chat(), std::move(id));
    auto const about = co_await std::move(finding);
    if (!about) co_return rejection_response(about.error(), asked.session.name.value, Subject::action);
    auto const bytes = small_content + 2 * call.request.body.size();
    auto sending = sending_.send_to(std::move(asked), status_chat(), compose_revoke(*about), bytes);
    co_return co_await std::move(sending);
}

} // namespace wagate::waha
