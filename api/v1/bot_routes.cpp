#include "api/v1/bot_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

#include <boost/json/value_ref.hpp>

#include <algorithm>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Bots;
using engine::Engine;
using http::Access;
using http::Call;
using http::Response;
using References = std::vector<stanza::BotReference>;
using Profiles = std::vector<stanza::BotProfile>;

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

json::object profile_json(stanza::BotProfile const& profile)
{
    json::array prompts;
    for (auto const& prompt : profile.prompts)
        prompts.push_back(json::object{{"emoji", prompt.emoji}, {"text", prompt.text}});
    json::array commands;
    for (auto const& command : profile.commands)
        commands.push_back(json::object{{"name", command.name}, {"description", command.description}});
    json::object out;
    out["id"] = waha::shown(profile.jid);
    out["personaId"] = profile.persona_id;
    out["name"] = profile.name;
    out["description"] = profile.description;
    out["category"] = profile.category;
    out["attributes"] = profile.attributes;
    out["isDefault"] = profile.is_default;
    out["prompts"] = std::move(prompts);
    out["commandsDescription"] = profile.commands_description;
    out["commands"] = std::move(commands);
    return out;
}

/// Bots with commas between them, each once. Nothing when one of them is none, or there are too many.
std::optional<std::vector<Jid>> bots_in(std::string_view text)
{
    std::vector<Jid> bots;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        auto const bot = gateway::parse_chat(text.substr(0, end));
        if (!bot || !stanza::is_bot(*bot)) return std::nullopt;
        if (std::find(bots.begin(), bots.end(), *bot) == bots.end()) bots.push_back(*bot);
        if (bots.size() > Bots::most_profiles) return std::nullopt;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return bots;
}

} // namespace

void BotRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/v1/{session}/bots", Access::tenant, std::bind_front(&BotRoutes::list, this));
    router.add("GET", "/api/v1/{session}/bots/profiles", Access::tenant,
               std::bind_front(&BotRoutes::profiles, this));
}

Task<Response> BotRoutes::list(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) { engine.bots().list(std::move(done)); };
    auto asking = gateway::ask_for<References>(gateway_, session, std::move(question));
    auto const bots = co_await std::move(asking);
    if (!bots) co_return refused(bots.error(), session);
    json::array listed;
    for (auto const& bot : *bots)
        listed.push_back(json::object{{"id", waha::shown(bot.jid)}, {"personaId", bot.persona_id}});
    json::object out;
    out["bots"] = std::move(listed);
    co_return http::json_response(200, out);
}

Task<Response> BotRoutes::profiles(Call call)
{
    auto const bots = bots_in(call.query.find("ids").value_or(std::string_view{}));
    if (!bots)
        co_return http::invalid_request({"ids must be ids of bots with commas between them, " +
                                         std::to_string(Bots::most_profiles) + " at most"});
    auto const session = waha::session_of(call);
    auto question = [of = *bots](Engine& engine, auto done) { engine.bots().profiles(of, std::move(done)); };
    auto asking = gateway::ask_for<Profiles>(gateway_, session, std::move(question));
    auto const profiles = co_await std::move(asking);
    if (!profiles) co_return refused(profiles.error(), session);
    json::array shown;
    for (auto const& profile : *profiles)
        shown.push_back(profile_json(profile));
    json::object out;
    out["profiles"] = std::move(shown);
    co_return http::json_response(200, out);
}

} // namespace wagate::v1
