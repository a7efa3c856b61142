#include "api/waha/channel_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/channel_directory.hpp"
#include "api/waha/channel_json.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

Response fixed_list(json::array (*make)())
{
    return http::json_response(200, make());
}

Task<Response> views(Call)
{
    co_return fixed_list(channel_views);
}

Task<Response> countries(Call)
{
    co_return fixed_list(channel_countries);
}

Task<Response> categories(Call)
{
    co_return fixed_list(channel_categories);
}

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return channel_rejection(rejection, session.name.value);
}

Response no_channel_id()
{
    return http::invalid_request({"id must be a channel id or an invite code"});
}

http::Shape const& create_shape()
{
    static http::Shape const shape{{
        Field::text("name").required().size_between(1, 100),
        Field::text("description").size_between(0, 2'048),
        Field::object("picture", file_shape()),
    }};
    return shape;
}

Field cursor_field()
{
    return Field::text("startCursor").size_between(0, 1'024);
}

Field texts_field(std::string name)
{
    return Field::list(std::move(name), Field::text("value").size_between(1, 64)).size_between(0, 100);
}

http::Shape const& text_search_shape()
{
    static http::Shape const shape{{
        Field::text("text").required().size_between(1, 256),
        texts_field("categories"),
        Field::integer("limit").between(1, 100),
        cursor_field(),
    }};
    return shape;
}

http::Shape const& view_search_shape()
{
    static http::Shape const shape{{
        Field::text("view").must([](json::value const& value) { return is_channel_view(value.get_string()); },
                                 "must be one of the following values: RECOMMENDED, TRENDING, POPULAR, NEW"),
        texts_field("countries"),
        texts_field("categories"),
        Field::integer("limit").between(1, 100),
        cursor_field(),
    }};
    return shape;
}

std::vector<std::string> texts_at(json::object const& body, std::string_view name)
{
    std::vector<std::string> out;
    if (auto const* list = http::list_at(body, name))
        for (auto const& value : *list)
            out.emplace_back(value.get_string().c_str());
    return out;
}

int limit_at(json::object const& body)
{
    return static_cast<int>(http::number_at(body, "limit").value_or(50));
}

} // namespace

void ChannelRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto handler) {
        router.add(method, path, Access::tenant, std::move(handler));
    };
    add("GET", "/api/{session}/channels", std::bind_front(&ChannelRoutes::list, this));
    router.add("POST", "/api/{session}/channels", Access::tenant,
               std::bind_front(&ChannelRoutes::create, this), body_bytes_);
    add("GET", "/api/{session}/channels/{id}", std::bind_front(&ChannelRoutes::show, this));
    add("DELETE", "/api/{session}/channels/{id}",
        std::bind_front(&ChannelRoutes::change, this, Change::remove));
    add("GET", "/api/{session}/channels/{id}/messages/preview",
        std::bind_front(&ChannelRoutes::preview, this));
    add("GET", "/api/v1/{session}/channels/{id}/messages", std::bind_front(&ChannelRoutes::preview, this));
    add("POST", "/api/{session}/channels/{id}/follow",
        std::bind_front(&ChannelRoutes::change, this, Change::follow));
    add("POST", "/api/{session}/channels/{id}/unfollow",
        std::bind_front(&ChannelRoutes::change, this, Change::unfollow));
    add("POST", "/api/{session}/channels/{id}/mute",
        std::bind_front(&ChannelRoutes::change, this, Change::mute));
    add("POST", "/api/{session}/channels/{id}/unmute",
        std::bind_front(&ChannelRoutes::change, this, Change::unmute));
    add("POST", "/api/{session}/channels/search/by-text",
        std::bind_front(&ChannelRoutes::search_by_text, this));
    add("POST", "/api/{session}/channels/search/by-view",
        std::bind_front(&ChannelRoutes::search_by_view, this));
    add("GET", "/api/{session}/channels/search/views", views);
    add("GET", "/api/{session}/channels/search/countries", countries);
    add("GET", "/api/{session}/channels/search/categories", categories);
}

Task<Response> ChannelRoutes::list(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const role = rules.choice("role", {"OWNER", "ADMIN", "SUBSCRIBER"});
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto question = [](engine::Engine& engine, auto done) { engine.channels().list(std::move(done)); };
    auto asking = gateway::ask_for<std::vector<channel::Channel>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    json::array out;
    for (auto const& channel : *found)
        if (!role || channel::role_name(channel.role) == *role) out.push_back(channel_json(channel));
    co_return http::json_response(200, out);
}

