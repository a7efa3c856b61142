#include "gateway/events/event_feed.hpp"

#include "gateway/runtime/hop.hpp"

#include <mutex>
#include <set>
#include <unordered_map>

namespace wagate::gateway {

struct EventFeed::Subscriber : std::enable_shared_from_this<Subscriber> {
    Subscriber(TenantId of, std::optional<SessionKey> only, Executor on, Notify call)
        : tenant(std::move(of)), session(std::move(only)), executor(std::move(on)), notify(std::move(call))
    {}

    void offer(SessionKey const& grown)
    {
        {
            std::lock_guard const lock{mutex};
            if (!is_active) return;
            bool const is_posted = !pending.empty();
            pending.insert(grown);
            if (is_posted) return;
        }
        post_to(executor, [self = shared_from_this()] { self->drain(); });
    }

    void drain()
    {
        std::set<SessionKey> grown;
        {
            std::lock_guard const lock{mutex};
            grown.swap(pending);
        }
        for (auto const& key : grown)
            if (active()) notify(key);
    }

    bool active()
    {
        std::lock_guard const lock{mutex};
        return is_active;
    }

    void end()
    {
        std::lock_guard const lock{mutex};
        is_active = false;
    }

    TenantId const tenant;
    std::optional<SessionKey> const session; ///< nothing: all of the tenant
    Executor const executor;
    Notify const notify;
    std::mutex mutex;
    std::set<SessionKey> pending;
    bool is_active = true;
};

/// Kept alive by the store's listener, which cannot be taken back.
struct EventFeed::Registry {
    using Subscribers = std::vector<std::shared_ptr<Subscriber>>;

    /// Offers under the lock: once a subscription has ended, nothing is posted to its executor any more.
    void announce(SessionKey const& session)
    {
        std::lock_guard const lock{mutex};
        if (auto const found = by_session.find(session); found != by_session.end())
            for (auto const& subscriber : found->second)
                subscriber->offer(session);
        if (auto const found = by_tenant.find(session.tenant); found != by_tenant.end())
            for (auto const& subscriber : found->second)
                subscriber->offer(session);
    }

    void add(std::shared_ptr<Subscriber> subscriber)
    {
        std::lock_guard const lock{mutex};
        if (subscriber->session)
            by_session[*subscriber->session].push_back(std::move(subscriber));
        else
            by_tenant[subscriber->tenant].push_back(std::move(subscriber));
    }

    void remove(std::shared_ptr<Subscriber> const& subscriber)
    {
        std::lock_guard const lock{mutex};
        if (subscriber->session)
            remove_from(by_session, *subscriber->session, subscriber);
        else
            remove_from(by_tenant, subscriber->tenant, subscriber);
        subscriber->end();
    }

    template <class Key>
    static void remove_from(std::unordered_map<Key, Subscribers>& map, Key const& key,
                            std::shared_ptr<Subscriber> const& subscriber)
    {
        auto const found = map.find(key);
        if (found == map.end()) return;
        std::erase(found->second, subscriber);
        if (found->second.empty()) map.erase(found);
    }

    std::mutex mutex;
    std::unordered_map<SessionKey, Subscribers> by_session;
    std::unordered_map<TenantId, Subscribers> by_tenant;
};

EventFeed::EventFeed(storage::Store& store) : registry_(std::make_shared<Registry>())
{
    store.on_events([registry = registry_](SessionKey const& session) { registry->announce(session); });
}

EventFeed::Subscription EventFeed::watch_session(SessionKey session, Executor executor, Notify notify)
{
    auto const tenant = session.tenant;
    return add(
        std::make_shared<Subscriber>(tenant, std::move(session), std::move(executor), std::move(notify)));
}

EventFeed::Subscription EventFeed::watch_tenant(TenantId tenant, Executor executor, Notify notify)
{
    return add(std::make_shared<Subscriber>(std::move(tenant), std::nullopt, std::move(executor),
                                            std::move(notify)));
}

EventFeed::Subscription EventFeed::add(std::shared_ptr<Subscriber> subscriber)
{
    Subscription subscription;
    subscription.registry_ = registry_;
    subscription.subscriber_ = subscriber;
    registry_->add(std::move(subscriber));
    return subscription;
}

EventFeed::Subscription& EventFeed::Subscription::operator=(Subscription&& other) noexcept
{
    std::swap(registry_, other.registry_);
    std::swap(subscriber_, other.subscriber_);
    Subscription const ended{std::move(other)};
    return *this;
}

EventFeed::Subscription::~Subscription()
{
    if (subscriber_) registry_->remove(subscriber_);
}

} // namespace wagate::gateway
