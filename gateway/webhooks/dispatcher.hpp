#pragma once
// Webhooks of all sessions: a reader of the event log for each (session, endpoint), on the session's loop.
#include "gateway/events/event_feed.hpp"
#include "gateway/webhooks/endpoint_reader.hpp"
#include "gateway/webhooks/replay.hpp"

#include <mutex>
#include <unordered_map>

namespace wagate::gateway::webhooks {

class WebhookDispatcher final : public WebhookAdmin {
public:
    /// @param executor_of the loop a session lives on
    WebhookDispatcher(DeliveryContext context, EventFeed& feed,
                      std::function<Executor(SessionKey const&)> executor_of);
    WebhookDispatcher(WebhookDispatcher const&) = delete;
    WebhookDispatcher& operator=(WebhookDispatcher const&) = delete;
    /// stop() first.
    ~WebhookDispatcher() override;

    // All below: from any event loop.

    /// Makes these the endpoints of the session. A known one goes on where it stood, also over a restart; a
    /// new one begins behind the last event of the log, durably when this returns, so that no later event is
    /// missed. The state of one that is gone is erased.
    /// @param enables_disabled true when a client has asked for it, false at boot
    /// @return StoreErrc, or RuntimeErrc::overloaded; then nothing has changed.
    Task<Result<void>> configure(SessionKey session, std::vector<Endpoint> endpoints,
                                 bool enables_disabled = false);
    /// Stops serving the session at once. Call it before the session is erased from the store.
    Task<void> remove(SessionKey session);
    /// Lets running requests end within `grace`, then cancels them. What was not answered is sent again by
    /// the next process. Nothing may be configured any more. Done within `grace` and a few seconds.
    Task<void> stop(Duration grace);
    /// The tenant is paused no more. Any thread.
    void wake(TenantId const& tenant);

    /// On the session's loop only. Reads nothing; empty for a session that has not been configured.
    WebhookHealth health(SessionKey const& session);

    Task<Outcome<std::vector<EndpointStatus>>> endpoints(SessionKey session) override;
    Task<Outcome<void>> enable(SessionKey session, std::string endpoint) override;
    Task<Outcome<std::vector<storage::DeadLetter>>> dead_letters(TenantId tenant,
                                                                 storage::DeadLetterQuery query) override;
    Task<Outcome<std::size_t>> replay(TenantId tenant, Replay replay) override;
    Task<Outcome<std::size_t>> purge(TenantId tenant, storage::DeadLetterQuery query) override;

private:
    struct Served;
    using ServedPtr = std::shared_ptr<Served>;

    ServedPtr served(SessionKey const& session);
    ServedPtr find(SessionKey const& session);
    std::shared_ptr<FairGate> gate_of(Executor const& executor);
    static Task<Result<void>> configure_here(ServedPtr served, std::vector<Endpoint> endpoints,
                                             bool enables_disabled);
    static Task<Outcome<void>> enable_here(ServedPtr served, std::string endpoint);
    static Task<std::size_t> replay_here(ServedPtr served, ReplayedLetters* letters,
                                         std::vector<ReplayCandidate> candidates,
                                         std::shared_ptr<ReplayPace> pace);
    static Task<void> close(ServedPtr served, Duration grace);
    static Task<void> close_here(ServedPtr served, Duration grace);

    DeliveryContext context_;
    EventFeed& feed_;
    std::function<Executor(SessionKey const&)> executor_of_;
    ReplayedLetters replayed_;
    std::mutex mutex_;
    std::unordered_map<SessionKey, ServedPtr> sessions_;
    std::unordered_map<void const*, std::shared_ptr<FairGate>> gates_; ///< by event loop
};

} // namespace wagate::gateway::webhooks