Task<Response> ChannelRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, create_shape(), unknown_, problems);
    std::optional<gateway::FileSource> file;
    if (auto* given = body.if_contains("picture"); given != nullptr && given->is_object())
        file = take_file(given->get_object(), problems, "picture");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    Bytes picture;
    if (file) {
        gateway::PictureFit fit;
        fit.name = "picture.url";
        auto making = media_.picture(session.tenant, std::move(*file), std::move(fit));
        auto made = co_await std::move(making);
        if (!made) co_return refused(made.error(), session);
        picture = std::move(*made);
    }
    auto question = [name = http::text_at(body, "name").value_or(""),
                     description = http::text_at(body, "description").value_or(""),
                     picture = std::move(picture)](engine::Engine& engine, auto done) {
        engine.channels().create(name, description, picture, std::move(done));
    };
    auto asking = gateway::ask_for<channel::Channel>(gateway_, session, std::move(question));
    auto const made = co_await std::move(asking);
    if (!made) co_return refused(made.error(), session);
    co_return http::json_response(201, channel_json(*made));
}

Task<Response> ChannelRoutes::show(Call call)
{
    auto const key = channel::parse_channel_key(call.parameter("id"));
    if (!key) co_return no_channel_id();
    auto const session = session_of(call);
    auto question = [key = *key](engine::Engine& engine, auto done) {
        engine.channels().info(key, std::move(done));
    };
    auto asking = gateway::ask_for<channel::Channel>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    co_return http::json_response(200, channel_json(*found));
}

Task<Response> ChannelRoutes::preview(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const limit = static_cast<int>(rules.integer("limit", 1, 100).value_or(10));
    auto const download = rules.flag("downloadMedia").value_or(false);
    auto const before = rules.integer("before", 1, INT64_MAX).value_or(0);
    auto const key = channel::parse_channel_key(call.parameter("id"));
    if (!key) co_return no_channel_id();
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto question = [key = *key, limit, before](engine::Engine& engine, auto done) {
        engine.channels().posts(key, limit, before, std::move(done));
    };
    auto asking = gateway::ask_for<std::vector<channel::ChannelPost>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session);
    auto const place = links_.of(session);
    json::array out;
    for (auto const& post : *found) {
        auto shown = channel_post_json(post, download ? &place : nullptr);
        auto* const file = shown["message"].as_object()["media"].if_object();
        if (file != nullptr) {
            auto fetching = media_.fetch_of(session, post.message);
            auto const fetched = co_await std::move(fetching);
            if (!fetched) {
                (*file)["url"] = nullptr;
                (*file)["error"] = fetched.error().detail;
            }
        }
        out.push_back(std::move(shown));
    }
    co_return http::json_response(200, out);
}

Task<Response> ChannelRoutes::change(Change what, Call call)
{
    auto const key = channel::parse_channel_key(call.parameter("id"));
    if (!key || !key->jid) co_return http::invalid_request({"id must be a channel id"});
    auto const session = session_of(call);
    gateway::Gateway::Question question = [what, jid = *key->jid](engine::Engine& engine,
                                                                  gateway::Gateway::Done done) {
        auto& channels = engine.channels();
        switch (what) {
        case Change::remove: return channels.remove(jid, std::move(done));
        case Change::follow: return channels.follow(jid, std::move(done));
        case Change::unfollow: return channels.unfollow(jid, std::move(done));
        case Change::mute: return channels.mute(jid, true, std::move(done));
        case Change::unmute: return channels.mute(jid, false, std::move(done));
        }
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const done = co_await std::move(asking);
    if (!done) co_return refused(done.error(), session);
    json::object body;
    body["success"] = true;
    co_return http::json_response(what == Change::remove ? 200 : 201, body);
}

Task<Response> ChannelRoutes::search_by_text(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, text_search_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto question = [text = http::text_at(body, "text").value_or(""),
                     categories = texts_at(body, "categories"), limit = limit_at(body),
                     cursor = http::text_at(body, "startCursor").value_or("")](engine::Engine& engine,
                                                                               auto done) {
        engine.channels().search(text, categories, limit, cursor, std::move(done));
    };
    auto asking = gateway::ask_for<channel::ChannelPage>(gateway_, session, std::move(question));
    auto const page = co_await std::move(asking);
    if (!page) co_return refused(page.error(), session);
    co_return http::json_response(200, channel_page_json(*page));
}

Task<Response> ChannelRoutes::search_by_view(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, view_search_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto wanted = texts_at(body, "countries");
    if (wanted.empty()) wanted.emplace_back("US");
    auto question = [view = http::text_at(body, "view").value_or("RECOMMENDED"), wanted = std::move(wanted),
                     categories = texts_at(body, "categories"), limit = limit_at(body),
                     cursor = http::text_at(body, "startCursor").value_or("")](engine::Engine& engine,
                                                                               auto done) {
        engine.channels().directory(view, wanted, categories, limit, cursor, std::move(done));
    };
    auto asking = gateway::ask_for<channel::ChannelPage>(gateway_, session, std::move(question));
    auto const page = co_await std::move(asking);
    if (!page) co_return refused(page.error(), session);
    co_return http::json_response(200, channel_page_json(*page));
}

} // namespace wagate::waha
