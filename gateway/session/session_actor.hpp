#pragma once
// One session: an engine, its connection, its timer. Everything runs on the event loop it is pinned to, so it
// needs no lock; calls from elsewhere come through run_on (gateway/runtime/hop.hpp).
#include "gateway/gateway.hpp"
#include "gateway/limits/limit_book.hpp"
#include "gateway/media/media_files.hpp"
#include "gateway/runtime/async_semaphore.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/wakeup.hpp"
#include "gateway/session/alarm.hpp"
#include "gateway/session/chat_ids.hpp"
#include "gateway/session/connect_budget.hpp"
#include "gateway/session/send_budget.hpp"
#include "gateway/session/tenant_shares.hpp"
#include "gateway/transport/link.hpp"
#include "protocol/engine/engine.hpp"
#include "protocol/media/media_type.hpp"
#include "protocol/message/media.hpp"

#include <list>
#include <set>

namespace wagate::gateway {

/// What all sessions share. Outlives them.
/// @param type what the file's key is derived for @param max_bytes of the plain file
using FetchBlob = std::function<Task<Outcome<Bytes>>(SessionKey session, message::MediaFile file,
                                                     media::MediaType type, std::size_t max_bytes)>;

/// Downloads, decrypts and verifies into a file, which goes with the LocalFile.
/// @return media_unavailable, with the server_code that MediaFiles::fetch says
using FetchFile = std::function<Task<Outcome<LocalFile>>(SessionKey session, message::MediaFile file,
                                                         media::MediaType type, std::uint64_t max_bytes)>;
/// Deletes a piece of history on the media servers; tells nobody whether that went well.
using DropHistory = std::function<Task<void>(SessionKey session, message::HistoryFile file)>;
/// Downloads files of messages before anybody asks.
using Prefetch = std::function<void(SessionKey const& session, std::vector<MessageName> messages)>;

struct SessionContext {
    storage::Store& store;
    BlockingPool& pool;
    transport::LinkEndpoint endpoint;
    engine::EngineOptions engine;
    /// Which addresses the proxies of sessions may have; null: any.
    std::shared_ptr<egress::AddressPolicy const> proxy_policy = nullptr;
    Milliseconds connect_limit = std::chrono::seconds{20};
    Milliseconds write_limit = std::chrono::seconds{30};
    /// How long sendText waits for the server's acknowledgement before it answers "accepted, pending".
    Milliseconds ack_wait = std::chrono::seconds{10};
    /// How long calls wait for the status they need (WAHA: 10 s).
    Milliseconds status_wait = std::chrono::seconds{10};
    std::size_t max_store_queue_bytes = 64u << 20;
    /// Of the queue of storage, for the sessions of one tenant; what is above it is for the others.
    std::size_t max_tenant_queue_bytes = 32u << 20;
    /// On its way to storage from one session; above it nothing is read for it.
    std::size_t max_uncommitted_bytes = 4u << 20;
    std::size_t max_write_queue_bytes = 8u << 20;
    /// Sends of one session that are not finished.
    std::size_t max_sends = 1'000;
    std::size_t max_send_bytes = 4u << 20;
    /// Called on the session's loop; empty: nothing is known.
    std::function<WebhookHealth(SessionKey const&)> webhook_health = {};
    /// Downloads what the account keeps in files on media servers; empty: such files wait.
    FetchBlob fetch_blob = {};
    /// What sessions ignore that do not say it themselves.
    IgnoreRules ignore = {};
    FetchFile fetch_file = {};
    DropHistory drop_history = {};
    Prefetch prefetch = {};
    /// How a connection is opened; tests put their own here.
    std::function<Task<Result<std::unique_ptr<transport::Link>>>(transport::LinkEndpoint, Milliseconds)>
        open_link = transport::open_link;
    LimitBook* limits = nullptr; ///< null: there are none
    std::shared_ptr<TenantShares> shares = std::make_shared<TenantShares>();
    std::shared_ptr<ConnectBudget> connects = std::make_shared<ConnectBudget>();
};

Instant current_time();

class SessionActor : public std::enable_shared_from_this<SessionActor> {
public:
    SessionActor(Executor executor, SessionKey key, SessionConfig config, SessionContext const& context,
                 AsyncSemaphore& connecting);
    ~SessionActor();

