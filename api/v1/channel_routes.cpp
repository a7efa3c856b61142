#include "api/v1/channel_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/channel_json.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using channel::ChannelChange;
using engine::Engine;
using gateway::Gateway;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t body_limit = 1u << 20; // a picture in base64
constexpr std::size_t most_viewed = 100;

/// The channel that the path names, or what is wrong with it.
std::optional<Jid> channel_of(Call const& call, std::vector<std::string>& problems)
{
    auto const jid = gateway::parse_chat(call.parameter("id"));
    if (jid && jid->is_newsletter()) return jid;
    problems.emplace_back("id must be a channel id");
    return std::nullopt;
}

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::channel_rejection(rejection, session.name.value);
}

Response succeeded(gateway::Outcome<void> const& done, SessionKey const& session)
{
    if (!done) return refused(done.error(), session);
    json::object body;
    body["success"] = true;
    return http::json_response(200, body);
}

http::Shape const& update_shape()
{
    static http::Shape const shape{{
        Field::text("name").size_between(1, 100),
        Field::text("description").size_between(0, 2'048),
        Field::object("picture", waha::file_shape()),
    }};
    return shape;
}

http::Shape const& person_shape()
{
    static http::Shape const shape{{Field::text("contactId").required().size_between(1, 256)}};
    return shape;
}

http::Shape const& view_shape()
{
    static http::Shape const shape{{
        Field::list("messageIds", Field::text("messageId").size_between(1, 512))
            .required()
            .size_between(1, most_viewed),
    }};
    return shape;
}

/// Who the body names.
std::optional<Jid> person_in(json::object const& body, std::vector<std::string>& problems)
{
    if (!problems.empty()) return std::nullopt;
    auto const person = gateway::parse_chat(http::text_at(body, "contactId").value_or(""));
    if (person && person->is_user()) return person;
    problems.emplace_back("contactId must be a phone number or a contact's id");
    return std::nullopt;
}

Task<Response> changed(Gateway& gateway, SessionKey session, Jid jid, ChannelChange change)
{
    auto question = [jid, change = std::move(change)](Engine& engine, auto done) {
        engine.channels().update(jid, change, std::move(done));
    };
    auto asking = gateway::ask_for<channel::Channel>(gateway, session, std::move(question));
    auto const now = co_await std::move(asking);
    if (!now) co_return refused(now.error(), session);
    co_return http::json_response(200, waha::channel_json(*now));
}

} // namespace

void ChannelRoutes::add_to(http::Router& router)
{
    router.add("PATCH", "/api/v1/{session}/channels/{id}", Access::tenant,
               std::bind_front(&ChannelRoutes::update, this), body_limit);
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("DELETE", "/api/v1/{session}/channels/{id}/picture", &ChannelRoutes::remove_picture);
    add("GET", "/api/v1/{session}/channels/{id}/admins", &ChannelRoutes::admins);
    add("POST", "/api/v1/{session}/channels/{id}/admins/demote", &ChannelRoutes::demote);
    add("PUT", "/api/v1/{session}/channels/{id}/owner", &ChannelRoutes::change_owner);
    add("POST", "/api/v1/{session}/channels/{id}/live", &ChannelRoutes::watch);
    add("POST", "/api/v1/{session}/channels/{id}/viewed", &ChannelRoutes::view);
}

Task<Response> ChannelRoutes::update(Call call)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, update_shape(), unknown_, problems);
    auto const jid = channel_of(call, problems);
    ChannelChange change;
    change.name = http::text_at(body, "name");
    change.description = http::text_at(body, "description");
    std::optional<gateway::FileSource> source;
    if (auto* file = body.if_contains("picture"); file != nullptr && file->is_object())
        source = waha::take_file(file->get_object(), problems, "picture");
    if (problems.empty() && !change.name && !change.description && !source)
        problems.emplace_back("name, description or picture should be given");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    if (source) {
        gateway::PictureFit fit;
        fit.name = "picture.url";
        auto making = media_.picture(session.tenant, std::move(*source), std::move(fit));
        auto made = co_await std::move(making);
        if (!made) co_return refused(made.error(), session);
        change.picture = std::move(*made);
    }
    auto changing = changed(gateway_, session, *jid, std::move(change));
    co_return co_await std::move(changing);
}

Task<Response> ChannelRoutes::remove_picture(Call call)
{
    std::vector<std::string> problems;
    auto const jid = channel_of(call, problems);
    if (!jid) co_return http::invalid_request(problems);
    ChannelChange change;
    change.picture.emplace();
    auto changing = changed(gateway_, waha::session_of(call), *jid, std::move(change));
    co_return co_await std::move(changing);
}

Task<Response> ChannelRoutes::admins(Call call)
{
    std::vector<std::string> problems;
    auto const jid = channel_of(call, problems);
    if (!jid) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [jid = *jid](Engine& engine, auto done) {
        engine.channels().admin_count(jid, std::move(done));
    };
    auto asking = gateway::ask_for<std::int64_t>(gateway_, session, std::move(question));
    auto const count = co_await std::move(asking);
    if (!count) co_return refused(count.error(), session);
    json::object out;
    out["count"] = *count;
    co_return http::json_response(200, out);
}

Task<Response> ChannelRoutes::demote(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, person_shape(), unknown_, problems);
    auto const jid = channel_of(call, problems);
    auto const person = person_in(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    Gateway::Question question = [jid = *jid, person = *person](Engine& engine, Gateway::Done done) {
        engine.channels().demote(jid, person, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    co_return succeeded(co_await std::move(asking), session);
}

Task<Response> ChannelRoutes::change_owner(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, person_shape(), unknown_, problems);
    auto const jid = channel_of(call, problems);
    auto const person = person_in(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    Gateway::Question question = [jid = *jid, person = *person](Engine& engine, Gateway::Done done) {
        engine.channels().change_owner(jid, person, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    co_return succeeded(co_await std::move(asking), session);
}

Task<Response> ChannelRoutes::watch(Call call)
{
    std::vector<std::string> problems;
    auto const jid = channel_of(call, problems);
    if (!jid) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [jid = *jid](Engine& engine, auto done) {
        engine.channels().watch(jid, std::move(done));
    };
    auto asking = gateway::ask_for<std::chrono::seconds>(gateway_, session, std::move(question));
    auto const lasting = co_await std::move(asking);
    if (!lasting) co_return refused(lasting.error(), session);
    json::object out;
    out["seconds"] = lasting->count();
    co_return http::json_response(200, out);
}

Task<Response> ChannelRoutes::view(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, view_shape(), unknown_, problems);
    auto const jid = channel_of(call, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    std::vector<std::int64_t> posts;
    for (auto const& id : *http::list_at(body, "messageIds")) {
        auto finding = gateway_.message(session, jid->to_string(), std::string(id.get_string().c_str()));
        auto const found = co_await std::move(finding);
        if (!found) co_return refused(found.error(), session);
        if (found->server_id != 0) posts.push_back(found->server_id);
    }
    Gateway::Question question = [jid = *jid, posts = std::move(posts)](Engine& engine, Gateway::Done done) {
        engine.channels().view(jid, posts, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    co_return succeeded(co_await std::move(asking), session);
}

} // namespace wagate::v1
