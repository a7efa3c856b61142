#pragma once
// The store of one process: a SQLite database (WAL, synchronous=FULL), one writer thread with group commit,
// reader connections. No SQLite type leaves this folder. Tenant and session lead every key; every call names
// them.
#include "protocol/model/unit_of_work.hpp"
#include "storage/limit_store.hpp"
#include "storage/store_errc.hpp"
#include "storage/tenants.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace wagate::storage {

/// A session as configured and last seen.
struct SessionRow {
    SessionKey key;
    std::string config_json; ///< what the API was given, validated
    bool should_run = false; ///< started again at boot
    SessionStatus last_status = SessionStatus::stopped;
    WallTime created{};
    WallTime updated{};
};

struct ApiKeyRow {
    std::string id; ///< "key_…"
    TenantId tenant;
    ByteArray<32> hash{};  ///< of the key: KeyDesk::keyed_hash of its SHA-256
    bool is_admin = false; ///< may act for every tenant
    WallTime created{};
    std::optional<SessionName> session = {};  ///< it is limited to; also one that does not exist (yet)
    std::optional<std::uint8_t> actions = {}; ///< bits of the API's; nothing: the usual ones
    bool active = true;
    std::optional<WallTime> expires = {};
    std::string hint = {};                           ///< its last characters
    std::vector<SessionName> more_sessions = {};     ///< it may use beside `session`
    std::vector<std::string> networks = {};          ///< CIDR; it may be used from; empty: any
    std::string name = {};                           ///< for people
    std::optional<ByteArray<32>> previous_hash = {}; ///< of the secret before the last rotation
    std::optional<WallTime> previous_until = {};     ///< when that one ends
    std::optional<WallTime> last_used = {};
};

/// What runs beside a session.
struct AppRow {
    SessionKey session;
    std::string id;   ///< of the tenant
    std::string kind; ///< calls, chatwoot, mcp
    std::string config_json;
    bool enabled = true;
};

struct StoredEvent {
    SessionKey session;
    std::uint64_t sequence = 0; ///< per session, from 1, without gaps
    std::uint64_t position =
        0;          ///< per tenant, over all its sessions, in the order of commits; never used again
    std::string id; ///< "evt_" + 26 characters (ULID, lower case); constant for ever
    Event event;
};

/// A piece of a tenant's event log.
struct EventQuery {
    TenantId tenant;
    std::optional<std::vector<SessionName>> sessions; ///< nothing: all, also those made later
    std::uint64_t after = 0;                          ///< position
    std::size_t limit = 100;
    std::size_t max_bytes = 1u << 20; ///< of stored events; one is returned even if it is larger
};
struct EventPage {
    std::vector<StoredEvent> events; ///< by position
    std::uint64_t scanned = 0;       ///< go on behind this position; at least `after`
};

/// How far a webhook endpoint has been served.
struct DeliveryState {
    std::uint64_t sequence = 0; ///< everything up to it is settled: delivered, not wanted or a dead letter
    Bytes details;              ///< the dispatcher's own, opaque here; a few KiB at most
    bool operator==(DeliveryState const&) const = default;
};

/// An event that an endpoint will not get by itself any more.
struct DeadLetter {
    std::uint64_t number = 0; ///< per tenant, ascending, never used again; given by the store
    SessionKey session;
    std::string endpoint;
    std::string url; ///< where it was to go, as configured then
    std::uint64_t sequence = 0;
    std::string event_id;   ///< of the rendered event: what receivers saw as its id
    std::string event_name; ///< "message.any"; empty for expired ones
    WallTime time{};        ///< when it was given up
    int attempts = 0;
    unsigned status = 0;        ///< HTTP status of the last attempt, 0 when there was none
    std::string reason;         ///< exhausted, gone, expired …; machine-readable
    std::string error;          ///< of the last attempt, no secrets
    std::optional<Event> event; ///< nothing: removed by retention before it could be delivered
};
struct DeadLetterQuery {
    std::optional<SessionName> session;
    std::optional<std::string> endpoint;
    std::optional<std::string> event_name;
    std::optional<WallTime> from;       ///< inclusive
    std::optional<WallTime> until;      ///< exclusive
    std::vector<std::uint64_t> numbers; ///< only these, when not empty
    std::uint64_t after = 0;            ///< number
    std::size_t limit = 100;
};
/// One step of a delivery; all of it is durable, or nothing.
struct DeliveryUpdate {
    DeliveryState state;
    std::vector<DeadLetter> dead_letters; ///< numbers are given by the store
    std::vector<Event> events;            ///< appended to the session's log
};

