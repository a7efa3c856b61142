#pragma once
// What the parts of an engine share: account, records with uncommitted changes on top, requests, timers,
// effects. Internal to the engine; parts hold a reference and live as long as it.
#include "protocol/engine/account.hpp"
#include "protocol/engine/history_options.hpp"
#include "protocol/engine/pending_messages.hpp"
#include "protocol/engine/request_table.hpp"
#include "protocol/engine/sending_policy.hpp"
#include "protocol/engine/wire.hpp"
#include "protocol/stanza/client_payload.hpp"

#include <deque>
#include <map>
#include <memory>

namespace wagate::message {
struct RecoveredSnapshot;
}

namespace wagate::engine {

struct EngineOptions {
    crypto::Key32 root_key = noise::whatsapp_root_key;
    stanza::ClientVersion version;
    stanza::DeviceDescription device;
    HistoryOptions history;
    SendingOptions sending;
    bool mark_online = true; ///< announce presence after login; makes delivery receipts "active" (7.7)
    std::size_t initial_prekeys = 812; ///< first upload (5.2)
    std::size_t prekey_batch = 50;     ///< later uploads
    std::size_t prekey_threshold = 5;  ///< upload when the server has fewer
    Milliseconds request_timeout = std::chrono::seconds{60};
    Milliseconds first_qr_lifetime = std::chrono::seconds{60};
    Milliseconds next_qr_lifetime = std::chrono::seconds{20};
    std::chrono::hours device_list_lifetime{24};
    std::chrono::hours signed_prekey_lifetime{24 * 30};
};

/// Records as the engine must see them: what it has decided but storage has not committed yet lies on top.
class PendingRecords final : public RecordSource {
public:
    explicit PendingRecords(RecordSource const& base) noexcept : base_(&base) {}
    std::optional<Bytes> read(RecordKind kind, std::string_view key) const override;
    void put(RecordOverlay::Changes const& changes, Ticket ticket);
    /// The unit of work `ticket` deletes every record there is.
    void wiped(Ticket ticket);
    /// Forgets what the commit of `ticket` has made visible below.
    void committed(Ticket ticket);
    void clear();
    std::size_t size() const noexcept { return pending_.size(); }

private:
    struct Pending {
        std::optional<Bytes> value;
        Ticket ticket;
    };
    RecordSource const* base_;
    std::map<RecordKey, Pending> pending_;
    std::optional<Ticket> wiped_; ///< until its commit nothing below counts
};

/// Who gets a message that goes to many under one sender key (5.5).
struct Audience {
    std::vector<Jid> users; ///< bare, in one addressing where the server asks for it, with the own account
    bool uses_lids = true;
    std::string setting = {}; ///< of status posts: contacts, allowlist or denylist
};
/// Where an audience comes from: groups and status posts each have a part that knows.
struct AudienceSource {
    /// Of a message that waits in the outbox. A refusal is a server_error. `done` runs exactly once.
    std::function<void(OutboxEntry const& entry, std::function<void(Result<Audience>)> done)> find;
    /// The server knows other devices or members: what is known of them has to be asked for again.
    std::function<void(RecordOverlay& step, Jid const& chat)> outdated;
    /// True when this user may have this message of the chat.
    std::function<bool(Jid const& chat, MessageId const& message, Jid const& user)> contains;
    /// The message was encrypted for this audience. Empty: nothing is to be remembered.
    std::function<void(RecordOverlay& step, Message const& message, Audience const& audience)> used = {};
};

/// Why a request brought no result: its own failure, or `refused` for an error reply (3.6). No error: it did.
ErrorCode failure_of(Result<binary::Node> const& reply);

class Core {
public:
    Core(EngineOptions engine_options, SessionReader const& session_reader, RandomSource& random_source);

    EngineOptions options;
    SessionReader const& reader;
    RandomSource& random;
    PendingRecords records;
    PendingMessages messages;
    Account account;
    Instant now{};
    Milliseconds server_offset{0};
    bool active = false;          ///< login is complete: stanzas may be sent
    bool online_presence = false; ///< presence "available" was announced on this connection
    std::unique_ptr<Wire> wire;
    RequestTable requests;

    // --- sending -------------------------------------------------------------------------------------------
    bool connected() const noexcept { return wire != nullptr && wire->established(); }
    /// Drops the node when there is no connection; what must survive is sent again from durable state.
    void send(binary::Node const& node);
    void send_encoded(ByteView encoded);
    std::string next_request_id();
    /// Sends an iq that carries `id` and waits for its reply. `handler` runs exactly once.
    void request(std::string const& id, binary::Node iq, RequestTable::Handler handler);
    void request(std::string const& id, binary::Node iq, Milliseconds limit, RequestTable::Handler handler);
    /// Called when a reply has come, before its handler, with the time that it took.
    std::function<void(Milliseconds)> round_trip;

