#include "api/waha/sending.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/message/identifiers.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Field;
using http::Response;

constexpr std::size_t longest_key = 255;

bool is_in_path(http::Call const& call, std::string_view name)
{
    return std::any_of(call.parameters.begin(), call.parameters.end(),
                       [name](auto const& parameter) { return parameter.first == name; });
}

/// False when the id names another chat than the request. A number and a LID may be the same person.
bool may_be_in(gateway::FullMessageId const& full, std::string const& chat)
{
    if (chat.empty()) return true;
    auto const wanted = gateway::parse_chat(chat);
    return wanted && (*wanted == full.chat || wanted->server != full.chat.server);
}

AboutMessage about_stored(Message message)
{
    AboutMessage about{message.id, message.from_me, message.sender.bare(), std::nullopt};
    about.stored = std::move(message);
    return about;
}

} // namespace

std::optional<std::string> non_empty(std::optional<std::string> text)
{
    if (text && text->empty()) text.reset();
    return text;
}

std::optional<IdempotencyKey> idempotency_key(http::Request const& request,
                                              std::vector<std::string>& problems)
{
    if (!request.headers.contains("Idempotency-Key")) return std::nullopt;
    auto const key = request.headers.find("Idempotency-Key");
    auto const is_visible = [](char c) { return c > ' ' && c <= '~'; };
    if (key.empty() || key.size() > longest_key || !std::all_of(key.begin(), key.end(), is_visible)) {
        problems.emplace_back("Idempotency-Key must be 1 to 255 visible ASCII characters");
        return std::nullopt;
    }
    auto asked = crypto::sha256(view(request.body));
    // Texts were the first to have keys: theirs are of the body alone. Bodies with files are large: not
    // copied.
    if (request.path != "/api/sendText") {
        auto operation = to_bytes(request.method + " " + request.path + "\n");
        append(operation, asked);
        asked = crypto::sha256(operation);
    }
    return IdempotencyKey{crypto::sha256(view(key)), asked};
}

Response still_pending(SessionKey const& session, std::string const& chat)
{
    json::object body;
    body["status"] = "accepted";
    body["session"] = session.name.value;
    body["chatId"] = chat;
    body["ack"] = static_cast<int>(Ack::pending);
    body["ackName"] = ack_name(Ack::pending);
    return http::json_response(202, body);
}

Response sent_response(gateway::Outcome<gateway::SentMessage> const& sent, SessionKey const& session,
                       std::string const& chat, MediaPlace const& place, unsigned status)
{
    if (sent) return http::json_response(status, message_json(sent->message, &place));
    if (sent.error().code == gateway::GatewayErrc::timed_out) return still_pending(session, chat);
    return rejection_response(sent.error(), session.name.value, Subject::action);
}

http::Shape sending_shape(std::vector<Field> more)
{
    http::Shape shape{{
        Field::text("session").size_between(1, 64),
        Field::text("chatId").required().size_between(1, 256),
        Field::text("id").size_between(0, 128),
        Field::text("reply_to").size_between(0, 512),
    }};
    for (auto& field : more)
        shape.fields.push_back(std::move(field));
    return shape;
}

gateway::SendRequest SendCall::to_request() const
{
    gateway::SendRequest request;
    request.chat = http::text_at(body, "chatId").value_or("");
    request.id = non_empty(http::text_at(body, "id"));
    request.key = key;
    request.asker = asker;
    return request;
}

SendCall Sending::accept(http::Call const& call, http::Shape const& shape) const
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, shape, unknown_, problems);
    return accepted(call, std::move(body), std::move(problems));
}

SendCall Sending::accept(http::Call const& call, json::value const& value, http::Shape const& shape) const
{
    std::vector<std::string> problems;
    auto body = http::accept(value, shape, unknown_, problems);
    return accepted(call, std::move(body), std::move(problems));
}

SendCall Sending::accepted(http::Call const& call, json::object body, std::vector<std::string> problems) const
{
    SendCall out;
    out.problems = std::move(problems);
    out.key = idempotency_key(call.request, out.problems);
    out.asker = call.principal.key_id;
    out.session = is_in_path(call, "session")
                      ? session_of(call)
                      : session_in(call, http::text_at(body, "session").value_or("default"));
    out.body = std::move(body);
    return out;
}

Task<Response> Sending::send(SendCall call, engine::Compose content, std::size_t bytes, unsigned status) const
{
    auto chat = http::text_at(call.body, "chatId").value_or("");
    auto sending = send_to(std::move(call), std::move(chat), std::move(content), bytes, status);
    co_return co_await std::move(sending);
}

Task<Response> Sending::send_to(SendCall call, std::string chat, engine::Compose content, std::size_t bytes,
                                unsigned status) const
{
    if (!call.problems.empty()) co_return http::invalid_request(call.problems);
    auto request = call.to_request();
    request.chat = chat;
    request.compose = std::move(content);
    request.bytes = bytes;
    request.audience = std::move(call.audience);
    auto const sent = co_await gateway_.send(call.session, std::move(request));
    co_return sent_response(sent, call.session, chat, place_of(call.session), status);
}

Task<gateway::Outcome<AboutMessage>> Sending::find(SessionKey session, std::string chat, std::string id) const
{
    auto const found = co_await gateway_.message(std::move(session), chat, id);
    if (found) co_return about_stored(*found);
    // A full id names what need not be stored here.
    auto const full = gateway::parse_full_id(id);
    if (found.error().code != gateway::GatewayErrc::message_not_found || !full || !may_be_in(*full, chat))
        co_return found.error();
    AboutMessage about;
    about.id = full->id;
    about.from_me = full->from_me;
    about.sender = full->participant;
    co_return about;
}

Task<Response> Sending::new_message_id(SessionKey session) const
{
    auto const info = co_await gateway_.session_info(session);
    if (!info) co_return rejection_response(info.error(), session.name.value, Subject::action);
    crypto::SystemRandom random;
    auto const now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    auto const own = info->me ? info->me->phone : Jid{};
    json::object body;
    body["id"] = message::generate_message_id(now, own, random).value;
    co_return http::json_response(200, body);
}

} // namespace wagate::waha
