#include "api/v1/link_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Engine;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using stanza::CallMedia;
using stanza::LinkKind;

constexpr double latest_start = 253'402'300'799; // the year 9999

http::Shape const& call_shape()
{
    static http::Shape const shape{{
        Field::text("media").one_of({"audio", "video"}),
        Field::integer("startTime").between(1, latest_start),
    }};
    return shape;
}

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

Response no_code()
{
    return http::invalid_request({"code must be the code of a link, or the link itself"});
}

Response leads_nowhere()
{
    return http::problem(404, "This link does not exist or is no longer valid");
}

/// A person as the dialect shows it, by phone number where that is known.
std::string person_json(Engine const& engine, Jid const& jid)
{
    return waha::shown(jid, jid.is_lid() ? engine.phone_of(jid) : std::nullopt);
}

/// What a link leads to, with the person's id.
template <class Target>
using Found = std::optional<std::pair<Target, std::string>>;

template <class Target>
auto with_id(Engine& engine, std::function<void(Result<Found<Target>>)> done)
{
    return [&engine, done = std::move(done)](Result<std::optional<Target>> target) {
        if (!target)
            done(target.error());
        else if (!*target)
            done(Found<Target>{});
        else
            done(Found<Target>{std::pair{**target, person_json(engine, (*target)->jid)}});
    };
}

} // namespace

void LinkRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, std::string const& path, auto endpoint) {
        router.add(method, "/api/v1/{session}" + path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/contact-link", &LinkRoutes::own);
    add("POST", "/contact-link", &LinkRoutes::renew);
    add("GET", "/contact-links/{code}", &LinkRoutes::contact);
    add("GET", "/message-links/{code}", &LinkRoutes::message);
    add("POST", "/call-links", &LinkRoutes::create_call);
}

Task<Response> LinkRoutes::own_link(SessionKey session, bool revoke)
{
    auto question = [revoke](Engine& engine, auto done) {
        engine.links().own_contact(revoke, std::move(done));
    };
    auto asking = gateway::ask_for<std::string>(gateway_, session, std::move(question));
    auto const code = co_await std::move(asking);
    if (!code) co_return refused(code.error(), session);
    json::object out;
    out["link"] = std::string(stanza::contact_link_prefix) + *code;
    out["code"] = *code;
    co_return http::json_response(200, out);
}

Task<Response> LinkRoutes::own(Call call)
{
    auto answering = own_link(waha::session_of(call), false);
    co_return co_await std::move(answering);
}

Task<Response> LinkRoutes::renew(Call call)
{
    auto answering = own_link(waha::session_of(call), true);
    co_return co_await std::move(answering);
}

Task<Response> LinkRoutes::contact(Call call)
{
    using Target = stanza::ContactLinkTarget;
    auto const code = stanza::link_code(call.parameter("code"), LinkKind::contact);
    if (!code) co_return no_code();
    auto const session = waha::session_of(call);
    auto question = [code = *code](Engine& engine, auto done) {
        engine.links().contact(code, with_id<Target>(engine, std::move(done)));
    };
    auto asking = gateway::ask_for<Found<Target>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    if (!*found) co_return leads_nowhere();
    auto const& [target, id] = **found;
    json::object out;
    out["id"] = id;
    out["type"] = target.type;
    out["pushName"] = target.push_name;
    co_return http::json_response(200, out);
}

Task<Response> LinkRoutes::message(Call call)
{
    using Target = stanza::MessageLinkTarget;
    auto const code = stanza::link_code(call.parameter("code"), LinkKind::message);
    if (!code) co_return no_code();
    auto const session = waha::session_of(call);
    auto question = [code = *code](Engine& engine, auto done) {
        engine.links().message(code, with_id<Target>(engine, std::move(done)));
    };
    auto asking = gateway::ask_for<Found<Target>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    if (!*found) co_return leads_nowhere();
    auto const& [target, id] = **found;
    json::object out;
    out["id"] = id;
    out["pushName"] = target.push_name;
    out["message"] = target.message;
    out["verifiedName"] = target.verified_name;
    out["verifiedLevel"] = target.verified_level;
    out["isSigned"] = target.is_signed;
    co_return http::json_response(200, out);
}

Task<Response> LinkRoutes::create_call(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, call_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const name = http::text_at(body, "media").value_or("video");
    auto const media = name == "audio" ? CallMedia::audio : CallMedia::video;
    std::optional<WallTime> starts;
    if (auto const seconds = http::number_at(body, "startTime"))
        starts = wall_from_seconds(static_cast<std::int64_t>(*seconds));
    auto const session = waha::session_of(call);
    auto question = [media, starts](Engine& engine, auto done) {
        engine.links().create_call(media, starts, std::move(done));
    };
    auto asking = gateway::ask_for<std::string>(gateway_, session, std::move(question));
    auto const token = co_await std::move(asking);
    if (!token) co_return refused(token.error(), session);
    json::object out;
    out["link"] = stanza::call_link(media, *token);
    out["token"] = *token;
    out["media"] = name;
    co_return http::json_response(201, out);
}

} // namespace wagate::v1
