#include "api/v1/invitation_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/group_json.hpp"
#include "api/waha/group_requests.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Groups;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t longest_code = 256;
constexpr std::int64_t end_of_time = 253'402'300'799; // the year 9999
constexpr std::size_t invitation_bytes = 1'024;       // without its caption

Field expiration_field()
{
    return Field::integer("expiration").required().between(1, static_cast<double>(end_of_time));
}

http::Shape const& send_shape()
{
    static http::Shape const shape = waha::sending_shape({
        Field::text("code").required().size_between(1, longest_code),
        expiration_field(),
        Field::text("caption").size_between(0, 65'536),
    });
    return shape;
}

/// A person as clients write it; else a problem, and nobody.
Jid person_in(std::string const& text, std::string_view field, std::vector<std::string>& problems)
{
    auto const jid = gateway::parse_chat(text);
    if (jid && jid->is_user()) return *jid;
    problems.push_back(std::string(field) + " must be a phone number or a person's id");
    return {};
}

WallTime expiration_in(json::object const& body)
{
    return wall_from_seconds(static_cast<std::int64_t>(http::number_at(body, "expiration").value_or(0)));
}

Response failed(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

} // namespace

void InvitationRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, std::string const& path, auto handler) {
        router.add(method, "/api/v1/{session}/groups/{id}/invitations" + path, Access::tenant,
                   std::bind_front(handler, this));
    };
    add("POST", "", &InvitationRoutes::send);
    add("GET", "/info", &InvitationRoutes::info);
    add("POST", "/accept", &InvitationRoutes::accept);
    add("POST", "/revoke", &InvitationRoutes::revoke);
}

Task<Response> InvitationRoutes::send(Call call)
{
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    auto asked = sending_.accept(call, send_shape());
    if (asked.problems.empty())
        (void)person_in(http::text_at(asked.body, "chatId").value_or(""), "chatId", asked.problems);
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    // The group's name goes along: who is invited cannot ask for it.
    auto question = [group = *group](engine::Engine& engine, auto done) {
        engine.groups().info(group, std::move(done));
    };
    auto asking = gateway::ask_for<Group>(gateway_, asked.session, std::move(question));
    auto const known = co_await std::move(asking);
    if (!known) co_return failed(known.error(), asked.session);
    message::GroupInvite invite;
    invite.group = *group;
    invite.code = http::text_at(asked.body, "code").value_or("");
    invite.expires = expiration_in(asked.body);
    invite.name = known->subject;
    invite.caption = http::text_at(asked.body, "caption").value_or("");
    invite.is_community = known->is_community;
    auto const bytes = invitation_bytes + invite.caption.size();
    auto content = waha::compose(message::TypedMessage{std::move(invite), {}, {}}, asked.reply_to());
    auto sending = sending_.send(std::move(asked), std::move(content), bytes);
    co_return co_await std::move(sending);
}

Task<Response> InvitationRoutes::info(Call call)
{
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    stanza::Invitation invitation;
    invitation.group = *group;
    invitation.code = rules.required_text("code");
    auto const inviter = rules.required_text("inviter");
    auto const expiration = rules.integer("expiration", 1, end_of_time);
    if (problems.empty() && !expiration) problems.emplace_back("expiration should not be empty");
    if (problems.empty()) invitation.inviter = person_in(inviter, "inviter", problems);
    if (invitation.code.size() > longest_code) problems.emplace_back("code must be at most 256 bytes");
    if (!problems.empty()) co_return http::invalid_request(problems);
    invitation.expires = wall_from_seconds(*expiration);
    auto const session = waha::session_of(call);
    auto question = [invitation = std::move(invitation)](engine::Engine& engine, auto done) {
        engine.groups().invitation_info(invitation, std::move(done));
    };
    auto asking = gateway::ask_for<Group>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return http::json_response(200, waha::group_json(*found));
}

Task<Response> InvitationRoutes::accept(Call call)
{
    static http::Shape const shape{{
        Field::text("code").required().size_between(1, longest_code),
        expiration_field(),
        Field::text("inviter").required().size_between(1, 256),
    }};
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    stanza::Invitation invitation;
    if (problems.empty())
        invitation.inviter = person_in(http::text_at(body, "inviter").value_or(""), "inviter", problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    invitation.group = *group;
    invitation.code = http::text_at(body, "code").value_or("");
    invitation.expires = expiration_in(body);
    auto const session = waha::session_of(call);
    auto question = [invitation = std::move(invitation)](engine::Engine& engine, auto done) {
        engine.groups().accept_invitation(invitation, std::move(done));
    };
    auto asking = gateway::ask_for<stanza::Joined>(gateway_, session, std::move(question));
    auto const joined = co_await std::move(asking);
    if (!joined) co_return failed(joined.error(), session);
    co_return http::json_response(200, waha::joined_group_json(*joined));
}

Task<Response> InvitationRoutes::revoke(Call call)
{
    static http::Shape const shape{{waha::participants_field(1)}};
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    std::vector<Jid> people;
    if (problems.empty()) people = waha::people_in(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [group = *group, people = std::move(people)](engine::Engine& engine, auto done) {
        engine.groups().revoke_invitations(group, people, std::move(done));
    };
    auto asking = gateway::ask_for<Groups::MemberResults>(gateway_, session, std::move(question));
    auto const results = co_await std::move(asking);
    if (!results) co_return failed(results.error(), session);
    co_return http::json_response(200, waha::member_results_json(*results));
}

} // namespace wagate::v1
