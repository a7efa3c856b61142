#pragma once
// /api/apps, and where Chatwoot tells of its agents' answers (waha.md 9).
#include "api/http/router.hpp"
#include "api/waha/apps_json.hpp"

namespace wagate::waha {

/// Apps with what belongs to them: the key of an MCP app.
class AppDesk {
public:
    AppDesk(gateway::Apps& apps, http::KeyStore& keys, http::UnknownFields unknown) noexcept
        : apps_(apps), keys_(keys), unknown_(unknown)
    {}

    /// The list of a body; nothing when it is absent, and problems appended.
    std::optional<std::vector<gateway::App>> apps_in(boost::json::object const& body,
                                                     SessionKey const& session,
                                                     std::vector<std::string>& problems) const;
    /// Makes them the apps of the session.
    Task<gateway::Outcome<void>> replace(SessionKey session, std::vector<gateway::App> apps);
    Task<gateway::Outcome<void>> put(gateway::App app);
    Task<gateway::Outcome<void>> erase(gateway::App app);
    /// As clients see them, with the keys of MCP apps that may do no more than the caller.
    Task<boost::json::array> shown(SessionKey session, http::Principal caller);
    Task<boost::json::object> shown(gateway::App app, http::Principal caller);

    gateway::Apps& apps() noexcept { return apps_; }
    http::UnknownFields unknown() const noexcept { return unknown_; }

private:
    /// Of an MCP app: made when there is none, at rest while the app is.
    Task<Result<http::KeyWithSecret>> key_of(gateway::App app);

    gateway::Apps& apps_;
    http::KeyStore& keys_;
    http::UnknownFields unknown_;
};

/// What the key of an app may do; nothing for those that have none. Nobody makes or sees a key with more
/// rights than their own.
http::Scopes key_scopes(gateway::App const& app);

class AppRoutes {
public:
    /// It must outlive this; this must outlive the router's calls.
    AppRoutes(AppDesk& desk, gateway::Gateway& gateway) noexcept : desk_(desk), gateway_(gateway) {}
    AppRoutes(AppRoutes const&) = delete;
    AppRoutes& operator=(AppRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> list(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> show(http::Call call);
    Task<http::Response> change(http::Call call);
    Task<http::Response> erase(http::Call call);
    Task<http::Response> chatwoot(http::Call call);
    /// Of the path, when the caller may see it.
    std::optional<gateway::App> app_of(http::Call const& call) const;

    AppDesk& desk_;
    gateway::Gateway& gateway_;
};

} // namespace wagate::waha
