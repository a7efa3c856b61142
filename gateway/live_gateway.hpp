#pragma once
// The gateway itself: the registry of session actors and what is done to them. Threads: a call may come from any event
// loop; it hops to the session's loop. Order of shutdown: API first, then this, then webhooks, then storage.
#include "gateway/gateway.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/session/session_actor.hpp"

#include <mutex>
#include <unordered_map>

namespace wagate::gateway {

struct GatewayOptions {
    transport::LinkEndpoint endpoint;
    engine::EngineOptions engine;
    /// Connections that may be opened at the same time, per event loop.
    std::size_t concurrent_connects = 32;
    /// Reads a stored session configuration; comes from the API layer, which wrote it.
    std::function<Result<SessionConfig>(std::string const&)> parse_config;
    /// Awaited when a session exists with this configuration, before it starts, and before its data is erased.
    std::function<Task<Result<void>>(SessionKey, SessionConfig)> on_configured;
    std::function<Task<void>(SessionKey)> on_deleted;
};

class LiveGateway final : public Gateway {
public:
    /// All references must outlive it.
    LiveGateway(EventLoops& loops, BlockingPool& pool, storage::Store& store, GatewayOptions options);
    ~LiveGateway() override;

    /// Loads all sessions and starts those that ran before; returns once they are starting, not once they work.
    Task<Result<void>> boot();
    /// Closes every session and waits until nothing of them runs.
    Task<void> shutdown();
    /// For readers of the event log; nothing once the session is deleted.
    Task<std::optional<SessionInfo>> find_session(SessionKey session);
    /// Storage has failed (D6); health tells it. Any thread.
    void mark_storage_failed() noexcept { storage_ok_ = false; }

    Task<Outcome<SessionInfo>> create_session(SessionKey session, SessionConfig config, bool start) override;
    Task<Outcome<SessionInfo>> update_session(SessionKey session, SessionConfig config) override;
    Task<Outcome<void>> delete_session(SessionKey session) override;
    Task<Outcome<SessionInfo>> start_session(SessionKey session) override;
    Task<Outcome<SessionInfo>> stop_session(SessionKey session) override;
    Task<Outcome<SessionInfo>> restart_session(SessionKey session) override;
    Task<Outcome<SessionInfo>> logout_session(SessionKey session) override;
    Task<Outcome<SessionInfo>> session_info(SessionKey session) override;
    Task<std::vector<SessionInfo>> list_sessions(TenantId tenant, bool include_stopped) override;
    Task<Outcome<QrCode>> qr_code(SessionKey session) override;
    Task<Outcome<std::string>> request_code(SessionKey session, std::string phone_number) override;
    Task<Outcome<SentMessage>> send_text(SessionKey session, SendText request) override;
    Task<Outcome<std::vector<Message>>> messages(SessionKey session, std::string chat, storage::MessageQuery query) override;
    Task<Health> health() override;

private:
    struct Entry {
        std::shared_ptr<SessionActor> actor;
        std::shared_ptr<AsyncSemaphore> changing; ///< one change of life at a time
        bool deleted = false;                     ///< on the session's loop
    };
    using EntryPtr = std::shared_ptr<Entry>;

    Executor loop_of(SessionKey const& key) const { return loops_.executor_for(std::hash<SessionKey>{}(key)); }
    EntryPtr make_entry(SessionKey const& key, SessionConfig config);
    EntryPtr find(SessionKey const& key) const;
    std::vector<EntryPtr> all() const;
    /// Runs `change` on the session's loop with the lock of its life held.
    template <class Change> Task<Outcome<SessionInfo>> change_session(SessionKey key, Change change);
    Task<Result<void>> save(SessionKey key, SessionConfig config, bool should_run, SessionStatus status);
    Task<std::vector<SessionInfo>> infos(std::vector<EntryPtr> entries);

    EventLoops& loops_;
    BlockingPool& pool_;
    storage::Store& store_;
    GatewayOptions options_;
    SessionContext context_;
    std::vector<std::unique_ptr<AsyncSemaphore>> connecting_; ///< per loop
    mutable std::mutex mutex_;
    std::unordered_map<SessionKey, EntryPtr> entries_;
    std::atomic<bool> storage_ok_{true};
    std::atomic<bool> shutting_down_{false};
};

} // namespace wagate::gateway
