#include "api/waha/group_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/group_json.hpp"
#include "api/waha/group_requests.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/engine/engine.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t longest_subject = 400;       // bytes: 100 characters
constexpr std::size_t longest_description = 8'192; // bytes: 2,048 characters
constexpr double longest_expiration = 7'776'000;   // seconds
constexpr std::string_view true_answer = "true";

http::Shape const& create_shape()
{
    static http::Shape const shape{{
        Field::text("name").required().size_between(1, longest_subject),
        participants_field(0),
        // This API's own: what else can be said of a group from the beginning.
        Field::boolean("messagesAdminsOnly"),
        Field::boolean("infoAdminsOnly"),
        Field::boolean("membersCanAdd"),
        Field::boolean("approvalRequired"),
        Field::integer("ephemeralSeconds").between(0, longest_expiration),
        Field::text("community").size_between(1, 256),
    }};
    return shape;
}

void read_settings(stanza::GroupPlan& plan, json::object const& body, std::vector<std::string>& problems)
{
    plan.announce = http::flag_at(body, "messagesAdminsOnly", false);
    plan.locked = http::flag_at(body, "infoAdminsOnly", false);
    plan.only_admins_add = !http::flag_at(body, "membersCanAdd", true);
    plan.approval_required = http::flag_at(body, "approvalRequired", false);
    auto const seconds = http::number_at(body, "ephemeralSeconds").value_or(0);
    plan.expiration = std::chrono::seconds{static_cast<std::int64_t>(seconds)};
    auto const community = http::text_at(body, "community");
    if (!community) return;
    plan.parent = group_of(*community);
    if (!plan.parent) problems.emplace_back("community must be the id of a community (…@g.us)");
}

http::Shape const& participants_shape()
{
    static http::Shape const shape{{participants_field(1)}};
    return shape;
}

http::Shape const& flag_shape()
{
    static http::Shape const shape{{Field::boolean("adminsOnly").required()}};
    return shape;
}

Response failed(gateway::Rejection const& rejection, SessionKey const& session)
{
    return rejection_response(rejection, session.name.value, Subject::action);
}

struct Listing {
    bool by_subject = false;
    bool is_descending = false;
    bool has_participants = true;
    std::size_t limit = 0; ///< 0: all
    std::size_t offset = 0;
};

Listing listing_of(http::QueryRules const& rules)
{
    constexpr std::int64_t most = 1'000'000;
    Listing listing;
    listing.by_subject = rules.choice("sortBy", {"id", "subject"}).value_or("id") == "subject";
    listing.is_descending = rules.choice("sortOrder", {"desc", "asc"}).value_or("asc") == "desc";
    listing.has_participants = rules.choice("exclude", {"", "participants"}).value_or("") != "participants";
    listing.limit = static_cast<std::size_t>(rules.integer("limit", 1, most).value_or(0));
    listing.offset = static_cast<std::size_t>(rules.integer("offset", 0, most).value_or(0));
    return listing;
}

json::array shown_list(std::vector<Group> groups, Listing const& listing)
{
    std::sort(groups.begin(), groups.end(), [&](Group const& a, Group const& b) {
        if (listing.by_subject && a.subject != b.subject) return a.subject < b.subject;
        return a.jid < b.jid;
    });
    if (listing.is_descending) std::reverse(groups.begin(), groups.end());
    json::array out;
    for (auto i = listing.offset; i < groups.size(); ++i) {
        if (listing.limit != 0 && out.size() == listing.limit) break;
        out.push_back(group_json(groups[i], listing.has_participants));
    }
    return out;
}

} // namespace

void GroupRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, std::string const& path, auto handler) {
        router.add(method, "/api/{session}/groups" + path, Access::tenant, std::bind_front(handler, this));
    };
    add("POST", "", &GroupRoutes::create);
    add("GET", "", &GroupRoutes::list);
    add("GET", "/count", &GroupRoutes::count);
    add("POST", "/refresh", &GroupRoutes::refresh);
    add("GET", "/join-info", &GroupRoutes::join_info);
    add("POST", "/join", &GroupRoutes::join);
    add("GET", "/{id}", &GroupRoutes::get);
    add("DELETE", "/{id}", &GroupRoutes::remove);
    add("POST", "/{id}/leave", &GroupRoutes::leave);
    add("PUT", "/{id}/subject", &GroupRoutes::set_subject);
    add("PUT", "/{id}/description", &GroupRoutes::set_description);
    auto const security = std::string{"/{id}/settings/security/"};
    router.add("GET", "/api/{session}/groups" + security + "info-admin-only", Access::tenant,
               std::bind_front(&GroupRoutes::flag, this, &Group::locked));
    add("PUT", security + "info-admin-only", &GroupRoutes::set_info_admin_only);
    router.add("GET", "/api/{session}/groups" + security + "messages-admin-only", Access::tenant,
               std::bind_front(&GroupRoutes::flag, this, &Group::announce));
    add("PUT", security + "messages-admin-only", &GroupRoutes::set_messages_admin_only);
    add("GET", "/{id}/participants", &GroupRoutes::participants);
    add("GET", "/{id}/participants/v2", &GroupRoutes::participants);

    auto const add_bound = [&](char const* method, std::string const& path, http::Endpoint endpoint) {
        router.add(method, "/api/{session}/groups/{id}" + path, Access::tenant, std::move(endpoint));
    };
    auto const members = [this](stanza::MemberAction action) -> http::Endpoint {
        return [this, action](Call call) { return change_members(std::move(call), action); };
    };
    add_bound("POST", "/participants/add", members(stanza::MemberAction::add));
    add_bound("POST", "/participants/remove", members(stanza::MemberAction::remove));
    add_bound("POST", "/admin/promote", members(stanza::MemberAction::promote));
    add_bound("POST", "/admin/demote", members(stanza::MemberAction::demote));
    add_bound("GET", "/invite-code", [this](Call call) { return invite(std::move(call), false); });
    add_bound("POST", "/invite-code/revoke", [this](Call call) { return invite(std::move(call), true); });
}