struct MessageQuery {
    Jid chat;                      ///< empty user: all chats
    std::optional<Jid> chat_alias; ///< the same person's other JID (LID or phone)
    std::size_t limit = 10;
    std::size_t offset = 0;
    bool newest_first = true;
    std::optional<WallTime> from;  ///< inclusive
    std::optional<WallTime> until; ///< inclusive
    std::optional<bool> from_me;
    std::optional<Ack> ack;
};

enum class ChatSort : std::uint8_t { activity = 0, id = 1, name = 2 };
struct ChatQuery {
    std::vector<Jid> ids; ///< only these, under either address; empty: all
    ChatSort sort = ChatSort::activity;
    bool descending = true;
    std::size_t limit = 100;
    std::size_t offset = 0;
    bool last_messages = false; ///< tells each chat's newest message, too
};
struct ChatEntry {
    Chat chat;
    std::optional<Contact> contact; ///< of the person
    std::optional<Message> last_message;
};
struct ContactQuery {
    bool by_name = false; ///< instead of by address
    bool descending = false;
    std::size_t limit = 100;
    std::size_t offset = 0;
};
struct LidPair {
    Jid lid;
    Jid phone;
    bool operator==(LidPair const&) const = default;
};

struct StoreOptions {
    std::filesystem::path file;
    std::size_t record_cache_bytes = 16u << 20; ///< shared by all sessions
    std::function<void()> on_commit_failure;    ///< called once, on the writer thread (D6)
    /// The disk is full (true): commits wait until there is space, then go on (false). On the writer thread.
    std::function<void(bool)> on_disk_full;
    Milliseconds full_disk_retry{500};
    std::chrono::hours seen_retention{14 * 24}; ///< of stanzas' hashes, waiting stanzas and idempotency keys
    std::chrono::hours event_retention{7 * 24};
    std::size_t event_retention_bytes = std::size_t{1} << 30; ///< per tenant, stored events and dead letters
    std::chrono::hours dead_letter_retention{30 * 24};
    /// The write-ahead log is copied into the database at this many pages (4 KB) once nobody has written for
    /// a moment …
    int idle_checkpoint_pages = 1'000;
    int forced_checkpoint_pages = 16'384; ///< … and at this many in any case
};

/// A failed read throws boost::system::system_error(StoreErrc::damaged): "nothing found" would be a lie that
/// makes the engine invent new keys. Calls that block must not be made from `done` or a listener (the writer
/// thread).
class Store {
public:
    virtual ~Store() = default;

    // --- engine side ------------------------------------------------------------------------------------
    /// A reader scoped to one session; cheap to make; usable from any one thread at a time; must not outlive
    /// the store.
    virtual std::unique_ptr<SessionReader> reader(SessionKey const& session) = 0;
    /// Queues a unit of work; any thread. Units of one session commit in the order queued; a batch is
    /// whatever arrived while the previous commit ran. `done` runs on the writer thread after the fsync; post
    /// it elsewhere. It gets not_found when the session does not exist (any more), commit_failed after a
    /// failure (D6).
    virtual void commit(SessionKey const& session, UnitOfWork work,
                        std::function<void(Result<void>)> done) = 0;
    /// Bytes queued and not yet committed, for back-pressure (O2).
    virtual std::size_t queued_bytes() const noexcept = 0;
    /// Commits wait for space on the disk.
    virtual bool is_disk_full() const noexcept = 0;

    // --- administration: block until durable; never on an event loop --------------------------------------
    virtual Result<void> ensure_tenant(TenantId const& tenant) = 0;
    virtual std::vector<TenantId> tenants() = 0;
    virtual TenantRecords& tenant_records() = 0;
    virtual Result<void>
    insert_session(SessionRow const& row) = 0; ///< already_exists; not_found: no such tenant
    virtual Result<void> update_session(SessionRow const& row) = 0;    ///< not_found
    virtual Result<void> erase_session(SessionKey const& session) = 0; ///< with all its data
    virtual std::optional<SessionRow> session(SessionKey const& session) = 0;
    virtual std::vector<SessionRow> sessions(TenantId const& tenant) = 0;
    virtual std::vector<SessionRow> all_sessions() = 0; ///< at boot
    virtual Result<void>
    insert_api_key(ApiKeyRow const& row) = 0; ///< already_exists (id or hash); not_found: no such tenant
    virtual Result<void> erase_api_key(TenantId const& tenant, std::string const& id) = 0;
    /// All but id, tenant and time of creation. not_found; already_exists: the hash is another key's.
    virtual Result<void> update_api_key(ApiKeyRow const& row) = 0;
    virtual std::vector<ApiKeyRow> api_keys() = 0;
    /// Inserts or replaces. not_found: no such session; already_exists: the id is that of another session.
    virtual Result<void> put_app(AppRow const& row) = 0;
    virtual Result<void> erase_app(SessionKey const& session, std::string const& id) = 0; ///< not_found
    virtual std::vector<AppRow> all_apps() = 0;                                           ///< at boot

