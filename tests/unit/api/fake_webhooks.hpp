#pragma once
// Webhooks of values: endpoints and dead letters set by the test, questions kept for it.
#include "gateway/webhooks/admin.hpp"

namespace wagate::test {

class FakeWebhooks final : public gateway::webhooks::WebhookAdmin {
public:
    template <class T>
    using Outcome = gateway::Outcome<T>;
    using EndpointStatus = gateway::webhooks::EndpointStatus;

    std::map<SessionKey, std::vector<EndpointStatus>> sessions;
    std::vector<storage::DeadLetter> letters; ///< answers every listing of tenant "acme"
    std::optional<TenantId> asked_by;
    std::optional<storage::DeadLetterQuery> asked;
    std::optional<gateway::webhooks::Replay> replayed;
    std::optional<gateway::Rejection> rejection;
    std::size_t count = 0; ///< answers replay and purge

    Task<Outcome<std::vector<EndpointStatus>>> endpoints(SessionKey session) override
    {
        auto const found = sessions.find(session);
        if (found == sessions.end()) co_return rejected(gateway::GatewayErrc::session_not_found);
        co_return found->second;
    }
    Task<Outcome<void>> enable(SessionKey session, std::string endpoint) override
    {
        auto const found = sessions.find(session);
        if (found == sessions.end()) co_return rejected(gateway::GatewayErrc::session_not_found);
        for (auto& each : found->second) {
            if (each.id != endpoint) continue;
            each.enabled = true;
            co_return Outcome<void>();
        }
        co_return rejected(gateway::GatewayErrc::endpoint_not_found);
    }
    Task<Outcome<std::vector<storage::DeadLetter>>> dead_letters(TenantId tenant,
                                                                 storage::DeadLetterQuery query) override
    {
        note(tenant, std::move(query));
        if (tenant != TenantId("acme")) co_return std::vector<storage::DeadLetter>();
        co_return letters;
    }
    Task<Outcome<std::size_t>> replay(TenantId tenant, gateway::webhooks::Replay replay) override
    {
        note(tenant, replay.which);
        replayed = std::move(replay);
        if (rejection) co_return *rejection;
        co_return count;
    }
    Task<Outcome<std::size_t>> purge(TenantId tenant, storage::DeadLetterQuery query) override
    {
        note(tenant, std::move(query));
        if (rejection) co_return *rejection;
        co_return count;
    }

private:
    static gateway::Rejection rejected(gateway::GatewayErrc code)
    {
        gateway::Rejection out;
        out.code = code;
        return out;
    }
    void note(TenantId const& tenant, storage::DeadLetterQuery query)
    {
        asked_by = tenant;
        asked = std::move(query);
    }
};

} // namespace wagate::test
