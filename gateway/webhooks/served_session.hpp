#pragma once
// One session's endpoints as the dispatcher keeps them. Inside this folder only.
#include "gateway/runtime/async_semaphore.hpp"
#include "gateway/webhooks/dispatcher.hpp"

namespace wagate::gateway::webhooks {

/// On the session's loop.
struct WebhookDispatcher::Served {
    Served(DeliveryContext const& with, EventFeed& from, std::shared_ptr<FairGate> through, SessionKey of,
           Executor on)
        : context(with),
          feed(from),
          gate(std::move(through)),
          session(std::move(of)),
          executor(std::move(on)),
          turn(executor, 1),
          replays(executor)
    {}

    void watch()
    {
        subscription = feed.watch_session(session, executor, [this](SessionKey const&) {
            for (auto& [id, reader] : readers)
                reader->notify();
        });
    }

    DeliveryContext const& context;
    EventFeed& feed;
    std::shared_ptr<FairGate> const gate;
    SessionKey const session;
    Executor const executor;
    AsyncSemaphore turn; ///< changes come one after the other
    std::map<std::string, std::unique_ptr<EndpointReader>> readers;
    EventFeed::Subscription subscription;
    TaskGroup replays;
    bool is_closed = false;
};

} // namespace wagate::gateway::webhooks
