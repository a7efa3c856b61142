#pragma once
// The store of one process: a SQLite database (WAL, synchronous=FULL), one writer thread with group commit,
// reader connections. No SQLite type leaves this folder. Tenant and session lead every key; every call names
// them.
#include "protocol/model/unit_of_work.hpp"
#include "storage/store_errc.hpp"

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
    ByteArray<32> hash{};  ///< SHA-256 of the key
    bool is_admin = false; ///< may act for every tenant
    WallTime created{};
};

struct StoredEvent {
    SessionKey session;
    std::uint64_t sequence = 0; ///< per session, from 1, without gaps
    std::string id;             ///< "evt_" + 26 characters (ULID, lower case); constant for ever
    Event event;
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

struct StoreOptions {
    std::filesystem::path file;
    std::size_t record_cache_bytes = 64u << 20; ///< shared by all sessions
    std::function<void()> on_commit_failure;    ///< called once, on the writer thread (D6)
    std::chrono::hours seen_retention{14 * 24}; ///< of redelivered stanzas and idempotency keys
    std::chrono::hours event_retention{7 * 24};
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

    // --- administration: block until durable; never on an event loop --------------------------------------
    virtual Result<void> ensure_tenant(TenantId const& tenant) = 0;
    virtual std::vector<TenantId> tenants() = 0;
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
    virtual std::vector<ApiKeyRow> api_keys() = 0;

    // --- readers of the event log (any thread, blocking point reads) --------------------------------------
    virtual std::vector<StoredEvent> events_after(SessionKey const& session, std::uint64_t sequence,
                                                  std::size_t limit) = 0;
    virtual std::uint64_t last_sequence(SessionKey const& session) = 0;
    /// Called on the writer thread after each commit that appended events, once per session in the batch.
    virtual void on_events(std::function<void(SessionKey const&)> listener) = 0;
    /// The last sequence a webhook endpoint has been served; nothing when it is new.
    virtual std::optional<std::uint64_t> cursor(SessionKey const& session, std::string const& endpoint) = 0;
    virtual void set_cursor(SessionKey const& session, std::string const& endpoint, std::uint64_t sequence,
                            std::function<void(Result<void>)> done) = 0;
    virtual void erase_cursor(SessionKey const& session, std::string const& endpoint) = 0;

    // --- queries
    // --------------------------------------------------------------------------------------------
    virtual std::vector<Message> messages(SessionKey const& session, MessageQuery const& query) = 0;
    virtual std::optional<std::string> phone_of_lid(SessionKey const& session,
                                                    std::string const& lid_user) = 0;
    virtual std::optional<std::string> lid_of_phone(SessionKey const& session,
                                                    std::string const& phone_user) = 0;
    /// Deletes expired de-duplication hashes and idempotency keys, and events past retention, in small steps.
    /// Blocking. The newest event of a session stays: the next sequence number follows from it.
    virtual void prune(WallTime now) = 0;
};

/// Opens or creates the database and migrates it.
Result<std::unique_ptr<Store>> open_store(StoreOptions options);

} // namespace wagate::storage
