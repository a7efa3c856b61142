#include "api/v1/business_routes.hpp"

#include "api/http/problem.hpp"
#include "api/v1/business_json.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

#include <boost/json/array.hpp>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using appstate::QuickReply;
using engine::AppStateSync;
using engine::Engine;
using gateway::Gateway;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr int not_found = 404;
constexpr double minutes_of_day = 1'440;
constexpr std::size_t most_days = 21;
constexpr unsigned cover_side = 1'600; // pixels
constexpr std::string_view no_profile = "This account has no business profile";

Response refused(gateway::Rejection const& rejection, SessionKey const& session, std::string_view what)
{
    if (rejection.code == gateway::GatewayErrc::rejected_by_server && rejection.server_code == not_found)
        return http::problem(404, std::string{what});
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

http::Shape const& profile_shape()
{
    static http::Shape const day{{
        Field::text("day").required().one_of({"sun", "mon", "tue", "wed", "thu", "fri", "sat"}),
        Field::text("mode").required().one_of({"specific_hours", "open_24h", "appointment_only"}),
        Field::integer("openMinutes").between(0, minutes_of_day),
        Field::integer("closeMinutes").between(0, minutes_of_day),
    }};
    static http::Shape const hours{{
        Field::text("timezone").required().size_between(1, 64),
        Field::list("days", Field::object("day", day)).required().size_between(0, most_days),
    }};
    static http::Shape const shape{{
        Field::text("description").size_between(0, 512),
        Field::text("address").size_between(0, 256),
        Field::text("email").size_between(0, 128),
        Field::list("websites", Field::text("website").size_between(1, 256)).size_between(0, 2),
        Field::object("hours", hours),
    }};
    return shape;
}

http::Shape const& cover_shape()
{
    static http::Shape const shape{{Field::object("file", waha::file_shape()).required()}};
    return shape;
}

http::Shape const& reply_shape()
{
    static http::Shape const shape{{
        Field::text("shortcut").required().size_between(1, 100),
        Field::text("message").required().size_between(1, 4'096),
        Field::list("keywords", Field::text("keyword").size_between(1, 100)).size_between(0, 10),
    }};
    return shape;
}

http::Shape const& settings_shape()
{
    static http::Shape const shape{{
        Field::boolean("unarchiveChats"),
        Field::boolean("linkPreviewsDisabled"),
    }};
    return shape;
}

http::Shape const& mute_shape()
{
    static http::Shape const shape{{Field::boolean("muted").required()}};
    return shape;
}

std::optional<stanza::BusinessHours> to_hours(json::object const& body, std::vector<std::string>& problems)
{
    auto const* given = http::object_at(body, "hours");
    if (given == nullptr) return std::nullopt;
    stanza::BusinessHours hours;
    hours.timezone = http::text_at(*given, "timezone").value_or("");
    auto const* days = http::list_at(*given, "days");
    if (days == nullptr) return hours;
    for (auto const& each : *days) {
        auto const& entry = each.get_object();
        auto const open = http::number_at(entry, "openMinutes");
        auto const close = http::number_at(entry, "closeMinutes");
        stanza::BusinessHours::Day day{http::text_at(entry, "day").value_or(""),
                                       http::text_at(entry, "mode").value_or("")};
        if (day.mode == "specific_hours" && (!open || !close))
            problems.push_back("hours.days." + std::to_string(hours.days.size()) +
                               " must have openMinutes and closeMinutes");
        day.open = static_cast<std::int64_t>(open.value_or(0));
        day.close = static_cast<std::int64_t>(close.value_or(0));
        hours.days.push_back(std::move(day));
    }
    return hours;
}

QuickReply to_reply(json::object const& body)
{
    QuickReply reply;
    reply.shortcut = http::text_at(body, "shortcut").value_or("");
    reply.message = http::text_at(body, "message").value_or("");
    if (auto const* keywords = http::list_at(body, "keywords"))
        for (auto const& keyword : *keywords)
            reply.keywords.emplace_back(keyword.get_string());
    return reply;
}

json::object reply_json(QuickReply const& reply)
{
    json::array keywords;
    for (auto const& keyword : reply.keywords)
        keywords.emplace_back(keyword);
    json::object out;
    out["id"] = reply.id;
    out["shortcut"] = reply.shortcut;
    out["message"] = reply.message;
    out["keywords"] = std::move(keywords);
    out["count"] = reply.count;
    return out;
}

template <class T>
json::value value_or_null(std::optional<T> const& value)
{
    json::value out;
    if (value) out = *value;
    return out;
}

/// How AppStateSync ends as the gateway asks.
AppStateSync::Done told(Gateway::Done done)
{
    return [done = std::move(done)](Result<void> result) { done(result ? ErrorCode{} : result.error()); };
}

std::optional<Jid> person_in(Call const& call)
{
    auto const person = gateway::parse_chat(call.parameter("contactId"));
    return person && person->is_user() ? person : std::nullopt;
}

Response no_person()
{
    return http::invalid_request({"contactId must be a phone number or a person's id"});
}

} // namespace

void BusinessRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/v1/{session}/business", &BusinessRoutes::profile);
    add("PATCH", "/api/v1/{session}/business", &BusinessRoutes::change_profile);
    router.add("PUT", "/api/v1/{session}/business/cover", Access::tenant,
               std::bind_front(&BusinessRoutes::set_cover, this), body_bytes_);
    add("DELETE", "/api/v1/{session}/business/cover/{coverId}", &BusinessRoutes::remove_cover);
    add("GET", "/api/v1/{session}/quick-replies", &BusinessRoutes::replies);
    add("POST", "/api/v1/{session}/quick-replies", &BusinessRoutes::create_reply);
    add("PUT", "/api/v1/{session}/quick-replies/{replyId}", &BusinessRoutes::edit_reply);
    add("DELETE", "/api/v1/{session}/quick-replies/{replyId}", &BusinessRoutes::remove_reply);
    add("GET", "/api/v1/{session}/settings", &BusinessRoutes::settings);
    add("PATCH", "/api/v1/{session}/settings", &BusinessRoutes::change_settings);
    add("PUT", "/api/v1/{session}/contacts/{contactId}/status-mute", &BusinessRoutes::mute_status);
}