    Executor const& executor() const noexcept { return executor_; }
    SessionKey const& key() const noexcept { return key_; }

    // All below: on the session's loop, its destruction too.
    void start(StatusReason why);
    void stop(StatusReason why);
    /// What the session keeps is not what was written: it has FAILED, with this text as its detail, until
    /// another actor takes its place.
    void give_up(ErrorCode error);
    /// Stops for good and waits until nothing of this session runs any more and all it has written is durable
    /// or refused. One call at a time.
    /// @param store_limit when the process ends: what storage has not taken by then was never promised
    Task<void> close(std::optional<std::chrono::steady_clock::time_point> store_limit = {});
    /// The process is about to end: commands that wait are answered by then with what there is.
    void drain(std::chrono::steady_clock::time_point end);
    /// Unlinks the device; bounded, also when the server stays silent. @return false when that is not durable
    Task<bool> logout();

    SessionInfo info() const;
    SessionStatus status() const noexcept { return engine_->status(); }
    Task<Outcome<QrCode>> qr_code();
    Task<Outcome<std::string>> request_code(std::string phone_number);
    Task<Outcome<SentMessage>> send_text(SendText request);
    Task<Outcome<SentMessage>> send(SendRequest request);
    Task<Outcome<void>> ask(SessionStatus during, Gateway::Question question);
    std::vector<engine::WaitingSend> waiting_sends() const;

private:
    /// One connection, from OpenLink to its end. Reader and writer share it.
    struct Connection {
        Connection(Executor const& loop, ConnectBudget& connects) : turn(connects, loop), stored(loop) {}
        ConnectBudget::Turn turn;
        std::shared_ptr<transport::Link> link;
        std::deque<Bytes> outgoing;
        std::size_t outgoing_bytes = 0;
        bool writing = false;
        bool closing = false;
        std::chrono::steady_clock::time_point write_end; ///< once closing: what is queued goes out until then
        Wakeup stored; ///< for the reader: a commit has ended, or it is closing
    };
    using ConnectionPtr = std::shared_ptr<Connection>;
    /// A text that the engine was given. One without a key is forgotten when nobody waits for it any more,
    /// one with a key only when its last report has come: a repeat must find it although nothing is stored
    /// yet.
    struct Send {
        engine::CommandId command = 0;
        std::optional<IdempotencyKey> key;
        std::optional<engine::SendReport> report;
        std::list<Wakeup*> waiters;
    };
    struct LogoutWaiter {
        explicit LogoutWaiter(Executor const& loop) : wakeup(loop) {}
        Wakeup wakeup;
        bool is_done = false;
    };
    using SendPtr = std::shared_ptr<Send>;
    /// What an idempotency key was used for before: at most one of the two.
    struct Earlier {
        SendPtr running;
        std::optional<Outcome<SentMessage>> answer;
        bool is_found() const noexcept { return running || answer; }
    };
    struct Asked {
        explicit Asked(Executor const& loop) : wakeup(loop) {}
        Wakeup wakeup;
        std::optional<ErrorCode> answer;
    };
    struct CodeWaiter {
        explicit CodeWaiter(Executor const& loop) : wakeup(loop) {}
        Wakeup wakeup;
        std::optional<engine::CodeReport> report;
    };

