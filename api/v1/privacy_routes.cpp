#include "api/v1/privacy_routes.hpp"

#include "api/http/problem.hpp"
#include "api/v1/business_json.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Engine;
using gateway::Gateway;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using Settings = std::vector<stanza::PrivacySetting>;

constexpr double longest_expiration = 90.0 * 86'400;

json::object settings_json(Settings const& settings)
{
    json::object out;
    for (auto const& setting : settings)
        out[setting.name] = setting.value;
    return out;
}

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

} // namespace

void PrivacyRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/v1/{session}/privacy", &PrivacyRoutes::show);
    add("PUT", "/api/v1/{session}/privacy", &PrivacyRoutes::change);
    add("PUT", "/api/v1/{session}/default-expiration", &PrivacyRoutes::set_expiration);
    add("GET", "/api/v1/{session}/blocklist", &PrivacyRoutes::blocklist);
    add("GET", "/api/v1/{session}/contacts/{contactId}/business", &PrivacyRoutes::business);
}

Task<Response> PrivacyRoutes::show(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) { engine.profiles().privacy(std::move(done)); };
    auto asking = gateway::ask_for<Settings>(gateway_, session, std::move(question));
    auto const settings = co_await std::move(asking);
    if (!settings) co_return refused(settings.error(), session);
    co_return http::json_response(200, settings_json(*settings));
}

Task<Response> PrivacyRoutes::change(Call call)
{
    static http::Shape const shape{{Field::text("name").required().size_between(1, 64),
                                    Field::text("value").required().size_between(1, 64)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    stanza::PrivacySetting setting;
    setting.name = http::text_at(body, "name").value_or("");
    setting.value = http::text_at(body, "value").value_or("");
    auto const session = waha::session_of(call);
    auto question = [setting](Engine& engine, auto done) {
        engine.profiles().set_privacy(setting, std::move(done));
    };
    auto asking = gateway::ask_for<Settings>(gateway_, session, std::move(question));
    auto const settings = co_await std::move(asking);
    if (!settings) co_return refused(settings.error(), session);
    co_return http::json_response(200, settings_json(*settings));
}

Task<Response> PrivacyRoutes::set_expiration(Call call)
{
    static http::Shape const shape{{Field::integer("seconds").required().between(0, longest_expiration)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const seconds = static_cast<std::int64_t>(http::number_at(body, "seconds").value_or(0));
    auto const session = waha::session_of(call);
    Gateway::Question question = [seconds](Engine& engine, Gateway::Done done) {
        engine.profiles().set_default_expiration(std::chrono::seconds{seconds}, std::move(done));
    };
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    if (!outcome) co_return refused(outcome.error(), session);
    json::object out;
    out["success"] = true;
    co_return http::json_response(200, out);
}

Task<Response> PrivacyRoutes::blocklist(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) {
        auto answer = [&engine, done](Result<std::vector<Jid>> people) {
            if (!people) {
                done(Result<std::vector<std::string>>{people.error()});
                return;
            }
            std::vector<std::string> shown;
            for (auto const& person : *people)
                shown.push_back(waha::shown(person, engine.phone_of(person)));
            done(Result<std::vector<std::string>>{std::move(shown)});
        };
        engine.profiles().blocklist(std::move(answer));
    };
    auto asking = gateway::ask_for<std::vector<std::string>>(gateway_, session, std::move(question));
    auto const people = co_await std::move(asking);
    if (!people) co_return refused(people.error(), session);
    json::array blocked;
    for (auto const& person : *people)
        blocked.emplace_back(person);
    json::object out;
    out["blocked"] = std::move(blocked);
    co_return http::json_response(200, out);
}

Task<Response> PrivacyRoutes::business(Call call)
{
    auto const person = gateway::parse_chat(call.parameter("contactId"));
    if (!person || !person->is_user())
        co_return http::invalid_request({"contactId must be a phone number or a person's id"});
    auto const session = waha::session_of(call);
    auto question = [of = *person](Engine& engine, auto done) {
        engine.profiles().business(of, std::move(done));
    };
    auto asking =
        gateway::ask_for<std::optional<stanza::BusinessProfile>>(gateway_, session, std::move(question));
    auto const profile = co_await std::move(asking);
    if (!profile) co_return refused(profile.error(), session);
    if (!*profile) co_return http::problem(404, "This account has no business profile");
    co_return http::json_response(200, business_json(**profile));
}

} // namespace wagate::v1
