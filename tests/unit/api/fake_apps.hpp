#pragma once
// Apps that do nothing but be there.
#include "gateway/apps/apps.hpp"

namespace wagate::test {

class FakeApps final : public gateway::Apps {
public:
    std::map<std::pair<TenantId, std::string>, gateway::App> apps;
    std::vector<gateway::AgentMessage> sent;

    std::vector<gateway::App> apps_of(SessionKey const& session) const override
    {
        std::vector<gateway::App> found;
        for (auto const& [key, app] : apps)
            if (app.session == session) found.push_back(app);
        return found;
    }
    std::optional<gateway::App> find(TenantId const& tenant, std::string const& id) const override
    {
        auto const found = apps.find({tenant, id});
        if (found == apps.end()) return std::nullopt;
        return found->second;
    }
    std::optional<gateway::App> find_secret(std::optional<TenantId> const& tenant, std::string const& session,
                                            std::string const& id) const override
    {
        for (auto const& [key, app] : apps)
            if (app.session.name.value == session && app.id == id &&
                (!tenant || app.session.tenant == *tenant))
                return app;
        return std::nullopt;
    }
    Task<gateway::Outcome<void>> put(gateway::App app) override
    {
        apps[{app.session.tenant, app.id}] = std::move(app);
        co_return gateway::Outcome<void>();
    }
    Task<gateway::Outcome<void>> erase(SessionKey session, std::string id) override
    {
        apps.erase({session.tenant, id});
        co_return gateway::Outcome<void>();
    }
    Task<gateway::Outcome<void>> send(gateway::App, gateway::AgentMessage message) override
    {
        sent.push_back(std::move(message));
        co_return gateway::Outcome<void>();
    }
};

} // namespace wagate::test
