#include "api/waha/session_config.hpp"

#include "api/waha/event_names.hpp"
#include "gateway/egress/url.hpp"
#include "gateway/egress/userinfo.hpp"
#include "protocol/base/encoding.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Field;
using http::Shape;

constexpr std::size_t shortest_signing_key = 24;
constexpr std::size_t longest_signing_key = 64;
constexpr std::string_view hidden_password = "***"; ///< of a proxy, in answers

std::string_view text_of(json::value const& value)
{
    auto const& text = value.get_string();
    return {text.data(), text.size()};
}

bool is_web_url(json::value const& value)
{
    return egress::parse_http_url(egress::take_userinfo(text_of(value)).url).has_value();
}

bool is_known_event(json::value const& value)
{
    return is_subscription(text_of(value));
}

/// A field name that a webhook may set: a token, and none that frames the message (RFC 9110 5.1).
bool is_custom_header(json::value const& value)
{
    auto const name = text_of(value);
    constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
    auto const is_token_char = [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               symbols.find(c) != std::string_view::npos;
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_char)) return false;
    constexpr std::string_view framing[] = {"Host",       "Content-Length", "Transfer-Encoding",
                                            "Connection", "Expect",         "Upgrade"};
    return std::none_of(std::begin(framing), std::end(framing),
                        [&](auto own) { return http::equal_ignoring_case(own, name); });
}

bool is_header_value(json::value const& value)
{
    auto const text = text_of(value);
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
}

/// Standard Webhooks: whsec_ and the key in base64.
std::optional<Bytes> signing_key(std::string_view secret)
{
    constexpr std::string_view prefix = "whsec_";
    if (!secret.starts_with(prefix)) return std::nullopt;
    auto key = base64_decode(secret.substr(prefix.size()));
    if (!key || key->size() < shortest_signing_key || key->size() > longest_signing_key) return std::nullopt;
    return key;
}

bool is_signing_secret(json::value const& value)
{
    return signing_key(text_of(value)).has_value();
}

/// WAHA's form names no scheme and means HTTP.
std::optional<transport::Proxy> proxy_at(std::string_view server)
{
    transport::Proxy proxy;
    constexpr std::string_view http = "http://";
    constexpr std::string_view socks = "socks5://";
    if (server.starts_with(socks)) {
        proxy.kind = transport::Proxy::Kind::socks5;
        server.remove_prefix(socks.size());
    } else if (server.starts_with(http)) {
        server.remove_prefix(http.size());
    }
    auto const colon = server.rfind(':');
    auto const url = egress::parse_url("http://" + std::string(server), {"http"});
    if (!url || colon == std::string_view::npos || server.ends_with(']') || url->port == 0 ||
        url->target != "/" || server.ends_with('/'))
        return std::nullopt;
    proxy.host = url->host;
    proxy.port = url->port;
    return proxy;
}

bool is_proxy_server(json::value const& value)
{
    return proxy_at(text_of(value)).has_value();
}

Field flags(std::string name, std::vector<std::string> members)
{
    Shape shape;
    for (auto& member : members)
        shape.fields.push_back(Field::boolean(std::move(member)));
    return Field::object(std::move(name), std::move(shape));
}