    /// Lets the engine take a step and carries out what it decides. An engine that throws is given up.
    void drive(std::function<void(engine::Engine&)> const& step);
    void pump();
    void carry_out(engine::Effect effect);
    void open_connection();
    void close_connection();
    void write(Bytes bytes);
    Task<void> run_connection(ConnectionPtr connection);
    Task<void> serve_connection(ConnectionPtr connection);
    void connection_ended(ConnectionPtr const& connection, engine::LinkEnd end);
    bool is_storage_behind() const;
    bool is_queue_full() const;
    Task<void> run_writer(ConnectionPtr connection);
    Task<void> run_compute(std::function<std::function<void()>()> work);
    /// Lets the engine have files of the account.
    void bind_blobs();
    Task<void> run_fetch(message::MediaFile file, media::MediaType type,
                         std::function<void(Result<Bytes>)> done);
    void bind_history();
    Task<void> run_history_fetch(message::MediaFile file, engine::HistorySync::FileDone done);
    void commit(UnitOfWork work, engine::Ticket ticket);
    void on_committed(engine::Ticket ticket, ErrorCode error, std::size_t bytes);
    void on_status();
    Earlier find_earlier(std::optional<IdempotencyKey> const& key) const;
    Outcome<SentMessage> stored_outcome(IdempotencyEntry const& entry) const;
    std::optional<Rejection> reason_to_refuse() const;
    /// What the limits say to one more message.
    std::optional<Rejection> limit_of(engine::Draft const& draft, std::string_view asker, bool takes);
    bool is_new_chat(Jid const& chat) const;
    Task<Outcome<SentMessage>> send_draft(engine::Draft draft, std::size_t bytes, std::string asker);
    using Prepare = std::function<Task<Outcome<PreparedMessage>>()>;
    Task<Outcome<SentMessage>> send_prepared(engine::Draft draft, std::size_t bytes, std::string asker,
                                             Prepare prepare);
    SendPtr submit(engine::Draft draft, SendBudget::Place place);
    Task<Outcome<SentMessage>> wait_for_outcome(SendPtr send);
    void on_send_report(engine::SendReport report);
    void forget_if_unused(Send const& send);
    /// No command will be reported on any more.
    bool is_over() const { return closed_ || engine_->reason() == StatusReason::storage_failed; }
    void wake_commands();
    /// How long a command may still wait; nothing or less: not at all.
    Duration time_left(std::chrono::steady_clock::time_point deadline) const;
    Task<bool> wait_for_logout(LogoutWaiter& waiter, Milliseconds limit);
    Task<bool> wait_for_status(SessionStatus wanted, Milliseconds limit);
    Rejection wrong_status(std::vector<SessionStatus> expected) const;

    Executor executor_;
    SessionKey key_;
    SessionConfig config_;
    SessionContext const& context_;
    AsyncSemaphore& connecting_;
    crypto::SystemRandom random_;
    std::unique_ptr<SessionReader> reader_;
    std::unique_ptr<engine::Engine> engine_;
    TaskGroup group_;
    Alarm alarm_;
    ConnectionPtr connection_;
    std::uint64_t next_command_ = 1;
    std::map<engine::CommandId, SendPtr> sends_;
    std::map<ByteArray<32>, SendPtr> keyed_sends_; ///< by hash of the key; all of them are in sends_ too
    /// Whose content is being made, by hash of the key: whoever asks with the same key waits.
    std::map<ByteArray<32>, std::weak_ptr<AsyncSemaphore>> preparing_;
    std::map<engine::CommandId, std::shared_ptr<CodeWaiter>> codes_;
    std::map<engine::CommandId, std::shared_ptr<LogoutWaiter>> logouts_;
    std::list<std::shared_ptr<Asked>> asked_; ///< questions that wait for their answer
    SendBudget send_budget_;
    std::map<engine::CommandId, SendBudget::Place> unfinished_; ///< until their last report
    std::set<Jid> counted_chats_; ///< new ones, until they are found in the store
    std::list<Wakeup*> status_waiters_;
    SessionStatus logged_status_ = SessionStatus::stopped; ///< each change is logged once
    std::optional<WallTime> last_activity_;
    std::size_t uncommitted_ = 0; ///< units of work that the store has not answered
    std::size_t uncommitted_bytes_ = 0;
    TenantShares::Share share_;
    Wakeup settled_; ///< for close(): all are answered
    std::optional<std::chrono::steady_clock::time_point> drain_end_;
    bool pumping_ = false;
    bool closed_ = false;
};

} // namespace wagate::gateway
