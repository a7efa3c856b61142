#include "api/waha/profile_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
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

constexpr std::size_t longest_name = 100;  // bytes: 25 characters
constexpr std::size_t longest_about = 560; // bytes: 139 characters

struct OwnProfile {
    OwnIdentity me;
    std::optional<std::string> picture;
};

} // namespace

void ProfileRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/{session}/profile", &ProfileRoutes::show);
    add("PUT", "/api/{session}/profile/name", &ProfileRoutes::set_name);
    add("PUT", "/api/{session}/profile/status", &ProfileRoutes::set_about);
}

Task<Response> ProfileRoutes::show(Call call)
{
    auto const session = session_of(call);
    auto question = [](Engine& engine, auto done) {
        auto const me = engine.me().value_or(OwnIdentity{});
        auto answer = [me, done](Result<engine::Profiles::Picture> picture) {
            if (!picture) {
                done(Result<OwnProfile>{picture.error()});
                return;
            }
            OwnProfile profile;
            profile.me = me;
            if (*picture) profile.picture = (*picture)->url;
            done(Result<OwnProfile>{std::move(profile)});
        };
        engine.profiles().picture(me.phone, stanza::PictureSize::full, false, std::move(answer));
    };
    auto asking = gateway::ask_for<OwnProfile>(gateway_, session, std::move(question));
    auto const profile = co_await std::move(asking);
    if (!profile) co_return rejection_response(profile.error(), session.name.value, Subject::action);
    json::object out;
    out["id"] = shown(profile->me.phone);
    out["name"] = profile->me.push_name;
    out["picture"] = nullptr;
    if (profile->picture) out["picture"] = *profile->picture;
    co_return http::json_response(200, out);
}

Task<Response> ProfileRoutes::change(SessionKey session, Gateway::Question question)
{
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    if (!outcome) co_return rejection_response(outcome.error(), session.name.value, Subject::action);
    json::object out;
    out["success"] = true;
    co_return http::json_response(200, out);
}

Task<Response> ProfileRoutes::set_name(Call call)
{
    static http::Shape const shape{{Field::text("name").required().size_between(1, longest_name)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    Gateway::Question question = [name = http::text_at(body, "name").value_or("")](Engine& engine,
                                                                                   Gateway::Done done) {
        engine.profiles().set_name(name, std::move(done));
    };
    co_return co_await change(session_of(call), std::move(question));
}

Task<Response> ProfileRoutes::set_about(Call call)
{
    static http::Shape const shape{{Field::text("status").required().size_between(0, longest_about)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    Gateway::Question question = [text = http::text_at(body, "status").value_or("")](Engine& engine,
                                                                                     Gateway::Done done) {
        engine.profiles().set_about(text, std::move(done));
    };
    co_return co_await change(session_of(call), std::move(question));
}

} // namespace wagate::waha
