#pragma once
// Webhooks of all sessions: a reader of the event log for each (session, endpoint), on the session's loop.
#include "gateway/events/event_feed.hpp"
#include "gateway/webhooks/endpoint_reader.hpp"

#include <mutex>
#include <unordered_map>

namespace wagate::gateway::webhooks {

class WebhookDispatcher {
public:
    /// @param executor_of the loop a session lives on
    WebhookDispatcher(DeliveryContext context, EventFeed& feed,
                      std::function<Executor(SessionKey const&)> executor_of);
    WebhookDispatcher(WebhookDispatcher const&) = delete;
    WebhookDispatcher& operator=(WebhookDispatcher const&) = delete;
    /// stop() first.
    ~WebhookDispatcher();

    // All below: from any event loop.

    /// Makes these the endpoints of the session. A known one goes on where it stood, also over a restart; a
    /// new one begins behind the last event of the log, durably when this returns, so that no later event is
    /// missed. The cursor of one that is gone is erased.
    /// @return StoreErrc, or RuntimeErrc::overloaded; then nothing has changed.
    Task<Result<void>> configure(SessionKey session, std::vector<Endpoint> endpoints);
    /// Stops serving the session at once. Call it before the session is erased from the store.
    Task<void> remove(SessionKey session);
    /// Lets running requests end within `grace`, then cancels them. What was not answered is sent again by
    /// the next process. Nothing may be configured any more.
    Task<void> stop(Duration grace);

private:
    struct Served;

    std::shared_ptr<Served> served(SessionKey const& session);
    static Task<Result<void>> configure_here(std::shared_ptr<Served> served, std::vector<Endpoint> endpoints);
    static Task<void> close(std::shared_ptr<Served> served, Duration grace);
    static Task<void> close_here(std::shared_ptr<Served> served, Duration grace);

    DeliveryContext context_;
    EventFeed& feed_;
    std::function<Executor(SessionKey const&)> executor_of_;
    std::mutex mutex_;
    std::unordered_map<SessionKey, std::shared_ptr<Served>> sessions_;
};

} // namespace wagate::gateway::webhooks
