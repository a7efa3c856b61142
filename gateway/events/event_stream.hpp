#pragma once
// One consumer of a tenant's event log: WebSocket, server-sent events and long poll read through it. It
// pulls, so a slow consumer costs no memory; what it has not read stays in the log.
#include "gateway/events/event_feed.hpp"
#include "gateway/events/rendered_event.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/wakeup.hpp"

namespace wagate::gateway {

/// What all streams share; outlives them.
struct StreamContext {
    storage::Store& store;
    BlockingPool& pool;
    EventFeed& feed;
    EventRenderer render;
    SessionInfoSource info;
};

struct StreamFilter {
    TenantId tenant;
    std::optional<std::vector<SessionName>> sessions; ///< nothing: all
    std::vector<std::string> events;                  ///< as webhooks: names, "*", "message.*"
    /// Whether the consumer has lost its right to read; asked about once a second while nothing happens.
    std::function<bool()> is_over = {};
};

/// A place in a tenant's log. One stored event may be rendered as several, and a consumer may have got some
/// of them.
struct StreamPlace {
    std::uint64_t position = 0; ///< everything up to it is behind the consumer
    unsigned rendered = 0;      ///< and so many of what the next stored event is rendered as
    bool operator==(StreamPlace const&) const = default;
};

struct StreamBatch {
    struct Item {
        RenderedEvent event;
        SessionName session;
        std::string cursor; ///< to go on behind this event
    };
    std::vector<Item> items;
    std::string cursor; ///< to go on behind everything looked at so far
};

/// "42", or "41.1" when the first of what stored event 42 is rendered as was taken.
std::string to_cursor(StreamPlace place);

class EventStream {
public:
    /// On the executor's thread, as is its end. @param place events behind it are read
    EventStream(StreamContext const& context, StreamFilter filter, StreamPlace place, Executor executor);
    EventStream(EventStream const&) = delete;
    EventStream& operator=(EventStream const&) = delete;

    /// The next events, at least one; or none when there was none for `limit`. Without waiting it looks at
    /// what is in the log. One call at a time, on the executor. Cancelled with the coroutine that waits.
    /// @return RuntimeErrc::overloaded or StoreErrc::damaged; may be called again then, nothing was passed
    /// over
    Task<Result<StreamBatch>> next(Milliseconds limit, std::size_t max_items = 100);

private:
    bool is_over() const { return filter_.is_over && filter_.is_over(); }
    Task<Result<storage::EventPage>> read(std::size_t most);
    Task<StreamBatch> render(storage::EventPage page, std::size_t max_items);
    Task<std::optional<SessionInfo>> info_of(SessionKey session);
    std::vector<RenderedEvent> rendered(SessionInfo const& info, storage::StoredEvent const& event) const;

    StreamContext const& context_;
    StreamFilter filter_;
    StreamPlace place_;
    Wakeup news_;
    EventFeed::Subscription subscription_;
};

/// The place that `since` names: a cursor of this file, or the id of an event. Empty: the end of the log as
/// it is now; "0": its beginning. GatewayErrc::invalid_cursor when it was never given out to this tenant.
Task<Outcome<StreamPlace>> find_place(StreamContext const& context, TenantId tenant, std::string since);

} // namespace wagate::gateway
