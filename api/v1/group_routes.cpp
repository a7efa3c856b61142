#include "api/v1/group_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/group_json.hpp"
#include "api/waha/group_requests.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/sending.hpp"
#include "protocol/engine/compose/about_messages.hpp"
#include "protocol/engine/engine.hpp"
#include "protocol/message/member_label.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Groups;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t label_bytes = 256;

/// One change of a setting.
using Step = std::function<void(Groups& groups, Jid const& group, Groups::Finished done)>;

http::Shape const& settings_shape()
{
    static http::Shape const shape{{
        Field::boolean("membersCanAdd"),
        Field::boolean("approvalRequired"),
        Field::integer("ephemeralSeconds").between(0, 7'776'000),
    }};
    return shape;
}

std::vector<Step> steps_of(json::object const& body)
{
    std::vector<Step> steps;
    if (body.contains("membersCanAdd"))
        steps.push_back(
            [on = http::flag_at(body, "membersCanAdd", true)](Groups& groups, Jid const& group, auto done) {
                groups.set_members_can_add(group, on, std::move(done));
            });
    if (body.contains("approvalRequired"))
        steps.push_back([on = http::flag_at(body, "approvalRequired", false)](Groups& groups,
                                                                              Jid const& group, auto done) {
            groups.set_approval(group, on, std::move(done));
        });
    if (auto const seconds = http::number_at(body, "ephemeralSeconds"))
        steps.push_back([time = std::chrono::seconds{static_cast<std::int64_t>(*seconds)}](
                            Groups& groups, Jid const& group, auto done) {
            groups.set_expiration(group, time, std::move(done));
        });
    return steps;
}

/// One after the other, until one fails.
void run_steps(Groups& groups, Jid const& group, std::vector<Step> steps, Groups::Finished done)
{
    if (steps.empty()) {
        done({});
        return;
    }
    auto const next = std::move(steps.front());
    steps.erase(steps.begin());
    next(groups, group, [&groups, group, steps = std::move(steps), done = std::move(done)](ErrorCode error) {
        if (error)
            done(error);
        else
            run_steps(groups, group, steps, done);
    });
}

Response failed(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

} // namespace

void GroupRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, std::string const& path, http::Endpoint endpoint) {
        router.add(method, "/api/v1/{session}" + path, Access::tenant, std::move(endpoint));
    };
    add("PUT", "/groups/{id}/settings", std::bind_front(&GroupRoutes::set_settings, this));
    add("PUT", "/groups/{id}/label", std::bind_front(&GroupRoutes::set_label, this));
    add("GET", "/groups/{id}/requests", std::bind_front(&GroupRoutes::requests, this));
    add("POST", "/groups/{id}/requests/approve",
        [this](Call call) { return answer_requests(std::move(call), true); });
    add("POST", "/groups/{id}/requests/reject",
        [this](Call call) { return answer_requests(std::move(call), false); });
}

Task<Response> GroupRoutes::set_settings(Call call)
{
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, settings_shape(), unknown_, problems);
    auto steps = steps_of(body);
    if (problems.empty() && steps.empty()) problems.emplace_back("there must be a setting to change");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    gateway::Gateway::Question question = [group = *group, steps = std::move(steps)](engine::Engine& engine,
                                                                                     auto done) {
        run_steps(engine.groups(), group, steps, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return failed(asked.error(), session);
    co_return waha::json_text(std::string(waha::success_answer));
}

Task<Response> GroupRoutes::set_label(Call call)
{
    static http::Shape const shape{{
        Field::text("label").required().size_between(0, message::max_member_label),
    }};
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    gateway::SendRequest request;
    request.chat = group->to_string();
    request.compose = engine::compose_member_label(http::text_at(body, "label").value_or(""));
    request.bytes = label_bytes;
    request.asker = call.principal.key_id;
    auto sending = gateway_.send(session, std::move(request));
    auto const sent = co_await std::move(sending);
    if (!sent && sent.error().code == gateway::GatewayErrc::timed_out)
        co_return waha::still_pending(session, group->to_string());
    if (!sent) co_return failed(sent.error(), session);
    co_return waha::json_text(std::string(waha::success_answer));
}

Task<Response> GroupRoutes::requests(Call call)
{
    auto const group = waha::group_in(call);
    if (!group) co_return waha::no_group();
    auto const session = waha::session_of(call);
    auto question = [group = *group](engine::Engine& engine, auto done) {
        engine.groups().requests(group, std::move(done));
    };
    auto asking = gateway::ask_for<std::vector<stanza::JoinRequest>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return failed(found.error(), session);
    json::array out;
    for (auto const& request : *found) {
        json::object entry;
        entry["id"] = waha::shown(request.jid);
        if (request.phone) entry["pn"] = waha::shown(*request.phone);
        entry["timestamp"] = nullptr;
        if (request.time) entry["timestamp"] = unix_seconds(*request.time);
        out.push_back(std::move(entry));
    }
    co_return http::json_response(200, out);
}

Task<Response> GroupRoutes::answer_requests(Call call, bool approve)
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
    auto question = [group = *group, approve, people = std::move(people)](engine::Engine& engine, auto done) {
        engine.groups().answer_requests(group, people, approve, std::move(done));
    };
    auto asking = gateway::ask_for<Groups::MemberResults>(gateway_, session, std::move(question));
    auto const results = co_await std::move(asking);
    if (!results) co_return failed(results.error(), session);
    co_return http::json_response(200, waha::member_results_json(*results));
}

} // namespace wagate::v1
