#pragma once
// What runs beside a session at a tenant's wish: answering calls, a help desk, tools for assistants.
#include "gateway/gateway.hpp"

namespace wagate::gateway {

/// What happens to calls of one sort.
struct CallRule {
    bool reject = true;
    std::string message; ///< sent afterwards; empty: none
    std::chrono::seconds decline_after{0};
    std::chrono::seconds respond_after{0};
};
/// Rejects calls and says why.
struct CallsApp {
    CallRule dm;
    CallRule group; ///< the message goes to who has called
};

/// Brings a session's messages into an inbox of Chatwoot's "API" kind, and its agents' answers back.
struct ChatwootApp {
    std::string url; ///< without a slash at its end
    std::int64_t account = 0;
    std::string account_token;
    std::int64_t inbox = 0;
    std::string inbox_identifier;
};

/// Has no work of its own: its key opens POST /mcp.
struct McpApp {};

struct App {
    SessionKey session;
    std::string id; ///< unique in the tenant
    bool enabled = true;
    std::variant<CallsApp, ChatwootApp, McpApp> work;
    std::string config_json; ///< as accepted
};

std::string_view app_kind(App const& app) noexcept; ///< "calls", "chatwoot", "mcp"

/// A message that an agent has written in Chatwoot.
struct AgentMessage {
    std::string chat;
    std::string text;
    std::string id; ///< Chatwoot's; sent once only
};

class Apps {
public:
    virtual ~Apps() = default;

    // Any thread; no IO.
    virtual std::vector<App> apps_of(SessionKey const& session) const = 0; ///< by id
    virtual std::optional<App> find(TenantId const& tenant, std::string const& id) const = 0;
    /// By what Chatwoot knows: the session's name and the id, which is secret.
    /// @param tenant nothing: any, and no app when two tenants have such a one
    virtual std::optional<App> find_secret(std::optional<TenantId> const& tenant, std::string const& session,
                                           std::string const& id) const = 0;

    // From any event loop.

    /// Makes or replaces it; durable, and at work, when it returns a value. session_not_found; not_possible:
    /// the id is that of another session's app.
    virtual Task<Outcome<void>> put(App app) = 0;
    virtual Task<Outcome<void>> erase(SessionKey session, std::string id) = 0; ///< not_found
    /// Sends it in the app's session.
    virtual Task<Outcome<void>> send(App app, AgentMessage message) = 0;
};

} // namespace wagate::gateway
