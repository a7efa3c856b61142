#include "api/audit_rules.hpp"

#include "api/route_rules.hpp"

#include <algorithm>
#include <iterator>

namespace wagate {
namespace {

/// Shows a secret that opens the tenant's events, like a key.
constexpr std::string_view ticket_path = "/api/v1/ws-ticket";

struct Row {
    std::string_view method;
    std::string_view path;
    AuditRule rule;
};

constexpr std::string_view kept_fields = "messages events deadLetters media";
constexpr std::string_view key_fields = "name sessions scopes networks isActive expiresAt";
constexpr std::string_view limit_fields =
    "sessions webhook_endpoints storage_bytes messages_per_minute new_chats_per_day requests_per_second "
    "requests_burst request_bytes_per_minute concurrent_requests";

constexpr Row rows[] = {
    // sessions
    {"POST", "/api/sessions", {"session.created", "start config.*", "name", "name"}},
    {"PUT", "/api/sessions/{session}", {"session.configured", "config.*", "", ""}},
    {"DELETE", "/api/sessions/{session}", {"session.deleted", "", "", ""}},
    {"POST", "/api/sessions/{session}/start", {"session.started", "", "", ""}},
    {"POST", "/api/sessions/{session}/stop", {"session.stopped", "", "", ""}},
    {"POST", "/api/sessions/{session}/restart", {"session.restarted", "", "", ""}},
    {"POST", "/api/sessions/{session}/logout", {"session.logout", "", "", ""}},
    {"POST", "/api/sessions/start", {"session.started", "config.*", "name", ""}},
    {"POST", "/api/sessions/stop", {"session.stopped", "logout", "name", ""}},
    {"POST", "/api/sessions/logout", {"session.logout", "", "name", ""}},
    // pairing
    {"GET", "/api/{session}/auth/qr", {"pairing.code-shown", "", "", ""}},
    {"POST", "/api/{session}/auth/request-code", {"pairing.code-shown", "", "", ""}},
    {"POST", "/api/{session}/auth/passkey", {"pairing.passkey", "", "", ""}},
    {"POST", "/api/{session}/auth/passkey/confirm", {"pairing.passkey-confirmed", "", "", ""}},
    {"PUT", "/api/v1/{session}/push", {"push.registered", "platform", "", ""}},
    // webhooks
    {"POST", "/api/v1/{session}/webhooks/{endpoint}/enable", {"webhook.enabled", "", "", ""}},
    {"POST", "/api/v1/dead-letters/replay", {"dead-letters.replayed", "session endpoint event all", "", ""}},
    {"DELETE", "/api/v1/dead-letters", {"dead-letters.deleted", "", "", ""}},
    {"DELETE", "/api/v1/dead-letters/{id}", {"dead-letters.deleted", "", "", ""}},
    // keys
    {"POST", "/api/keys", {"key.created", "isAdmin session isActive expiresAt actions", "", "id"}},
    {"PUT", "/api/keys/{id}", {"key.changed", "isAdmin session isActive expiresAt actions", "", ""}},
    {"DELETE", "/api/keys/{id}", {"key.deleted", "", "", ""}},
    {"POST", "/api/keys/media", {"key.shown", "session", "", "id"}},
    {"POST", "/api/keys/control", {"key.shown", "session", "", "id"}},
    {"POST", "/api/v1/keys", {"key.created", key_fields, "", "id"}},
    {"PATCH", "/api/v1/keys/{id}", {"key.changed", key_fields, "", ""}},
    {"DELETE", "/api/v1/keys/{id}", {"key.deleted", "", "", ""}},
    {"POST", "/api/v1/keys/{id}/rotate", {"key.rotated", "overlap_seconds", "", ""}},
    {"POST", ticket_path, {"ticket.issued", "", "", ""}},
    // limits
    {"PUT", "/api/v1/keys/{id}/limits", {"limits.changed", limit_fields, "", ""}},
    {"PUT", "/api/v1/sessions/{session}/limits", {"limits.changed", limit_fields, "", ""}},
    {"PUT", "/api/v1/tenants/{tenant}/limits", {"limits.changed", limit_fields, "", "", true}},
    // apps
    {"POST", "/api/apps", {"app.created", "session app enabled", "", "id"}},
    {"PUT", "/api/apps/{id}", {"app.changed", "session app enabled", "", ""}},
    {"DELETE", "/api/apps/{id}", {"app.deleted", "", "", ""}},
    // what is kept
    {"PUT", "/api/v1/retention", {"retention.changed", kept_fields, "", ""}},
    {"DELETE", "/api/v1/{session}/contacts/{contactId}/data", {"contact.data-deleted", "", "", ""}},
    {"GET", "/api/v1/export", {"tenant.exported", "", "", ""}},
    // the operator
    {"POST", "/api/server/stop", {"process.stop-asked", "force", "", "", true}},
    {"POST", "/api/v1/tenants", {"tenant.created", "name", "", "tenant", true}},
    {"PATCH", "/api/v1/tenants/{tenant}", {"tenant.changed", "displayName metadata.*", "", "", true}},
    {"POST", "/api/v1/tenants/{tenant}/suspend", {"tenant.suspended", "", "", "", true}},
    {"POST", "/api/v1/tenants/{tenant}/resume", {"tenant.resumed", "", "", "", true}},
    {"DELETE", "/api/v1/tenants/{tenant}", {"tenant.deleted", "", "", "", true}},
    {"POST", "/api/v1/tenants/{tenant}/key/rotate", {"tenant-key.rotated", "", "", "", true}},
    {"POST", "/api/v1/master-key/rotate", {"master-key.rotated", "", "", "keyId", true}},
    {"PUT", "/api/v1/tenants/{tenant}/retention", {"retention.changed", kept_fields, "", "", true}},
    {"GET", "/api/v1/tenants/{tenant}/export", {"tenant.exported", "", "", "", true}},
};

struct Exemption {
    std::string_view method;
    std::string_view path;
};
constexpr Exemption exempt[] = {
    {"POST", "/mcp"}, // each call of a tool is a request of its own
};

} // namespace

AuditRule audit_rule_of(std::string_view method, std::string_view path)
{
    auto const* const found = std::find_if(std::begin(rows), std::end(rows), [&](Row const& row) {
        return row.method == method && row.path == path;
    });
    return found == std::end(rows) ? AuditRule{} : found->rule;
}

bool is_audit_exempt(std::string_view method, std::string_view path)
{
    if (std::any_of(std::begin(exempt), std::end(exempt),
                    [&](Exemption const& one) { return one.method == method && one.path == path; }))
        return true;
    auto const rule = rule_of_route(method, path);
    bool const is_daily =
        !rule.whole_tenant && http::Scopes(http::Scope::read | http::Scope::send).contains(rule.needs);
    return is_daily && rule.needs != http::Scopes() && path != ticket_path && !path.ends_with("/data");
}

} // namespace wagate
