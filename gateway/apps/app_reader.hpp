#pragma once
// Reads a session's event log for one app, in order and durably: what was handled is not handled again after
// a restart, what was not is.
#include "gateway/events/event_feed.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/wakeup.hpp"

namespace wagate::gateway {

class AppReader {
public:
    /// @return false: again later. Gives up after some attempts.
    using Handle = std::function<Task<bool>(storage::StoredEvent const&)>;

    /// All must outlive it. @param id of the app
    /// @param is_paused while it says so, events wait; empty: never
    AppReader(storage::Store& store, BlockingPool& pool, EventFeed& feed, Executor executor,
              SessionKey session, std::string id, Handle handle, std::function<bool()> is_paused = {});

    /// Notes where a new app begins: behind what is there. Before run().
    Task<Result<void>> begin();
    /// On the executor, until cancelled.
    Task<void> run();
    /// Forgets how far it was. When run() has ended; blocks.
    static void forget(storage::Store& store, SessionKey const& session, std::string const& id);

private:
    Task<Result<void>> save(std::uint64_t sequence);
    Task<void> handle_all(std::vector<storage::StoredEvent> const& events);

    storage::Store& store_;
    BlockingPool& pool_;
    EventFeed& feed_;
    Executor executor_;
    SessionKey session_;
    std::string place_; ///< name of its cursor
    Handle handle_;
    std::function<bool()> is_paused_;
    Wakeup more_;
    std::uint64_t sequence_ = 0;
};

} // namespace wagate::gateway
