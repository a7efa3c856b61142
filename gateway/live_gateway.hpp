#pragma once
// The gateway itself: the registry of session actors and what is done to them. Threads: a call may come from
// any event loop; it hops to the session's loop. Order of shutdown: API first, then this, then webhooks, then
// storage.
#include "gateway/gateway.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/session/session_actor.hpp"

#include <atomic>
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
    /// Awaited when a session exists with this configuration, before it starts, and before its data is
    /// erased.
    std::function<Task<Result<void>>(SessionKey, SessionConfig)> on_configured;
    std::function<Task<void>(SessionKey)> on_deleted;
    /// Set by whoever hears of it that storage has failed (D6), from any thread; health tells it.
    std::shared_ptr<std::atomic<bool> const> storage_failed;
};

class LiveGateway final : public Gateway {
public:
    /// All references must outlive it.
    LiveGateway(EventLoops& loops, BlockingPool& pool, storage::Store& store, GatewayOptions options);
    /// shutdown() first, also after a boot() that failed.
    ~LiveGateway() override;

    /// Loads all sessions and starts those that ran before; returns once they are starting, not once they
    /// work.
    Task<Result<void>> boot();
    /// Closes every session and waits until nothing of them runs and all they have written is durable. Nobody
    /// calls anything else any more.
    Task<void> shutdown();
    /// For readers of the event log; nothing once the session is deleted.
    Task<std::optional<SessionInfo>> find_session(SessionKey session);

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
    Task<Outcome<std::vector<Message>>> messages(SessionKey session, std::string chat,
                                                 storage::MessageQuery query) override;
    Task<Health> health() override;

private:
    /// One session of the registry. What may change belongs to the session's loop, where the actor also dies.
    struct Entry {
        Entry(SessionKey of, std::size_t on, Executor const& loop_executor)
            : key(std::move(of)), loop(on), executor(loop_executor), changing(loop_executor, 1)
        {}
        SessionKey const key;
        std::size_t const loop;
        Executor const executor;
        AsyncSemaphore changing; ///< one change of life at a time
        std::shared_ptr<SessionActor> actor;
        bool exists = false; ///< its row is in the store; there is an actor
    };
    using EntryPtr = std::shared_ptr<Entry>;
    using Entries = std::vector<EntryPtr>;
    using Change = std::function<Task<Outcome<SessionInfo>>(EntryPtr)>;

    EntryPtr make_entry(SessionKey const& key) const;
    std::shared_ptr<SessionActor> make_actor(Entry const& entry, SessionConfig config) const;
    EntryPtr find(SessionKey const& key) const;
    void forget(SessionKey const& key);
    /// All, or those of one tenant; by loop, to visit each loop once.
    std::vector<Entries> entries_by_loop(std::optional<TenantId> const& tenant = {}) const;
    /// Runs `change` on the session's loop with the lock of its life held.
    Task<Outcome<SessionInfo>> change_session(SessionKey key, Change change);
    /// Runs `call(actor)` on the session's loop.
    template <class Value, class Call>
    Task<Outcome<Value>> call_actor(SessionKey key, Call call);
    Task<Result<void>> save(SessionKey key, std::optional<std::string> config_json, bool should_run,
                            SessionStatus status);
    Task<Result<void>> insert(SessionKey key, std::string config_json, bool should_run);
    Task<Result<void>> erase(SessionKey key);
    Task<std::vector<SessionInfo>> infos(std::vector<Entries> by_loop);

    EventLoops& loops_;
    BlockingPool& pool_;
    storage::Store& store_;
    GatewayOptions options_;
    SessionContext context_;
    std::vector<std::unique_ptr<AsyncSemaphore>> connecting_; ///< per loop
    mutable std::mutex mutex_;
    std::unordered_map<SessionKey, EntryPtr> entries_;
    std::atomic<bool> shutting_down_{false};
};

} // namespace wagate::gateway