// ------------------------------------------------------------------------------ asking

Task<Response> GroupRoutes::carry_out(SessionKey session, gateway::Gateway::Question question,
                                      std::string result)
{
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return failed(asked.error(), session);
    co_return json_text(std::move(result));
}

Task<gateway::Outcome<Group>> GroupRoutes::info(SessionKey session, Jid group)
{
    auto question = [group = std::move(group)](engine::Engine& engine, auto done) {
        engine.groups().info(group, std::move(done));
    };
    auto asking = gateway::ask_for<Group>(gateway_, std::move(session), std::move(question));
    co_return co_await std::move(asking);
}

Task<gateway::Outcome<std::vector<Group>>> GroupRoutes::groups(SessionKey session, bool again)
{
    auto question = [again](engine::Engine& engine, auto done) {
        if (again)
            engine.groups().refresh(std::move(done));
        else
            engine.groups().list(std::move(done));
    };
    auto asking = gateway::ask_for<std::vector<Group>>(gateway_, std::move(session), std::move(question));
    co_return co_await std::move(asking);
}

// ------------------------------------------------------------------------------ all groups

Task<Response> GroupRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, create_shape(), unknown_, problems);
    stanza::GroupPlan plan;
    if (problems.empty())
        for (auto const& person : people_in(body, problems))
            plan.members.push_back({person, std::nullopt});
    if (problems.empty()) read_settings(plan, body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    plan.subject = http::text_at(body, "name").value_or("");
    auto const session = session_of(call);
    auto question = [plan = std::move(plan)](engine::Engine& engine, auto done) {
        engine.groups().create(plan, std::move(done));
    };
    auto asking = gateway::ask_for<Group>(gateway_, session, std::move(question));
    auto const made = co_await std::move(asking);
    if (!made) co_return failed(made.error(), session);
    co_return http::json_response(201, group_json(*made));
}

Task<Response> GroupRoutes::list(Call call)
{
    std::vector<std::string> problems;
    auto const listing = listing_of(http::QueryRules(call.query, problems));
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto asking = groups(session, false);
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return http::json_response(200, shown_list(*found, listing));
}

Task<Response> GroupRoutes::count(Call call)
{
    auto const session = session_of(call);
    auto asking = groups(session, false);
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    json::object out;
    out["count"] = found->size();
    co_return http::json_response(200, out);
}

Task<Response> GroupRoutes::refresh(Call call)
{
    auto const session = session_of(call);
    auto asking = groups(session, true);
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return json_text(std::string(success_answer));
}

Task<Response> GroupRoutes::join_info(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto code = invite_code_in(rules.required_text("code"));
    if (problems.empty() && code.empty()) problems.emplace_back("code must be an invite code or link");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto question = [code = std::move(code)](engine::Engine& engine, auto done) {
        engine.groups().invite_info(code, std::move(done));
    };
    auto asking = gateway::ask_for<Group>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return http::json_response(200, group_json(*found));
}

Task<Response> GroupRoutes::join(Call call)
{
    static http::Shape const shape{{Field::text("code").required().size_between(1, 256)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    auto code = invite_code_in(http::text_at(body, "code").value_or(""));
    if (problems.empty() && code.empty()) problems.emplace_back("code must be an invite code or link");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto question = [code = std::move(code)](engine::Engine& engine, auto done) {
        engine.groups().join(code, std::move(done));
    };
    auto asking = gateway::ask_for<stanza::Joined>(gateway_, session, std::move(question));
    auto const joined = co_await std::move(asking);
    if (!joined) co_return failed(joined.error(), session);
    co_return http::json_response(200, joined_group_json(*joined));
}

// ------------------------------------------------------------------------------ one group

Task<Response> GroupRoutes::get(Call call)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    auto const session = session_of(call);
    auto asking = info(session, *group);
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return http::json_response(200, group_json(*found));
}

Task<Response> GroupRoutes::participants(Call call)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    auto const session = session_of(call);
    auto asking = info(session, *group);
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return http::json_response(200, participants_json(found->members));
}

