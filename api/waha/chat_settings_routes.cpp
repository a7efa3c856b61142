#include "api/waha/chat_settings_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using engine::AppStateSync;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

http::Shape const& star_shape()
{
    static http::Shape const shape{{
        Field::text("session").size_between(1, 64),
        Field::text("chatId").required().size_between(1, 256),
        Field::text("messageId").required().size_between(1, 512),
        Field::boolean("star").required(),
    }};
    return shape;
}

http::Shape const& contact_shape()
{
    static http::Shape const shape{{
        Field::text("firstName").required().size_between(0, 256),
        Field::text("lastName").required().size_between(0, 256),
    }};
    return shape;
}

Response success(unsigned status)
{
    json::object body;
    body["success"] = true;
    return http::json_response(status, body);
}

Response not_a_chat()
{
    return http::invalid_request({"chatId must be a phone number or the id of a chat"});
}

} // namespace

void ChatSettingsRoutes::add_to(http::Router& router)
{
    add_change(
        router, "POST", "/api/{session}/chats/{chatId}/archive", 201,
        [](AppStateSync& sync, Jid const& chat, Done done) { sync.archive(chat, true, std::move(done)); });
    add_change(
        router, "POST", "/api/{session}/chats/{chatId}/unarchive", 201,
        [](AppStateSync& sync, Jid const& chat, Done done) { sync.archive(chat, false, std::move(done)); });
    add_change(
        router, "POST", "/api/{session}/chats/{chatId}/unread", 201,
        [](AppStateSync& sync, Jid const& chat, Done done) { sync.mark_read(chat, false, std::move(done)); });
    add_change(
        router, "DELETE", "/api/{session}/chats/{chatId}", 200,
        [](AppStateSync& sync, Jid const& chat, Done done) { sync.delete_chat(chat, std::move(done)); });
    add_change(
        router, "DELETE", "/api/{session}/chats/{chatId}/messages", 200,
        [](AppStateSync& sync, Jid const& chat, Done done) { sync.clear_chat(chat, std::move(done)); });
    router.add("PUT", "/api/star", Access::tenant, std::bind_front(&ChatSettingsRoutes::star, this));
    router.add("PUT", "/api/{session}/contacts/{chatId}", Access::tenant,
               std::bind_front(&ChatSettingsRoutes::put_contact, this));
}

void ChatSettingsRoutes::add_change(http::Router& router, std::string method, std::string path,
                                    unsigned status, Change change)
{
    router.add(std::move(method), std::move(path), Access::tenant,
               [this, status, change = std::move(change)](Call call) {
                   return change_chat(std::move(call), status, change);
               });
}

Task<Response> ChatSettingsRoutes::change_chat(Call call, unsigned status, Change change)
{
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat) co_return not_a_chat();
    auto session = session_of(call);
    auto changing = this->change(std::move(session), *chat, status, std::move(change));
    co_return co_await std::move(changing);
}

Task<Response> ChatSettingsRoutes::change(SessionKey session, Jid chat, unsigned status, Change change)
{
    gateway::Gateway::Question question = [chat, change](engine::Engine& engine,
                                                         gateway::Gateway::Done done) {
        change(engine.app_state_sync(), chat,
               [done](Result<void> result) { done(result ? ErrorCode{} : result.error()); });
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return rejection_response(asked.error(), session.name.value, Subject::action);
    co_return success(status);
}

Task<Response> ChatSettingsRoutes::star(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, star_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const chat = gateway::parse_chat(http::text_at(body, "chatId").value_or(""));
    if (!chat) co_return not_a_chat();
    auto const id = gateway::parse_message_id(http::text_at(body, "messageId").value_or(""));
    if (!id) co_return http::invalid_request({"messageId must be the id of a message"});
    auto const starred = http::flag_at(body, "star", true);
    Change change = [id = *id, starred](AppStateSync& sync, Jid const& where, Done done) {
        sync.star(where, id, starred, std::move(done));
    };
    auto session = session_in(call, http::text_at(body, "session").value_or("default"));
    auto changing = this->change(std::move(session), *chat, 200, std::move(change));
    co_return co_await std::move(changing);
}

Task<Response> ChatSettingsRoutes::put_contact(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, contact_shape(), unknown_, problems);
    auto const first = http::text_at(body, "firstName").value_or("");
    auto const last = http::text_at(body, "lastName").value_or("");
    if (problems.empty() && first.empty() && last.empty())
        problems.emplace_back("firstName and lastName must not both be empty");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const person = gateway::parse_chat(call.parameter("chatId"));
    if (!person || !person->is_user())
        co_return http::invalid_request({"chatId must be a phone number or a person's id"});
    auto full = first;
    if (!full.empty() && !last.empty()) full += ' ';
    full += last;
    Change change = [full, first](AppStateSync& sync, Jid const& who, Done done) {
        sync.set_contact(who, full, first, std::move(done));
    };
    auto session = session_of(call);
    auto changing = this->change(std::move(session), *person, 200, std::move(change));
    co_return co_await std::move(changing);
}

} // namespace wagate::waha
