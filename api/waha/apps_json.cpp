#include "api/waha/apps_json.hpp"

#include "api/waha/key_routes.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Field;
using http::Shape;

constexpr std::size_t shortest_secret = 16;

bool is_id(json::value const& value)
{
    auto const& text = value.get_string();
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_' || c == '.';
    });
}

bool is_web_address(json::value const& value)
{
    auto const& text = value.get_string();
    auto const parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
    return parsed && !parsed->host().empty() && !parsed->has_query() && !parsed->has_userinfo() &&
           (parsed->scheme_id() == boost::urls::scheme::http ||
            parsed->scheme_id() == boost::urls::scheme::https);
}

/// The free-form members of another app's configuration are kept as they are; here only their type counts.
Field free_object(std::string name)
{
    return Field::text_map(std::move(name)).size_between(0, 256);
}

Field call_rule(std::string name)
{
    Shape shape;
    shape.fields.push_back(Field::boolean("reject"));
    shape.fields.push_back(Field::text("message").size_between(0, 4'096));
    shape.fields.push_back(Field::number("waitBeforeDecline").between(0, 60));
    shape.fields.push_back(Field::number("waitBeforeResponse").between(0, 3'600));
    return Field::object(std::move(name), std::move(shape));
}

Shape const& calls_shape()
{
    static Shape const shape{{call_rule("dm"), call_rule("group")}};
    return shape;
}

Shape const& mcp_shape()
{
    // The key is the server's to say; what comes back from a GET is dropped.
    static Shape const shape{{actions_field(), Field::text("key"), Field::text("key_id")}};
    return shape;
}

Shape const& chatwoot_shape()
{
    static Shape const shape = [] {
        Shape commands;
        commands.fields.push_back(Field::boolean("server"));
        commands.fields.push_back(Field::boolean("queue"));
        Shape conversations;
        conversations.fields.push_back(Field::boolean("markAsRead"));
        conversations.fields.push_back(Field::text("sort"));
        conversations.fields.push_back(Field::list("status", Field::text("status")));
        Shape config;
        config.fields.push_back(
            Field::text("url").required().size_between(1, 512).must(is_web_address, "must be a URL address"));
        config.fields.push_back(Field::integer("accountId").required().between(1, 1e15));
        config.fields.push_back(Field::text("accountToken").required().size_between(1, 256));
        config.fields.push_back(Field::integer("inboxId").required().between(1, 1e15));
        config.fields.push_back(Field::text("inboxIdentifier").required().size_between(1, 256));
        config.fields.push_back(Field::text("linkPreview").one_of({"OFF", "LG", "HG"}));
        config.fields.push_back(Field::text("locale").size_between(1, 32));
        config.fields.push_back(free_object("templates"));
        config.fields.push_back(Field::object("commands", std::move(commands)));
        config.fields.push_back(Field::object("conversations", std::move(conversations)));
        return config;
    }();
    return shape;
}

gateway::CallRule rule_in(json::object const& config, std::string_view name)
{
    gateway::CallRule rule;
    auto const* given = http::object_at(config, name);
    if (given == nullptr) return rule;
    auto const seconds = [&](std::string_view member) {
        return std::chrono::seconds(static_cast<std::int64_t>(http::number_at(*given, member).value_or(0)));
    };
    rule.reject = http::flag_at(*given, "reject", true);
    rule.message = http::text_at(*given, "message").value_or("");
    rule.decline_after = seconds("waitBeforeDecline");
    rule.respond_after = seconds("waitBeforeResponse");
    return rule;
}

gateway::ChatwootApp chatwoot_in(json::object const& config)
{
    gateway::ChatwootApp app;
    app.url = http::text_at(config, "url").value_or("");
    while (app.url.ends_with('/'))
        app.url.pop_back();
    app.account = static_cast<std::int64_t>(http::number_at(config, "accountId").value_or(0));
    app.account_token = http::text_at(config, "accountToken").value_or("");
    app.inbox = static_cast<std::int64_t>(http::number_at(config, "inboxId").value_or(0));
    app.inbox_identifier = http::text_at(config, "inboxIdentifier").value_or("");
    return app;
}

/// The accepted configuration, and what it means.
json::object accept_config(json::value const& given, std::string const& kind, http::UnknownFields unknown,
                           gateway::App& app, std::vector<std::string>& problems)
{
    if (kind == "calls") {
        auto config = http::accept(given, calls_shape(), unknown, problems);
        app.work = gateway::CallsApp{rule_in(config, "dm"), rule_in(config, "group")};
        return config;
    }
    if (kind == "mcp") {
        auto config = http::accept(given, mcp_shape(), unknown, problems);
        config.erase("key");
        config.erase("key_id");
        app.work = gateway::McpApp{};
        return config;
    }
    auto config = http::accept(given, chatwoot_shape(), unknown, problems);
    app.work = chatwoot_in(config);
    if (app.id.size() < shortest_secret)
        problems.emplace_back("id must have at least 16 characters: it is the secret of Chatwoot's webhook");
    return config;
}

/// @param in_session its session need not be named
Shape make_app_shape(bool in_session)
{
    Shape shape;
    shape.fields.push_back(Field::text("id").required().size_between(1, 128).must(
        is_id, "must consist of letters, digits, '-', '_' and '.'"));
    auto session = Field::text("session").size_between(1, 64);
    shape.fields.push_back(in_session ? std::move(session) : std::move(session).required());
    shape.fields.push_back(Field::text("app").required().one_of({"chatwoot", "calls", "mcp"}));
    shape.fields.push_back(Field::boolean("enabled"));
    shape.fields.push_back(Field::any("config").required());
    return shape;
}

} // namespace

Field app_field(std::string name)
{
    return Field::object(std::move(name), make_app_shape(true));
}

Shape const& app_shape()
{
    static Shape const shape = make_app_shape(false);
    return shape;
}

std::optional<gateway::App> to_app(json::object const& accepted, SessionKey session,
                                   http::UnknownFields unknown, std::string const& prefix,
                                   std::vector<std::string>& problems)
{
    gateway::App app;
    app.session = std::move(session);
    app.id = http::text_at(accepted, "id").value_or("");
    app.enabled = http::flag_at(accepted, "enabled", true);
    auto const* given = accepted.if_contains("config");
    std::vector<std::string> own;
    if (given != nullptr && !given->is_object()) own.emplace_back("config must be an object");
    auto const config = own.empty()
                            ? accept_config(given != nullptr ? *given : json::value(json::object()),
                                            http::text_at(accepted, "app").value_or(""), unknown, app, own)
                            : json::object();
    for (auto const& problem : own)
        problems.push_back(prefix + problem);
    if (!own.empty()) return std::nullopt;
    app.config_json = http::stable_json(config);
    return app;
}

std::optional<gateway::App> parse_app(storage::AppRow const& row)
{
    auto const config = http::parse_json(row.config_json);
    if (!config) return std::nullopt;
    json::object body;
    body["id"] = row.id;
    body["app"] = row.kind;
    body["enabled"] = row.enabled;
    body["config"] = *config;
    std::vector<std::string> problems;
    return to_app(body, row.session, http::UnknownFields::dropped, "", problems);
}

json::object app_json(gateway::App const& app)
{
    json::object out;
    out["id"] = app.id;
    out["session"] = app.session.name.value;
    out["app"] = gateway::app_kind(app);
    out["enabled"] = app.enabled;
    out["config"] = json::object();
    if (auto config = http::parse_json(app.config_json)) out["config"] = std::move(*config);
    return out;
}

} // namespace wagate::waha
