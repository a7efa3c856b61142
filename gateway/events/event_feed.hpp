#pragma once
// Tells readers of the event log that a session's log grew. Carries no events: each reader has its own
// cursor.
#include "gateway/runtime/runtime.hpp"
#include "storage/store.hpp"

namespace wagate::gateway {

/// Any thread. A reader that is slow costs one entry per session, however many events arrive.
class EventFeed {
    struct Registry;
    struct Subscriber;

public:
    /// Called on the subscriber's executor. Several appends may make one call.
    using Notify = std::function<void(SessionKey const&)>;

    explicit EventFeed(storage::Store& store);

    /// Ends when destroyed; on the subscriber's executor that means: no call after it. Destroy it before the
    /// executor.
    class Subscription {
    public:
        Subscription() = default;
        Subscription(Subscription&& other) noexcept = default;
        Subscription& operator=(Subscription&& other) noexcept;
        ~Subscription();

    private:
        friend class EventFeed;
        std::shared_ptr<Registry> registry_;
        std::shared_ptr<Subscriber> subscriber_;
    };

    [[nodiscard]] Subscription watch_session(SessionKey session, Executor executor, Notify notify);
    /// All sessions of one tenant, also those made later.
    [[nodiscard]] Subscription watch_tenant(TenantId tenant, Executor executor, Notify notify);

private:
    Subscription add(std::shared_ptr<Subscriber> subscriber);

    std::shared_ptr<Registry> registry_;
};

} // namespace wagate::gateway
