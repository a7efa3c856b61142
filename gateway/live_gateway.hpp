#pragma once
// The gateway itself: the registry of session actors and what is done to them. Threads: a call may come from
// any event loop; it hops to the session's loop. Order of shutdown: API first, then this, then webhooks, then
// storage.
#include "gateway/gateway.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/session/session_actor.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace wagate::gateway {

/// Why a session's configuration is announced.
enum class Configured {
    boot,    ///< as it was stored
    request, ///< somebody has just asked for it
};

enum class BootStart { none, those_that_ran, all };

struct GatewayOptions {
    transport::LinkEndpoint endpoint;
    engine::EngineOptions engine;
    /// Which addresses the proxies of sessions may have; null: any.
    std::shared_ptr<egress::AddressPolicy const> proxy_policy;
    /// Connections that may be opened at the same time, per event loop.
    std::size_t concurrent_connects = 32;
    /// Connections that the whole process opens, on average and at most at once.
    double connects_per_second = 250;
    double connect_burst = 100;
    /// Changes and questions that may be under way for one session.
    std::size_t max_calls = 2'000;
    /// Reads a stored session configuration; comes from the API layer, which wrote it.
    std::function<Result<SessionConfig>(std::string const&)> parse_config;
    /// Awaited when a session exists with this configuration, before it starts, and before its data is
    /// erased.
    std::function<Task<Result<void>>(SessionKey, SessionConfig, Configured)> on_configured;
    std::function<Task<void>(SessionKey)> on_deleted;
    /// Set by whoever hears of it that storage has failed (D6), from any thread; health tells it.
    std::shared_ptr<std::atomic<bool> const> storage_failed;
    FetchBlob fetch_blob;
    LimitBook* limits = nullptr; ///< of tenants; null: none
    IgnoreRules ignore;          ///< of sessions that do not say it themselves
    /// Which sessions boot() starts.
    BootStart boot_start = BootStart::those_that_ran;
    FetchFile fetch_file;
    DropHistory drop_history;
    Prefetch prefetch;
    /// Whether sessions of the tenant may run; empty: all. Any thread.
    std::function<bool(TenantId const&)> may_run;
    /// What is known about a session's webhooks; called on the session's loop.
    std::function<WebhookHealth(SessionKey const&)> webhook_health;
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
    /// Begins to end: from now on there are no new changes and sends, and health tells it. Calls that are
    /// under way are answered by `limit` with what there is by then. Any thread.
    void drain(Milliseconds limit);
    /// Waits until no call is under way, at most for `limit`. @return whether that is so
    Task<bool> calls_ended(Milliseconds limit);
    /// Closes every session and waits until nothing of them runs and all they have written is durable, at
    /// most for `store_limit`. What it tells of sessions afterwards is how they ended.
    Task<void> shutdown(Milliseconds store_limit = std::chrono::hours{1});
    /// For readers of the event log; nothing once the session is deleted.
    Task<std::optional<SessionInfo>> find_session(SessionKey session);
    /// Stops all sessions of a tenant that may run no more. Which of them ran stays known.
    Task<void> stop_tenant(TenantId tenant);
    /// Starts those that ran before.
    Task<void> start_tenant(TenantId tenant);
    /// Deletes all sessions of a tenant that may run no more, as far as that goes.
    Task<void> delete_tenant(TenantId tenant);

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
    Task<Outcome<SentMessage>> send(SessionKey session, SendRequest request) override;
    Task<Outcome<void>> ask(SessionKey session, Question question) override;
    Task<Outcome<void>> ask_during(SessionStatus status, SessionKey session, Question question) override;
    Task<Outcome<SendStatus>> send_status(SessionKey session, std::string id) override;
    Task<Outcome<std::vector<engine::WaitingSend>>> waiting_sends(SessionKey session) override;
    Holdings holdings(TenantId const& tenant) const override;
    Task<Outcome<std::vector<Message>>> messages(SessionKey session, std::string chat,
                                                 storage::MessageQuery query) override;
    Task<Outcome<void>> read(SessionKey key, Reading reading) override;
    Task<Outcome<Message>> message(SessionKey session, std::string chat, std::string id) override;
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
        bool exists = false;             ///< its row is in the store; there is an actor
        std::optional<SessionInfo> last; ///< how it ended with the process, instead of an actor
        std::atomic<std::size_t> calls{0};
        std::atomic<std::size_t> endpoints{0}; ///< webhooks of its configuration
    };
    using EntryPtr = std::shared_ptr<Entry>;
    using Entries = std::vector<EntryPtr>;
    using Change = std::function<Task<Outcome<SessionInfo>>(EntryPtr)>;

    /// A call that is under way. Refused when there are too many for its session.
    class CallPlace {
    public:
        CallPlace(LiveGateway& gateway, EntryPtr entry) : gateway_(gateway), entry_(std::move(entry))
        {
            ++gateway_.calls_;
            is_refused_ = ++entry_->calls > gateway_.options_.max_calls;
        }
        CallPlace(CallPlace const&) = delete;
        CallPlace& operator=(CallPlace const&) = delete;
        ~CallPlace()
        {
            --entry_->calls;
            --gateway_.calls_;
        }
        bool is_refused() const noexcept { return is_refused_; }

    private:
        LiveGateway& gateway_;
        EntryPtr entry_;
        bool is_refused_ = false;
    };

    EntryPtr make_entry(SessionKey const& key) const;
    std::shared_ptr<SessionActor> make_actor(Entry const& entry, SessionConfig config) const;
    EntryPtr find(SessionKey const& key) const;
    void forget(SessionKey const& key);
    /// Of a tenant, with the mutex held.
    Holdings count(TenantId const& tenant) const;
    /// Puts the endpoints of a configuration in the place of what the session had. @return why not
    std::optional<Rejection> take_endpoints(Entry& entry, std::size_t endpoints) const;
    /// Why a session that is not there is not.
    GatewayErrc absence() const
    {
        return draining_ ? GatewayErrc::shutting_down : GatewayErrc::session_not_found;
    }
    static Task<void> close_all(Entries entries, std::chrono::steady_clock::time_point store_limit);
    /// All, or those of one tenant; by loop, to visit each loop once.
    std::vector<Entries> entries_by_loop(std::optional<TenantId> const& tenant = {}) const;
    /// Runs `change` on the session's loop with the lock of its life held.
    /// @param of_any also of a tenant that may not run
    Task<Outcome<SessionInfo>> change_session(SessionKey key, Change change, bool of_any = false);
    bool may_run(TenantId const& tenant) const { return !options_.may_run || options_.may_run(tenant); }
    /// One loop after the other, on that loop.
    static Task<void> on_each_loop(std::vector<Entries> by_loop, std::function<Task<void>(Entries)> work);
    static Task<void> stop_all(Entries entries);
    Task<void> start_all(Entries entries);
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
    std::atomic<bool> draining_{false};
    std::atomic<std::size_t> calls_{0}; ///< under way, of all sessions
};

} // namespace wagate::gateway
