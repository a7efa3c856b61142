#include "api/v1/community_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/group_json.hpp"
#include "api/waha/group_requests.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Groups;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

Response failed(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

} // namespace

void CommunityRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, std::string const& path, http::Endpoint endpoint) {
        router.add(method, "/api/v1/{session}/communities" + path, Access::tenant, std::move(endpoint));
    };
    add("POST", "", std::bind_front(&CommunityRoutes::create, this));
    add("GET", "/{id}/groups", std::bind_front(&CommunityRoutes::subgroups, this));
    add("PUT", "/{id}/groups/{group}", [this](Call call) { return link(std::move(call), true); });
    add("DELETE", "/{id}/groups/{group}", [this](Call call) { return link(std::move(call), false); });
    add("GET", "/{id}/participants", std::bind_front(&CommunityRoutes::members, this));
    add("POST", "/{id}/participants/remove", std::bind_front(&CommunityRoutes::remove_members, this));
    add("PUT", "/{id}/settings", std::bind_front(&CommunityRoutes::set_settings, this));
}

Task<Response> CommunityRoutes::create(Call call)
{
    static http::Shape const shape{{
        Field::text("name").required().size_between(1, 400),
        Field::text("description").size_between(0, 8'192),
        waha::participants_field(0),
    }};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    stanza::GroupPlan plan;
    if (problems.empty())
        for (auto const& person : waha::people_in(body, problems))
            plan.members.push_back({person, std::nullopt});
    if (!problems.empty()) co_return http::invalid_request(problems);
    plan.subject = http::text_at(body, "name").value_or("");
    plan.description = http::text_at(body, "description").value_or("");
    plan.is_community = true;
    auto const session = waha::session_of(call);
    auto question = [plan = std::move(plan)](engine::Engine& engine, auto done) {
        engine.groups().create(plan, std::move(done));
    };
    auto asking = gateway::ask_for<Group>(gateway_, session, std::move(question));
    auto const made = co_await std::move(asking);
    if (!made) co_return failed(made.error(), session);
    co_return http::json_response(201, waha::group_json(*made));
}

Task<Response> CommunityRoutes::subgroups(Call call)
{
    auto const community = waha::group_in(call);
    if (!community) co_return waha::no_group();
    auto const session = waha::session_of(call);
    auto question = [community = *community](engine::Engine& engine, auto done) {
        engine.groups().subgroups(community, std::move(done));
    };
    auto asking = gateway::ask_for<std::vector<stanza::Subgroup>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    json::array out;
    for (auto const& group : *found) {
        json::object entry;
        entry["id"] = group.jid.to_string();
        entry["subject"] = group.subject;
        entry["isAnnouncementGroup"] = group.is_default;
        out.push_back(std::move(entry));
    }
    co_return http::json_response(200, out);
}

Task<Response> CommunityRoutes::link(Call call, bool linked)
{
    auto const community = waha::group_in(call);
    if (!community) co_return waha::no_group();
    auto const group = waha::group_in(call, "group");
    if (!group) co_return waha::no_group("group");
    auto const session = waha::session_of(call);
    gateway::Gateway::Question question = [community = *community, group = *group,
                                           linked](engine::Engine& engine, auto done) {
        engine.groups().link(community, group, linked, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return failed(asked.error(), session);
    co_return waha::json_text(std::string(waha::success_answer));
}

Task<Response> CommunityRoutes::members(Call call)
{
    auto const community = waha::group_in(call);
    if (!community) co_return waha::no_group();
    auto const session = waha::session_of(call);
    auto question = [community = *community](engine::Engine& engine, auto done) {
        engine.groups().community_members(community, std::move(done));
    };
    auto asking = gateway::ask_for<std::vector<GroupMember>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    co_return http::json_response(200, waha::people_json(*found));
}

Task<Response> CommunityRoutes::remove_members(Call call)
{
    static http::Shape const shape{{waha::participants_field(1)}};
    auto const community = waha::group_in(call);
    if (!community) co_return waha::no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    std::vector<Jid> people;
    if (problems.empty()) people = waha::people_in(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [community = *community, people = std::move(people)](engine::Engine& engine, auto done) {
        engine.groups().remove_from_community(community, people, std::move(done));
    };
    auto asking = gateway::ask_for<Groups::MemberResults>(gateway_, session, std::move(question));
    auto const results = co_await std::move(asking);
    if (!results) co_return failed(results.error(), session);
    co_return http::json_response(200, waha::member_results_json(*results));
}

Task<Response> CommunityRoutes::set_settings(Call call)
{
    static http::Shape const shape{{Field::boolean("approvalRequired").required()}};
    auto const community = waha::group_in(call);
    if (!community) co_return waha::no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    gateway::Gateway::Question question =
        [community = *community, on = http::flag_at(body, "approvalRequired", false)](engine::Engine& engine,
                                                                                      auto done) {
            engine.groups().set_community_approval(community, on, std::move(done));
        };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return failed(asked.error(), session);
    co_return waha::json_text(std::string(waha::success_answer));
}

} // namespace wagate::v1