Task<Response> BusinessRoutes::changed(SessionKey session, Gateway::Question question, std::string_view what)
{
    auto asking = gateway_.ask(session, std::move(question));
    auto const outcome = co_await std::move(asking);
    if (!outcome) co_return refused(outcome.error(), session, what);
    json::object out;
    out["success"] = true;
    co_return http::json_response(200, out);
}

// ---------------------------------------------------------------------------- the profile

Task<Response> BusinessRoutes::shown_profile(SessionKey session)
{
    auto question = [](Engine& engine, auto done) {
        engine.profiles().business(engine.shop().own(), std::move(done));
    };
    auto asking =
        gateway::ask_for<std::optional<stanza::BusinessProfile>>(gateway_, session, std::move(question));
    auto const profile = co_await std::move(asking);
    if (!profile) co_return refused(profile.error(), session, no_profile);
    if (!*profile) co_return http::problem(404, std::string{no_profile});
    co_return http::json_response(200, business_json(**profile));
}

Task<Response> BusinessRoutes::profile(Call call)
{
    auto showing = shown_profile(waha::session_of(call));
    co_return co_await std::move(showing);
}

Task<Response> BusinessRoutes::change_profile(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, profile_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (body.empty()) problems.emplace_back("at least one field should be given");
    stanza::BusinessChange change;
    change.description = http::text_at(body, "description");
    change.address = http::text_at(body, "address");
    change.email = http::text_at(body, "email");
    change.hours = to_hours(body, problems);
    if (auto const* websites = http::list_at(body, "websites")) {
        change.websites.emplace();
        for (auto const& website : *websites)
            change.websites->emplace_back(website.get_string());
        // None at all is said by one that is empty.
        if (change.websites->empty()) change.websites->emplace_back();
    }
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    Gateway::Question question = [change = std::move(change)](Engine& engine, Gateway::Done done) {
        engine.shop().change_profile(change, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const outcome = co_await std::move(asking);
    if (!outcome) co_return refused(outcome.error(), session, no_profile);
    auto showing = shown_profile(session);
    co_return co_await std::move(showing);
}

Task<Response> BusinessRoutes::set_cover(Call call)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, cover_shape(), unknown_, problems);
    call.request.body = {};
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto source = waha::take_file(body.at("file").get_object(), problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto uploading =
        media_.upload_picture(session, std::move(source), gateway::PictureFit{cover_side, false, "file.url"},
                              media::MediaType::cover_photo);
    auto const uploaded = co_await std::move(uploading);
    if (!uploaded) co_return refused(uploaded.error(), session, no_profile);
    stanza::CoverPhoto photo{uploaded->id, uploaded->token, uploaded->time};
    Gateway::Question question = [photo](Engine& engine, Gateway::Done done) {
        engine.shop().set_cover(photo, std::move(done));
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const outcome = co_await std::move(asking);
    if (!outcome) co_return refused(outcome.error(), session, no_profile);
    json::object out;
    out["id"] = photo.id;
    co_return http::json_response(200, out);
}

Task<Response> BusinessRoutes::remove_cover(Call call)
{
    Gateway::Question question = [id = call.parameter("coverId")](Engine& engine, Gateway::Done done) {
        engine.shop().remove_cover(id, std::move(done));
    };
    auto changing = changed(waha::session_of(call), std::move(question), "No such cover photo");
    co_return co_await std::move(changing);
}

// ---------------------------------------------------------------------------- quick replies

Task<Response> BusinessRoutes::replies(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) { done(engine.app_state_sync().quick_replies()); };
    auto asking = gateway::ask_for<std::vector<QuickReply>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session, "No such quick reply");
    json::array out;
    for (auto const& reply : *found)
        out.emplace_back(reply_json(reply));
    co_return http::json_response(200, out);
}

