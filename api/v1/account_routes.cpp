#include "api/v1/account_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/json_parts.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/updates_json.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

#include <boost/json/array.hpp>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Engine;
using engine::Profiles;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using Infos = std::vector<Profiles::PersonInfo>;

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

json::object info_json(Profiles::PersonInfo const& info)
{
    json::array devices;
    for (auto const device : info.devices)
        devices.emplace_back(device);
    json::object out;
    out["id"] = waha::shown(info.jid, info.phone);
    out["lid"] = nullptr;
    if (info.lid) out["lid"] = waha::shown(*info.lid);
    out["pn"] = nullptr;
    if (info.phone) out["pn"] = waha::shown(*info.phone);
    out["about"] = nullptr;
    if (info.about) out["about"] = *info.about;
    out["aboutSetAt"] = nullptr;
    if (info.about_set) out["aboutSetAt"] = unix_seconds(*info.about_set);
    out["pictureId"] = waha::or_null(info.picture_id);
    out["devices"] = std::move(devices);
    out["verifiedName"] = waha::or_null(info.verified_name);
    out["defaultExpiration"] = nullptr;
    if (info.timer) out["defaultExpiration"] = info.timer->count();
    return out;
}

Task<gateway::Outcome<Infos>> ask_infos(gateway::Gateway& gateway, SessionKey session,
                                        std::vector<Jid> people)
{
    auto question = [people = std::move(people)](Engine& engine, auto done) {
        engine.profiles().info(people, std::move(done));
    };
    auto asking = gateway::ask_for<Infos>(gateway, std::move(session), std::move(question));
    co_return co_await std::move(asking);
}

std::optional<Jid> person_of(std::string_view text)
{
    auto person = gateway::parse_chat(text);
    return person && person->is_user() ? person : std::nullopt;
}

} // namespace

void AccountRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/v1/{session}/time-lock", &AccountRoutes::time_lock);
    add("GET", "/api/v1/{session}/new-chats", &AccountRoutes::new_chats);
    add("GET", "/api/v1/{session}/contacts/{contactId}/info", &AccountRoutes::info);
    add("POST", "/api/v1/{session}/contacts/info", &AccountRoutes::infos);
}

Task<Response> AccountRoutes::time_lock(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) { engine.account_limits().time_lock(std::move(done)); };
    auto asking = gateway::ask_for<TimeLock>(gateway_, session, std::move(question));
    auto const lock = co_await std::move(asking);
    if (!lock) co_return refused(lock.error(), session);
    co_return http::json_response(200, waha::time_lock_json(*lock));
}

Task<Response> AccountRoutes::new_chats(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) { engine.account_limits().new_chats(std::move(done)); };
    auto asking = gateway::ask_for<NewChatQuota>(gateway_, session, std::move(question));
    auto const quota = co_await std::move(asking);
    if (!quota) co_return refused(quota.error(), session);
    co_return http::json_response(200, waha::quota_json(*quota));
}

Task<Response> AccountRoutes::info(Call call)
{
    auto const person = person_of(call.parameter("contactId"));
    if (!person) co_return http::invalid_request({"contactId must be a phone number or a person's id"});
    auto const session = waha::session_of(call);
    auto asking = ask_infos(gateway_, session, {*person});
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    if (found->empty() || found->front().devices.empty())
        co_return http::problem(404, "This person is not on WhatsApp");
    co_return http::json_response(200, info_json(found->front()));
}

Task<Response> AccountRoutes::infos(Call call)
{
    static http::Shape const shape{{
        Field::list("contactIds", Field::text("contactId").size_between(1, 256))
            .required()
            .size_between(1, Profiles::most_infos),
    }};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    std::vector<Jid> people;
    if (auto const* ids = http::list_at(body, "contactIds"); ids != nullptr && problems.empty()) {
        for (std::size_t i = 0; i < ids->size(); ++i) {
            if (auto const person = person_of((*ids)[i].get_string().c_str()))
                people.push_back(*person);
            else
                problems.push_back("contactIds." + std::to_string(i) +
                                   " must be a phone number or a person's id");
        }
    }
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto asking = ask_infos(gateway_, session, std::move(people));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    json::array out;
    for (auto const& info : *found)
        out.push_back(info_json(info));
    co_return http::json_response(200, out);
}

} // namespace wagate::v1
