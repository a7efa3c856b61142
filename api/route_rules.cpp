#include "api/route_rules.hpp"

#include <algorithm>
#include <iterator>

namespace wagate {
namespace {

using http::RouteRule;
using http::Scope;
using http::Scopes;
using http::SessionPlace;

constexpr RouteRule of_tenant{{}, SessionPlace::nowhere, true};
constexpr RouteRule any_key{{}, SessionPlace::nowhere};
constexpr RouteRule own_session{{}, SessionPlace::path};
constexpr RouteRule read_own{Scope::read, SessionPlace::path};
constexpr RouteRule control_own{Scope::control, SessionPlace::path};
/// The endpoint shows what belongs to the key's session.
constexpr RouteRule filtered{Scope::read, SessionPlace::nowhere};

struct Row {
    std::string_view method;
    std::string_view path;
    RouteRule rule;
};

constexpr Row rows[] = {
    // sessions
    {"GET", "/api/sessions", any_key}, // only its own
    {"POST", "/api/sessions", {Scope::control | Scope::setting, SessionPlace::body_name}},
    {"GET", "/api/sessions/{session}", own_session},
    {"GET", "/api/sessions/{session}/me", own_session},
    {"PUT", "/api/sessions/{session}", {Scope::setting, SessionPlace::path}},
    {"DELETE", "/api/sessions/{session}", {Scope::erase, SessionPlace::path}},
    {"POST", "/api/sessions/{session}/start", control_own},
    {"POST", "/api/sessions/{session}/stop", control_own},
    {"POST", "/api/sessions/{session}/restart", control_own},
    {"POST", "/api/sessions/{session}/logout", control_own},
    {"POST", "/api/sessions/start", {Scope::control | Scope::setting, SessionPlace::body_name}},
    {"POST", "/api/sessions/stop", {Scope::control, SessionPlace::body_name}},
    {"POST", "/api/sessions/logout", {Scope::erase, SessionPlace::body_name}},
    {"POST", "/api/v1/{session}/webhooks/{endpoint}/enable", {Scope::setting, SessionPlace::path}},
    {"PUT", "/api/v1/{session}/push", {Scope::setting, SessionPlace::path}},
    {"DELETE", "/api/v1/{session}/contacts/{contactId}/data", {Scope::erase, SessionPlace::path}},
    // pairing
    {"GET", "/api/{session}/auth/qr", control_own},
    {"POST", "/api/{session}/auth/request-code", control_own},
    {"GET", "/api/{session}/auth/passkey/challenge", control_own},
    {"POST", "/api/{session}/auth/passkey", control_own},
    {"GET", "/api/{session}/auth/passkey/confirmation", control_own},
    {"POST", "/api/{session}/auth/passkey/confirm", control_own},
    {"GET", "/api/screenshot", {Scope::control, SessionPlace::query}},
    // reading by other methods, and the reverse
    {"GET", "/api/sendText", {Scope::send, SessionPlace::query}},
    {"POST", "/api/{session}/chats/overview", read_own},
    {"POST", "/api/{session}/channels/search/by-text", read_own},
    {"POST", "/api/{session}/channels/search/by-view", read_own},
    {"POST", "/api/{session}/groups/refresh", read_own},
    {"POST", "/api/v1/{session}/contacts/info", read_own},
    {"POST", "/api/{session}/presence/{chatId}/subscribe", read_own},
    {"GET", "/api/files/{session}/{file}", own_session},
    // events
    {"GET", "/ws", filtered},
    {"POST", "/api/v1/ws-ticket", filtered},
    {"GET", "/api/v1/events", filtered},
    {"GET", "/api/v1/events/stream", filtered},
    // apps: the endpoint knows the session of an id
    {"GET", "/api/apps", {Scope::app, SessionPlace::query}},
    {"POST", "/api/apps", {Scope::app, SessionPlace::body}},
    {"GET", "/api/apps/{id}", {Scope::app, SessionPlace::nowhere}},
    {"PUT", "/api/apps/{id}", {Scope::app, SessionPlace::body}},
    {"DELETE", "/api/apps/{id}", {Scope::app, SessionPlace::nowhere}},
    {"POST", "/mcp", any_key}, // each tool has the rule of its route
    // the server
    {"GET", "/api/server/version", any_key},
    {"GET", "/api/server/status", any_key},
    {"GET", "/api/version", any_key},
    {"GET", "/api/server/environment", of_tenant},
    {"POST", "/api/server/stop", of_tenant},
    // the tenant
    {"GET", "/api/keys", of_tenant},
    {"POST", "/api/keys", of_tenant},
    {"PUT", "/api/keys/{id}", of_tenant},
    {"DELETE", "/api/keys/{id}", of_tenant},
    {"POST", "/api/keys/media", of_tenant},
    {"POST", "/api/keys/control", of_tenant},
    {"GET", "/api/v1/keys", of_tenant},
    {"POST", "/api/v1/keys", of_tenant},
    {"GET", "/api/v1/keys/{id}", of_tenant},
    {"PATCH", "/api/v1/keys/{id}", of_tenant},
    {"DELETE", "/api/v1/keys/{id}", of_tenant},
    {"POST", "/api/v1/keys/{id}/rotate", of_tenant},
    {"GET", "/api/v1/tenants", of_tenant},
    {"POST", "/api/v1/tenants", of_tenant},
    // What a session may use is decided by those who may do more.
    {"PUT", "/api/v1/sessions/{session}/limits", of_tenant},
    {"GET", "/api/v1/master-key", of_tenant},
    {"POST", "/api/v1/master-key/rotate", of_tenant},
    {"GET", "/api/v1/tenants/{tenant}/key", of_tenant},
    {"POST", "/api/v1/tenants/{tenant}/key/rotate", of_tenant},
    {"GET", "/api/v1/dead-letters", of_tenant},
    {"DELETE", "/api/v1/dead-letters", of_tenant},
    {"POST", "/api/v1/dead-letters/replay", of_tenant},
    {"DELETE", "/api/v1/dead-letters/{id}", of_tenant},
};

} // namespace

RouteRule rule_of_route(std::string_view method, std::string_view path)
{
    auto const* const named = std::find_if(std::begin(rows), std::end(rows), [&](Row const& row) {
        return row.method == method && row.path == path;
    });
    if (named != std::end(rows)) return named->rule;
    bool const names_session =
        path.find("/{session}/") != std::string_view::npos || path.ends_with("/{session}");
    if (!names_session && (path.starts_with("/api/v1/") || !path.starts_with("/api/"))) return of_tenant;
    bool const reads = method == "GET";
    RouteRule rule{reads ? Scopes(Scope::read) : Scopes(Scope::send)};
    if (names_session)
        rule.place = SessionPlace::path;
    else
        rule.place = reads ? SessionPlace::query : SessionPlace::body;
    return rule;
}

} // namespace wagate
