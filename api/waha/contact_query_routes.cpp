#include "api/waha/contact_query_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/group_requests.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using engine::Engine;
using engine::Profiles;
using gateway::Gateway;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

SessionKey session_in_query(Call const& call, http::QueryRules const& rules)
{
    return session_in(call, rules.text("session").value_or("default"));
}

/// The person that `name` means, or a problem.
std::optional<Jid> person_in(std::string const& text, std::string const& name,
                             std::vector<std::string>& problems)
{
    auto const jid = gateway::parse_chat(text);
    if (jid && jid->is_user()) return jid;
    problems.push_back(name + " must be a phone number or a person's id");
    return std::nullopt;
}

} // namespace

void ContactQueryRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/contacts/check-exists", &ContactQueryRoutes::check);
    add("GET", "/api/checkNumberStatus", &ContactQueryRoutes::check);
    add("GET", "/api/contacts/about", &ContactQueryRoutes::about);
    add("GET", "/api/contacts/profile-picture", &ContactQueryRoutes::contact_picture);
    add("GET", "/api/{session}/chats/{chatId}/picture", &ContactQueryRoutes::chat_picture);
    add("GET", "/api/{session}/groups/{id}/picture", &ContactQueryRoutes::group_picture);
    router.add("POST", "/api/contacts/block", Access::tenant,
               std::bind_front(&ContactQueryRoutes::block, this, true));
    router.add("POST", "/api/contacts/unblock", Access::tenant,
               std::bind_front(&ContactQueryRoutes::block, this, false));
}

Task<Response> ContactQueryRoutes::check(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const session = session_in_query(call, rules);
    auto const text = rules.required_text("phone");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const phone = gateway::parse_chat(text);
    if (!phone || !phone->is_phone())
        co_return http::invalid_request({"phone must be a phone number in international format"});
    auto question = [user = phone->user](Engine& engine, auto done) {
        engine.profiles().find(user, std::move(done));
    };
    auto asking =
        gateway::ask_for<std::optional<Profiles::Registered>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    json::object out;
    out["numberExists"] = found->has_value();
    if (*found) out["chatId"] = shown((*found)->phone);
    co_return http::json_response(200, out);
}

Task<Response> ContactQueryRoutes::about(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const session = session_in_query(call, rules);
    auto const person = person_in(rules.required_text("contactId"), "contactId", problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto question = [of = *person](Engine& engine, auto done) {
        engine.profiles().about(of, std::move(done));
    };
    auto asking = gateway::ask_for<std::optional<std::string>>(gateway_, session, std::move(question));
    auto const text = co_await std::move(asking);
    if (!text) co_return rejection_response(text.error(), session.name.value, Subject::action);
    json::object out;
    out["about"] = nullptr;
    if (*text) out["about"] = **text;
    co_return http::json_response(200, out);
}

Task<Response> ContactQueryRoutes::contact_picture(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto session = session_in_query(call, rules);
    bool const refresh = rules.flag("refresh").value_or(false);
    auto const person = person_in(rules.required_text("contactId"), "contactId", problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    co_return co_await picture(std::move(session), *person, refresh, "profilePictureURL");
}

Task<Response> ContactQueryRoutes::chat_picture(Call call)
{
    std::vector<std::string> problems;
    bool const refresh = http::QueryRules(call.query, problems).flag("refresh").value_or(false);
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat) problems.emplace_back("chatId must be a phone number or a chat id");
    if (!problems.empty()) co_return http::invalid_request(problems);
    co_return co_await picture(session_of(call), *chat, refresh, "url");
}

Task<Response> ContactQueryRoutes::group_picture(Call call)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    std::vector<std::string> problems;
    bool const refresh = http::QueryRules(call.query, problems).flag("refresh").value_or(false);
    if (!problems.empty()) co_return http::invalid_request(problems);
    co_return co_await picture(session_of(call), *group, refresh, "url");
}

Task<Response> ContactQueryRoutes::picture(SessionKey session, Jid of, bool refresh, std::string name)
{
    auto question = [of, refresh](Engine& engine, auto done) {
        engine.profiles().picture(of, stanza::PictureSize::full, refresh, std::move(done));
    };
    auto asking = gateway::ask_for<Profiles::Picture>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    json::object out;
    out[name] = nullptr;
    if (*found) out[name] = (*found)->url;
    co_return http::json_response(200, out);
}

Task<Response> ContactQueryRoutes::block(bool blocked, Call call)
{
    static http::Shape const shape{{Field::text("session").size_between(1, 64),
                                    Field::text("contactId").required().size_between(1, 256)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const person = person_in(http::text_at(body, "contactId").value_or(""), "contactId", problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, http::text_at(body, "session").value_or("default"));
    Gateway::Question question = [of = *person, blocked](Engine& engine, Gateway::Done done) {
        engine.profiles().set_blocked(of, blocked, std::move(done));
    };
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    co_return done_or_rejected(outcome, session);
}

} // namespace wagate::waha