Task<Response> BusinessRoutes::create_reply(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, reply_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [reply = to_reply(body)](Engine& engine, auto done) {
        engine.app_state_sync().create_quick_reply(reply, std::move(done));
    };
    auto asking = gateway::ask_for<QuickReply>(gateway_, session, std::move(question));
    auto const made = co_await std::move(asking);
    if (!made) co_return refused(made.error(), session, "No such quick reply");
    co_return http::json_response(201, reply_json(*made));
}

Task<Response> BusinessRoutes::edit_reply(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, reply_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto reply = to_reply(body);
    reply.id = call.parameter("replyId");
    auto const session = waha::session_of(call);
    auto question = [reply = std::move(reply)](Engine& engine, auto done) {
        engine.app_state_sync().edit_quick_reply(reply, std::move(done));
    };
    auto asking = gateway::ask_for<QuickReply>(gateway_, session, std::move(question));
    auto const now = co_await std::move(asking);
    if (!now) co_return refused(now.error(), session, "No such quick reply");
    co_return http::json_response(200, reply_json(*now));
}

Task<Response> BusinessRoutes::remove_reply(Call call)
{
    Gateway::Question question = [id = call.parameter("replyId")](Engine& engine, Gateway::Done done) {
        engine.app_state_sync().delete_quick_reply(id, told(std::move(done)));
    };
    auto changing = changed(waha::session_of(call), std::move(question), "No such quick reply");
    co_return co_await std::move(changing);
}

// ---------------------------------------------------------------------------- settings

Task<Response> BusinessRoutes::shown_settings(SessionKey session)
{
    struct Shown {
        engine::AccountSettings settings;
        std::vector<std::string> muted;
    };
    auto question = [](Engine& engine, auto done) {
        Shown found{engine.app_state_sync().settings(), {}};
        for (auto const& person : found.settings.muted_statuses)
            found.muted.push_back(waha::shown(person, engine.phone_of(person)));
        done(std::move(found));
    };
    auto asking = gateway::ask_for<Shown>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session, "No such settings");
    auto const& known = found->settings;
    json::array muted;
    for (auto const& person : found->muted)
        muted.emplace_back(person);
    json::object out;
    out["locale"] = value_or_null(known.locale);
    out["twentyFourHours"] = value_or_null(known.twenty_four_hours);
    out["unarchiveChats"] = value_or_null(known.unarchive_chats);
    out["linkPreviewsDisabled"] = value_or_null(known.link_previews_disabled);
    out["mutedStatuses"] = std::move(muted);
    co_return http::json_response(200, out);
}

Task<Response> BusinessRoutes::settings(Call call)
{
    auto showing = shown_settings(waha::session_of(call));
    co_return co_await std::move(showing);
}

Task<Response> BusinessRoutes::change_settings(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, settings_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (body.empty()) co_return http::invalid_request({"at least one field should be given"});
    auto const session = waha::session_of(call);
    for (auto const* name : {"unarchiveChats", "linkPreviewsDisabled"}) {
        if (!body.contains(name)) continue;
        bool const is_archive = std::string_view{name} == "unarchiveChats";
        Gateway::Question question = [flag = http::flag_at(body, name, false),
                                      is_archive](Engine& engine, Gateway::Done done) {
            auto& sync = engine.app_state_sync();
            if (is_archive)
                sync.set_unarchive_chats(flag, told(std::move(done)));
            else
                sync.set_link_previews(flag, told(std::move(done)));
        };
        auto asking = gateway_.ask(session, std::move(question));
        auto const outcome = co_await std::move(asking);
        if (!outcome) co_return refused(outcome.error(), session, "No such settings");
    }
    auto showing = shown_settings(session);
    co_return co_await std::move(showing);
}

Task<Response> BusinessRoutes::mute_status(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, mute_shape(), unknown_, problems);
    auto const person = person_in(call);
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (!person) co_return no_person();
    Gateway::Question question =
        [of = *person, muted = http::flag_at(body, "muted", true)](Engine& engine, Gateway::Done done) {
            engine.app_state_sync().mute_status(of, muted, told(std::move(done)));
        };
    auto changing = changed(waha::session_of(call), std::move(question), "No such contact");
    co_return co_await std::move(changing);
}

} // namespace wagate::v1