Task<Response> GroupRoutes::leave(Call call)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    gateway::Gateway::Question question = [group = *group](engine::Engine& engine, auto done) {
        engine.groups().leave(group, std::move(done));
    };
    auto answering = carry_out(session_of(call), std::move(question), std::string(success_answer));
    co_return co_await std::move(answering);
}

Task<Response> GroupRoutes::remove(Call call)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    gateway::Gateway::Question question = [group = *group](engine::Engine& engine, auto done) {
        engine.groups().remove(group, std::move(done));
    };
    auto answering = carry_out(session_of(call), std::move(question), std::string(success_answer));
    co_return co_await std::move(answering);
}

Task<Response> GroupRoutes::set_subject(Call call)
{
    static http::Shape const shape{{Field::text("subject").required().size_between(1, longest_subject)}};
    auto const group = group_in(call);
    if (!group) co_return no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto subject = http::text_at(body, "subject").value_or("");
    gateway::Gateway::Question question = [group = *group,
                                           subject = std::move(subject)](engine::Engine& engine, auto done) {
        engine.groups().set_subject(group, subject, std::move(done));
    };
    auto answering = carry_out(session_of(call), std::move(question), std::string(true_answer));
    co_return co_await std::move(answering);
}

Task<Response> GroupRoutes::set_description(Call call)
{
    static http::Shape const shape{
        {Field::text("description").required().size_between(0, longest_description)}};
    auto const group = group_in(call);
    if (!group) co_return no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto text = http::text_at(body, "description").value_or("");
    gateway::Gateway::Question question = [group = *group, text = std::move(text)](engine::Engine& engine,
                                                                                   auto done) {
        engine.groups().set_description(group, text, std::move(done));
    };
    auto answering = carry_out(session_of(call), std::move(question), std::string(true_answer));
    co_return co_await std::move(answering);
}

// ------------------------------------------------------------------------------ settings

Task<Response> GroupRoutes::flag(bool Group::* setting, Call call)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    auto const session = session_of(call);
    auto asking = info(session, *group);
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    json::object out;
    out["adminsOnly"] = (*found).*setting;
    co_return http::json_response(200, out);
}

Task<Response> GroupRoutes::set_info_admin_only(Call call)
{
    Setting setting = [](engine::Engine& engine, Jid const& group, bool on, auto done) {
        engine.groups().set_locked(group, on, std::move(done));
    };
    auto answering = set_flag(std::move(call), std::move(setting));
    co_return co_await std::move(answering);
}

Task<Response> GroupRoutes::set_messages_admin_only(Call call)
{
    Setting setting = [](engine::Engine& engine, Jid const& group, bool on, auto done) {
        engine.groups().set_announce(group, on, std::move(done));
    };
    auto answering = set_flag(std::move(call), std::move(setting));
    co_return co_await std::move(answering);
}

Task<Response> GroupRoutes::set_flag(Call call, Setting setting)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, flag_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const on = http::flag_at(body, "adminsOnly", true);
    gateway::Gateway::Question question = [group = *group, on,
                                           setting = std::move(setting)](engine::Engine& engine, auto done) {
        setting(engine, group, on, std::move(done));
    };
    auto answering = carry_out(session_of(call), std::move(question), std::string(true_answer));
    co_return co_await std::move(answering);
}

Task<Response> GroupRoutes::invite(Call call, bool renew)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    auto const session = session_of(call);
    auto question = [group = *group, renew](engine::Engine& engine, auto done) {
        engine.groups().invite_code(group, renew, std::move(done));
    };
    auto asking = gateway::ask_for<std::string>(gateway_, session, std::move(question));
    auto const code = co_await std::move(asking);
    if (!code) co_return failed(code.error(), session);
    co_return http::json_response(200, json::value(*code));
}

Task<Response> GroupRoutes::change_members(Call call, stanza::MemberAction action)
{
    auto const group = group_in(call);
    if (!group) co_return no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, participants_shape(), unknown_, problems);
    std::vector<Jid> people;
    if (problems.empty()) people = people_in(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto question = [group = *group, action, people = std::move(people)](engine::Engine& engine, auto done) {
        engine.groups().change_members(group, action, people, std::move(done));
    };
    auto asking = gateway::ask_for<engine::Groups::MemberResults>(gateway_, session, std::move(question));
    auto const results = co_await std::move(asking);
    if (!results) co_return failed(results.error(), session);
    co_return http::json_response(200, member_results_json(*results));
}

} // namespace wagate::waha