    /// Gives the iq an id, sends it and waits for its reply. A refusal is a server_error, anything else is
    /// failure_of's. `done` runs exactly once.
    void ask(binary::Node iq, std::function<void(Result<binary::Node>)> done);

    // --- what parts listen to ------------------------------------------------------------------------------
    using StanzaHandler = std::function<void(binary::Node const&)>;
    /// By type. The handler acknowledges the notification (see acknowledger), once what it stores is durable.
    std::map<std::string, StanzaHandler, std::less<>> notification_handlers;
    /// By tag, for those that only one part knows: presence, chatstate, call.
    std::map<std::string, StanzaHandler, std::less<>> stanza_handlers;
    /// By the chat's server, for messages under a sender key.
    std::map<JidServer, AudienceSource> audiences;
    std::vector<std::function<void()>> when_active;       ///< login is complete
    std::vector<std::function<void()>> when_disconnected; ///< what waited for this connection is over
    std::vector<std::function<void()>> when_forgotten;    ///< the account is logged out: nothing of it counts
    /// The phone tells of a piece of its history: adds to the step what is needed to take it later.
    std::function<void(RecordOverlay& step, MessageId const& id, ByteView notification)> history_notified;
    std::function<void()> history_stored; ///< such a step is on its way to storage
    /// The phone sends a whole collection of app state: adds to the step what is needed to take it later.
    /// @return false when nobody has asked for it
    std::function<bool(RecordOverlay& step, message::RecoveredSnapshot const& recovered)> recovery_answered;
    std::function<void()> recovery_stored;  ///< such a step is on its way to storage
    std::function<void()> own_name_learned; ///< the account's push name has changed
    std::vector<std::function<void()>>
        when_app_state_keys; ///< the phone has shared keys; they are in the records
    /// The server says that something of this type has changed while nobody was there (3.4).
    std::vector<std::function<void(std::string_view type)>> when_dirty;
    /// Acknowledges the stanza when called, on the connection of now.
    std::function<void()> acknowledger(binary::Node const& stanza);

    // --- storing -------------------------------------------------------------------------------------------
    /// Queues a unit of work; its records are visible at once. `then` runs after the commit, never on
    /// failure.
    void store(UnitOfWork work, std::function<void()> then = {});
    void store(RecordOverlay&& step, std::function<void()> then = {});
    /// While `action` runs, a unit that only adds records and outbox entries becomes part of the one stored
    /// right before it: one commit instead of two, in the same order.
    template <class Action>
    void together(Action&& action)
    {
        bool const is_outermost = !std::exchange(is_together_, true);
        action();
        if (!is_outermost) return;
        is_together_ = false;
        release_held();
    }
    /// Runs `then` once everything stored so far is durable; at once when nothing waits.
    void after_stores(std::function<void()> then);
    /// `action` for a later moment, which does nothing when the connection of now is gone by then: an answer
    /// belongs to the connection its question came on (3.8).
    std::function<void()> on_this_connection(std::function<void()> action);
    /// A unit of work that starts with the records of a step that succeeded.
    static UnitOfWork unit(RecordOverlay&& step);
    void on_stored(Ticket ticket);
    std::size_t uncommitted() const noexcept { return stores_.size(); }

    // --- away from the loop --------------------------------------------------------------------------------
    void compute(std::function<std::function<void()>()> work);

    // --- time ----------------------------------------------------------------------------------------------
    using TimerId = std::uint64_t;
    TimerId after(Milliseconds delay, std::function<void()> action);
    void cancel(TimerId& timer);
    void run_timers();
    std::optional<MonotonicTime> next_timer() const;

    // --- effects -------------------------------------------------------------------------------------------
    void emit(Effect effect) { effects_.push_back(std::move(effect)); }
    std::vector<Effect> take_effects() { return std::exchange(effects_, {}); }

    /// Everything that belongs to the connection that just ended.
    void drop_connection(ErrorCode reason);
    /// Storage has failed: drops everything and stores nothing any more (D6).
    void give_up(ErrorCode reason);
    bool has_given_up() const noexcept { return given_up_; }
    std::function<void(std::string_view)> protocol_error; ///< set by the engine: ends the connection

private:
    struct PendingStore {
        Ticket ticket;
        std::function<void()> then;
    };
    /// Emits the unit that together() holds back.
    void release_held();
    struct Timer {
        TimerId id;
        std::function<void()> action;
    };
    std::vector<Effect> effects_;
    std::deque<PendingStore> stores_;
    bool is_together_ = false;
    std::optional<Store> held_;    ///< by together()
    std::uint64_t connection_ = 0; ///< counts connections that have ended
    bool given_up_ = false;
    std::multimap<MonotonicTime, Timer> timers_;
    Ticket next_ticket_ = 1;
    TimerId next_timer_ = 1;
    std::uint32_t request_prefix_;
    std::uint32_t request_counter_ = 0;
};

} // namespace wagate::engine
