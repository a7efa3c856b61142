#include "api/waha/presence_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using engine::Engine;
using gateway::Gateway;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using Known = engine::Presence::Known;

constexpr std::string_view no_chat = "chatId must be a phone number or a chat id";

http::Shape const& presence_shape()
{
    static http::Shape const shape{{
        Field::text("chatId").size_between(0, 256),
        Field::text("presence").required().one_of({"offline", "online", "typing", "recording", "paused"}),
    }};
    return shape;
}

http::Shape const& chat_shape()
{
    static http::Shape const shape{{
        Field::text("session").size_between(1, 64),
        Field::text("chatId").required().size_between(1, 256),
    }};
    return shape;
}

PresenceState state_named(std::string_view name)
{
    for (auto const state :
         {PresenceState::online, PresenceState::typing, PresenceState::recording, PresenceState::paused})
        if (presence_name(state) == name) return state;
    return PresenceState::offline;
}

json::object presences_json(Known const& known)
{
    json::array people;
    for (auto const& news : known.people) {
        json::object person;
        person["participant"] = shown(news.participant, news.participant_phone);
        person["lastKnownPresence"] = presence_name(news.state);
        person["lastSeen"] = nullptr;
        if (news.last_seen) person["lastSeen"] = unix_seconds(*news.last_seen);
        people.push_back(std::move(person));
    }
    json::object out;
    out["id"] = shown(known.chat, known.chat_phone);
    out["presences"] = std::move(people);
    return out;
}

} // namespace

void PresenceRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("POST", "/api/{session}/presence", &PresenceRoutes::set);
    add("GET", "/api/{session}/presence", &PresenceRoutes::list);
    add("GET", "/api/{session}/presence/{chatId}", &PresenceRoutes::show);
    add("POST", "/api/{session}/presence/{chatId}/subscribe", &PresenceRoutes::subscribe);
    router.add("POST", "/api/startTyping", Access::tenant,
               std::bind_front(&PresenceRoutes::type, this, PresenceState::typing));
    router.add("POST", "/api/stopTyping", Access::tenant,
               std::bind_front(&PresenceRoutes::type, this, PresenceState::paused));
}

Task<Response> PresenceRoutes::set(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, presence_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto const state = state_named(http::text_at(body, "presence").value_or(""));
    if (state != PresenceState::online && state != PresenceState::offline) {
        auto const chat = gateway::parse_chat(http::text_at(body, "chatId").value_or(""));
        if (!chat) co_return http::invalid_request({std::string(no_chat)});
        co_return co_await show_in(session, *chat, state);
    }
    Gateway::Question question = [state](Engine& engine, Gateway::Done done) {
        engine.presence().set_online(state == PresenceState::online, std::move(done));
    };
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    co_return done_or_rejected(outcome, session);
}

Task<Response> PresenceRoutes::type(PresenceState state, Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, chat_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const chat = gateway::parse_chat(http::text_at(body, "chatId").value_or(""));
    if (!chat) co_return http::invalid_request({std::string(no_chat)});
    auto session = session_in(call, http::text_at(body, "session").value_or("default"));
    co_return co_await show_in(std::move(session), *chat, state);
}

Task<Response> PresenceRoutes::show_in(SessionKey session, Jid chat, PresenceState state)
{
    Gateway::Question question = [chat, state](Engine& engine, Gateway::Done done) {
        engine.presence().set_typing(chat, state, std::move(done));
    };
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    co_return done_or_rejected(outcome, session);
}

Task<Response> PresenceRoutes::list(Call call)
{
    auto const session = session_of(call);
    auto question = [](Engine& engine, auto done) { done(engine.presence().all()); };
    auto asking = gateway::ask_for<std::vector<Known>>(gateway_, session, std::move(question));
    auto const known = co_await std::move(asking);
    if (!known) co_return rejection_response(known.error(), session.name.value, Subject::action);
    json::array out;
    for (auto const& one : *known)
        out.push_back(presences_json(one));
    co_return http::json_response(200, out);
}

Task<Response> PresenceRoutes::show(Call call)
{
    auto const session = session_of(call);
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat) co_return http::invalid_request({std::string(no_chat)});
    auto question = [chat = *chat](Engine& engine, auto done) {
        engine.presence().look(chat, std::move(done));
    };
    auto asking = gateway::ask_for<Known>(gateway_, session, std::move(question));
    auto const known = co_await std::move(asking);
    if (!known) co_return rejection_response(known.error(), session.name.value, Subject::action);
    co_return http::json_response(200, presences_json(*known));
}

Task<Response> PresenceRoutes::subscribe(Call call)
{
    auto const session = session_of(call);
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat) co_return http::invalid_request({std::string(no_chat)});
    Gateway::Question question = [chat = *chat](Engine& engine, Gateway::Done done) {
        engine.presence().subscribe(chat, std::move(done));
    };
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    co_return done_or_rejected(outcome, session);
}

} // namespace wagate::waha