Field webhook_field()
{
    Shape hmac;
    hmac.fields.push_back(Field::text("key").size_between(1, 1024));
    hmac.fields.push_back(Field::boolean("sha256"));

    Shape signing;
    signing.fields.push_back(
        Field::list("secrets", Field::text("secret").must(is_signing_secret,
                                                          "must be whsec_ and 24 to 64 bytes in base64"))
            .required()
            .size_between(1, 2));

    Shape retries;
    retries.fields.push_back(Field::text("policy").one_of({"linear", "exponential", "constant"}));
    retries.fields.push_back(Field::number("delaySeconds").between(0, 86'400));
    retries.fields.push_back(Field::integer("attempts").between(0, 1'000));

    Shape header;
    header.fields.push_back(Field::text("name").required().size_between(1, 256).must(
        is_custom_header, "must be a header name that a webhook may set"));
    header.fields.push_back(Field::text("value").required().size_between(0, 4096).must(
        is_header_value, "must not contain control characters"));

    Shape webhook;
    webhook.fields.push_back(
        Field::text("url").required().size_between(1, 2048).must(is_web_url, "must be a URL address"));
    webhook.fields.push_back(
        Field::list("events", Field::text("event").must(is_known_event, "must be a known event name"))
            .required()
            .size_between(1, 64));
    webhook.fields.push_back(Field::object("hmac", std::move(hmac)));
    webhook.fields.push_back(Field::object("signing", std::move(signing)));
    webhook.fields.push_back(flags("tls", {"verify"}));
    webhook.fields.push_back(Field::object("retries", std::move(retries)));
    webhook.fields.push_back(
        Field::list("customHeaders", Field::object("header", std::move(header))).size_between(0, 32));
    return Field::object("webhook", std::move(webhook));
}

/// WAHA's fullSync means all there is; the own object says it more exactly and wins.
engine::HistoryOptions history_of(json::object const& accepted)
{
    engine::HistoryOptions options;
    if (auto const* noweb = http::object_at(accepted, "noweb")) {
        auto const* store = http::object_at(*noweb, "store");
        if (store && http::flag_at(*store, "fullSync", false)) options.policy = engine::HistoryPolicy::full;
    }
    auto const* history = http::object_at(accepted, "history");
    if (!history) return options;
    if (auto const policy = http::text_at(*history, "policy")) {
        if (*policy == "none") options.policy = engine::HistoryPolicy::none;
        if (*policy == "recent") options.policy = engine::HistoryPolicy::recent;
        if (*policy == "full") options.policy = engine::HistoryPolicy::full;
    }
    options.days = static_cast<std::uint32_t>(http::number_at(*history, "days").value_or(0));
    options.media = http::flag_at(*history, "media", false);
    return options;
}

gateway::IgnoreRules ignore_of(json::object const& accepted)
{
    gateway::IgnoreRules rules;
    auto const* ignore = http::object_at(accepted, "ignore");
    if (ignore == nullptr) return rules;
    auto const read = [&](std::string_view name, std::optional<bool>& target) {
        if (auto const* value = ignore->if_contains(name); value != nullptr && value->is_bool())
            target = value->get_bool();
    };
    read("status", rules.status);
    read("groups", rules.groups);
    read("channels", rules.channels);
    read("broadcast", rules.broadcast);
    read("dm", rules.dm);
    return rules;
}

/// Minutes since midnight of `22:30`; nothing for anything else.
std::optional<std::chrono::minutes> time_of_day(std::string_view text)
{
    auto const digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || !digit(0) || !digit(1) || text[2] != ':' || !digit(3) || !digit(4))
        return std::nullopt;
    int const hours = (text[0] - '0') * 10 + (text[1] - '0');
    int const minutes = (text[3] - '0') * 10 + (text[4] - '0');
    if (hours > 23 || minutes > 59) return std::nullopt;
    return std::chrono::minutes{hours * 60 + minutes};
}

/// Of `+05:30`.
std::optional<std::chrono::minutes> offset_in(std::string_view text)
{
    constexpr std::chrono::hours largest{14};
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    auto const minutes = time_of_day(text.substr(1));
    if (!minutes || *minutes > largest) return std::nullopt;
    return text.front() == '-' ? -*minutes : *minutes;
}

bool is_time_of_day(json::value const& value)
{
    return time_of_day(text_of(value)).has_value();
}

bool is_utc_offset(json::value const& value)
{
    return offset_in(text_of(value)).has_value();
}

Field sending_field()
{
    constexpr double hour = 3'600'000;
    Shape warm_up;
    warm_up.fields.push_back(Field::integer("firstDay").required().between(1, 100'000));
    warm_up.fields.push_back(Field::number("growth").between(1, 10));
    warm_up.fields.push_back(Field::integer("days").between(1, 365));
    Shape quiet;
    for (auto const* name : {"from", "until"})
        quiet.fields.push_back(
            Field::text(name).required().must(is_time_of_day, "must be a time of day like 22:30"));
    Shape sending;
    sending.fields.push_back(Field::integer("minGapMs").between(0, hour));
    sending.fields.push_back(Field::integer("jitterMs").between(0, hour));
    sending.fields.push_back(
        Field::integer("messagesPerMinute").between(0, engine::SendingPolicy::most_per_minute));
    sending.fields.push_back(Field::integer("newChatsPerDay").between(0, 100'000));
    sending.fields.push_back(Field::object("warmUp", std::move(warm_up)));
    sending.fields.push_back(Field::object("quietHours", std::move(quiet)));
    sending.fields.push_back(
        Field::text("utcOffset").must(is_utc_offset, "must be an offset like +02:00, up to 14 hours"));
    sending.fields.push_back(Field::boolean("pauseInTimeLock"));
    return Field::object("sending", std::move(sending));
}

engine::SendingOptions sending_of(json::object const& accepted)
{
    engine::SendingOptions options;
    auto const* sending = http::object_at(accepted, "sending");
    if (sending == nullptr) return options;
    auto const number = [](json::object const& object, std::string_view name, std::uint32_t otherwise) {
        auto const value = http::number_at(object, name);
        return value ? static_cast<std::uint32_t>(*value) : otherwise;
    };
    options.min_gap = Milliseconds{number(*sending, "minGapMs", 0)};
    options.jitter = Milliseconds{number(*sending, "jitterMs", 0)};
    options.messages_per_minute = number(*sending, "messagesPerMinute", 0);
    options.new_chats_per_day = number(*sending, "newChatsPerDay", 0);
    if (auto const* given = http::object_at(*sending, "warmUp")) {
        engine::SendingOptions::WarmUp warm_up;
        warm_up.first_day = number(*given, "firstDay", warm_up.first_day);
        warm_up.growth = http::number_at(*given, "growth").value_or(warm_up.growth);
        warm_up.days = number(*given, "days", warm_up.days);
        options.warm_up = warm_up;
    }
    if (auto const* given = http::object_at(*sending, "quietHours")) {
        engine::SendingOptions::QuietHours quiet;
        quiet.from = *time_of_day(*http::text_at(*given, "from"));
        quiet.until = *time_of_day(*http::text_at(*given, "until"));
        options.quiet_hours = quiet;
    }
    if (auto const offset = http::text_at(*sending, "utcOffset")) options.utc_offset = *offset_in(*offset);
    options.pause_in_time_lock = http::flag_at(*sending, "pauseInTimeLock", true);
    return options;
}

gateway::RetryPolicy policy_of(std::string_view name)
{
    if (name == "linear") return gateway::RetryPolicy::linear;
    if (name == "exponential") return gateway::RetryPolicy::exponential;
    return gateway::RetryPolicy::constant;
}

gateway::WebhookConfig to_webhook(json::object const& accepted)
{
    gateway::WebhookConfig webhook;
    webhook.url = http::text_at(accepted, "url").value_or("");
    for (auto const& event : *http::list_at(accepted, "events"))
        webhook.events.emplace_back(text_of(event));
    if (auto const* hmac = http::object_at(accepted, "hmac")) {
        webhook.hmac_key = http::text_at(*hmac, "key");
        webhook.sha256_too = http::flag_at(*hmac, "sha256", false);
    }
    if (auto const* signing = http::object_at(accepted, "signing")) {
        for (auto const& secret : *http::list_at(*signing, "secrets"))
            webhook.signing_keys.push_back(*signing_key(text_of(secret)));
    }
    if (auto const* tls = http::object_at(accepted, "tls"))
        webhook.verify_tls = http::flag_at(*tls, "verify", true);
    if (auto const* retries = http::object_at(accepted, "retries")) {
        webhook.retries_given = true;
        webhook.policy = policy_of(http::text_at(*retries, "policy").value_or("constant"));
        webhook.delay_seconds = http::number_at(*retries, "delaySeconds").value_or(webhook.delay_seconds);
        webhook.attempts = static_cast<int>(http::number_at(*retries, "attempts").value_or(webhook.attempts));
    }
    if (auto const* headers = http::list_at(accepted, "customHeaders")) {
        for (auto const& header : *headers)
            webhook.custom_headers.emplace_back(text_of(header.at("name")), text_of(header.at("value")));
    }
    return webhook;
}

void default_to(json::object& object, std::string_view name, json::value const& otherwise)
{
    if (!object.contains(name)) object[name] = otherwise;
}

} // namespace

Field config_field()
{
    Shape store;
    store.fields.push_back(Field::boolean("enabled"));
    store.fields.push_back(Field::boolean("fullSync"));
    Shape history;
    history.fields.push_back(Field::text("policy").one_of({"none", "recent", "full"}));
    history.fields.push_back(Field::integer("days").between(1, 3'650));
    history.fields.push_back(Field::boolean("media"));
    Shape noweb;
    noweb.fields.push_back(Field::boolean("markOnline"));
    noweb.fields.push_back(Field::object("store", std::move(store)));
    Shape gows;
    gows.fields.push_back(
        flags("storage", {"messages", "groups", "chats", "labels", "contacts", "messageSecrets"}));
    Shape client;
    client.fields.push_back(Field::text("deviceName").size_between(1, 64));
    client.fields.push_back(Field::text("browserName").size_between(1, 64));

    Shape config;
    config.fields.push_back(Field::text_map("metadata").size_between(0, 64));
    Shape proxy;
    proxy.fields.push_back(Field::text("server").required().size_between(1, 512).must(
        is_proxy_server, "must be host:port, http://host:port or socks5://host:port"));
    proxy.fields.push_back(Field::text("username").size_between(0, 255));
    proxy.fields.push_back(Field::text("password").size_between(0, 255));
    config.fields.push_back(Field::object("proxy", std::move(proxy)));
    config.fields.push_back(Field::boolean("debug"));
    config.fields.push_back(flags("ignore", {"status", "groups", "channels", "broadcast", "dm"}));
    config.fields.push_back(sending_field());
    config.fields.push_back(Field::text("ids").one_of({"phone", "lid"}));
    config.fields.push_back(Field::object("client", std::move(client)));
    config.fields.push_back(Field::object("history", std::move(history)));
    config.fields.push_back(Field::object("noweb", std::move(noweb)));
    config.fields.push_back(Field::object("gows", std::move(gows)));
    config.fields.push_back(flags("webjs", {"tagsEventsOn"}));
    config.fields.push_back(Field::list("webhooks", webhook_field()).size_between(0, 16));
    return Field::object("config", std::move(config));
}

gateway::SessionConfig to_session_config(json::object const& accepted)
{
    gateway::SessionConfig config;
    if (auto const* metadata = http::object_at(accepted, "metadata")) {
        for (auto const& member : *metadata)
            config.metadata.emplace_back(std::string(member.key()), std::string(text_of(member.value())));
    }
    if (auto const* webhooks = http::list_at(accepted, "webhooks")) {
        for (auto const& webhook : *webhooks)
            config.webhooks.push_back(to_webhook(webhook.get_object()));
    }
    if (auto const* client = http::object_at(accepted, "client")) {
        config.device_name = http::text_at(*client, "deviceName").value_or("");
        config.browser_name = http::text_at(*client, "browserName").value_or("");
    }
    if (auto const* noweb = http::object_at(accepted, "noweb"))
        config.mark_online = http::flag_at(*noweb, "markOnline", false);
    config.history = history_of(accepted);
    config.ignore = ignore_of(accepted);
    config.sending = sending_of(accepted);
    if (http::text_at(accepted, "ids") == "lid") config.shown_ids = gateway::ShownIds::lid;
    if (auto const* proxy = http::object_at(accepted, "proxy")) {
        config.proxy = proxy_at(http::text_at(*proxy, "server").value_or(""));
        if (config.proxy) {
            config.proxy->username = http::text_at(*proxy, "username").value_or("");
            config.proxy->password = http::text_at(*proxy, "password").value_or("");
        }
    }
    config.raw_json = http::stable_json(accepted);
    return config;
}

std::optional<gateway::SessionConfig> parse_session_config(std::string_view text)
{
    auto parsed = http::parse_json(text);
    if (!parsed) return std::nullopt;
    json::object outer;
    outer["config"] = std::move(*parsed);
    Shape shape;
    shape.fields.push_back(config_field());
    std::vector<std::string> problems;
    auto const accepted = http::accept(outer, shape, http::UnknownFields::dropped, problems);
    auto const* config = http::object_at(accepted, "config");
    if (!problems.empty() || !config) return std::nullopt;
    return to_session_config(*config);
}

bool hides_password(gateway::SessionConfig const& config)
{
    return config.proxy && config.proxy->password == hidden_password;
}

void take_password(gateway::SessionConfig& config, gateway::SessionConfig const& before)
{
    auto raw = http::parse_json(config.raw_json);
    if (!config.proxy || !before.proxy || !raw || !raw->is_object()) return;
    config.proxy->password = before.proxy->password;
    raw->get_object()["proxy"].get_object()["password"] = before.proxy->password;
    config.raw_json = http::stable_json(*raw);
}

json::object config_json(gateway::SessionConfig const& config)
{
    json::object out;
    auto const raw = http::parse_json(config.raw_json);
    if (raw && raw->is_object()) out = raw->get_object();
    default_to(out, "metadata", json::object());
    default_to(out, "proxy", nullptr);
    if (auto* proxy = out["proxy"].if_object()) {
        default_to(*proxy, "username", nullptr);
        default_to(*proxy, "password", nullptr);
        if ((*proxy)["password"].is_string()) (*proxy)["password"] = hidden_password;
    }
    default_to(out, "debug", false);
    default_to(out, "webhooks", json::array());
    for (auto& webhook : out["webhooks"].get_array()) {
        for (auto const* name : {"hmac", "retries", "customHeaders"})
            default_to(webhook.get_object(), name, nullptr);
    }
    return out;
}

} // namespace wagate::waha