    // --- readers of the event log (any thread, blocking point reads) --------------------------------------
    virtual std::vector<StoredEvent> events_after(SessionKey const& session, std::uint64_t sequence,
                                                  std::size_t limit) = 0;
    virtual std::uint64_t last_sequence(SessionKey const& session) = 0;
    /// The oldest event that is still there; 0 without any.
    virtual std::uint64_t first_sequence(SessionKey const& session) = 0;
    virtual EventPage events(EventQuery const& query) = 0;
    virtual std::uint64_t last_position(TenantId const& tenant) = 0;
    /// Where an event (or the second one rendered of it) stands; nothing when no such event was ever given
    /// out. Found also when retention has removed it.
    virtual std::optional<std::uint64_t> position_of(TenantId const& tenant, std::string const& event_id) = 0;
    /// Called on the writer thread after each commit that appended events, once per session in the batch.
    virtual void on_events(std::function<void(SessionKey const&)> listener) = 0;
    // --- webhook deliveries (any thread) -------------------------------------------------------------------
    /// Nothing when the endpoint is new.
    virtual std::optional<DeliveryState> delivery_state(SessionKey const& session,
                                                        std::string const& endpoint) = 0;
    /// `done` as in commit().
    virtual void save_delivery(SessionKey const& session, std::string const& endpoint, DeliveryUpdate update,
                               std::function<void(Result<void>)> done) = 0;
    /// Dead letters stay.
    virtual void erase_delivery(SessionKey const& session, std::string const& endpoint) = 0;
    virtual std::vector<DeadLetter> dead_letters(TenantId const& tenant, DeadLetterQuery const& query) = 0;
    /// Blocks until durable. `limit` and `after` of the query count too. @return how many there were
    virtual Result<std::size_t> erase_dead_letters(TenantId const& tenant, DeadLetterQuery const& query) = 0;

    // --- queries
    // --------------------------------------------------------------------------------------------
    virtual std::vector<Message> messages(SessionKey const& session, MessageQuery const& query) = 0;
    /// All with this id, in whatever chat; few, as ids are random.
    virtual std::vector<Message> messages_by_id(SessionKey const& session, MessageId const& id) = 0;
    virtual std::vector<ChatEntry> chats(SessionKey const& session, ChatQuery const& query) = 0;
    virtual std::vector<Contact> contacts(SessionKey const& session, ContactQuery const& query) = 0;
    /// Who of a group has got or read an own message, by member.
    virtual std::vector<MemberReceipt> member_receipts(SessionKey const& session, Jid const& chat,
                                                       MessageId const& id) = 0;
    /// Of everybody whose number and LID are known, by LID.
    virtual std::vector<LidPair> lid_pairs(SessionKey const& session, std::size_t limit,
                                           std::size_t offset) = 0;
    virtual std::size_t lid_pair_count(SessionKey const& session) = 0;
    /// A send that is not finished yet.
    virtual std::optional<OutboxEntry> outbox_entry(SessionKey const& session, MessageId const& id) = 0;
    virtual std::optional<std::string> phone_of_lid(SessionKey const& session,
                                                    std::string const& lid_user) = 0;
    virtual std::optional<std::string> lid_of_phone(SessionKey const& session,
                                                    std::string const& phone_user) = 0;
    /// Deletes expired de-duplication hashes, waiting stanzas and idempotency keys, and events and dead
    /// letters past retention by age or by their tenant's bytes, oldest first, in small steps. Blocking. The
    /// newest event of a session stays: the next sequence number follows from it.
    virtual void prune(WallTime now) = 0;

    /// Lives as long as the store.
    virtual LimitStore& limits() = 0;
};

/// Opens or creates the database and migrates it.
Result<std::unique_ptr<Store>> open_store(StoreOptions options);

} // namespace wagate::storage
