#include "storage/store.hpp"

#include "storage/delivery_job.hpp"
#include "storage/directory.hpp"
#include "storage/file_guard.hpp"
#include "storage/function_job.hpp"
#include "storage/reader_pool.hpp"
#include "storage/record_cache.hpp"
#include "storage/repository/api_keys.hpp"
#include "storage/repository/apps.hpp"
#include "storage/repository/chats.hpp"
#include "storage/repository/contacts.hpp"
#include "storage/repository/dead_letters.hpp"
#include "storage/repository/deliveries.hpp"
#include "storage/repository/event_id.hpp"
#include "storage/repository/events.hpp"
#include "storage/repository/idempotency.hpp"
#include "storage/repository/member_receipts.hpp"
#include "storage/repository/messages.hpp"
#include "storage/repository/outbox.hpp"
#include "storage/repository/retention.hpp"
#include "storage/repository/seen.hpp"
#include "storage/repository/sessions.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/repository/waiting.hpp"
#include "storage/schema/schema.hpp"
#include "storage/session_reader.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/unit_job.hpp"
#include "storage/writer.hpp"

#include <algorithm>
#include <future>

namespace wagate::storage {
namespace {

using Done = std::function<void(Result<void>)>;

class SqliteStore final : public Store {
public:
    SqliteStore(StoreOptions options, FileGuard guard, std::unique_ptr<sqlite::Database> database)
        : options_(std::move(options)),
          guard_(std::move(guard)),
          pool_(options_.file),
          cache_(options_.record_cache_bytes)
    {
        for (auto const& tenant : sessions::tenants(*database))
            directory_.add(tenant.id, tenant.number);
        for (auto const& session : sessions::all(*database))
            directory_.add(session.key, session.scope);
        Writer::Hooks hooks;
        hooks.commit_failed = options_.on_commit_failure;
        hooks.batch_done = [this] { announce(); };
        hooks.disk_full = options_.on_disk_full;
        Writer::Settings settings;
        settings.full_disk_retry = options_.full_disk_retry;
        settings.checkpoints.idle_frames = options_.idle_checkpoint_pages;
        settings.checkpoints.forced_frames = options_.forced_checkpoint_pages;
        writer_.emplace(std::move(database), settings, std::move(hooks));
    }

    // --- engine side ---

    std::unique_ptr<SessionReader> reader(SessionKey const& session) override
    {
        return std::make_unique<StoredSessionReader>(reader_shared_, session);
    }

    void commit(SessionKey const& session, UnitOfWork work, Done done) override
    {
        writer_->enqueue(std::make_unique<UnitJob>(unit_shared_, session, std::move(work), std::move(done)));
    }

    std::size_t queued_bytes() const noexcept override { return writer_->queued_bytes(); }
    bool is_disk_full() const noexcept override { return writer_->is_disk_full(); }

    // --- administration ---

    Result<void> ensure_tenant(TenantId const& tenant) override
    {
        if (directory_.tenant(tenant)) return {};
        bool is_new = false;
        FunctionJob::Change change;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            is_new = !directory_.tenant(tenant);
            if (is_new) directory_.add(tenant, sessions::insert_tenant(database, tenant));
            return {};
        };
        change.rolled_back = [&] {
            if (is_new) directory_.remove(tenant);
        };
        return write(std::move(change));
    }

    std::vector<TenantId> tenants() override
    {
        auto const found = pool_.read([](sqlite::Database& database) { return sessions::tenants(database); });
        std::vector<TenantId> ids;
        for (auto const& tenant : found)
            ids.push_back(tenant.id);
        return ids;
    }

    Result<void> insert_session(SessionRow const& row) override
    {
        FunctionJob::Change change;
        change.lane = row.key.tenant.value;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            auto const tenant = directory_.tenant(row.key.tenant);
            if (!tenant) return StoreErrc::not_found;
            if (directory_.session(row.key)) return StoreErrc::already_exists;
            directory_.add(row.key, sessions::insert(database, *tenant, row));
            return {};
        };
        change.rolled_back = [&] { directory_.remove(row.key); };
        return write(std::move(change));
    }

    Result<void> update_session(SessionRow const& row) override
    {
        FunctionJob::Change change;
        change.lane = row.key.tenant.value;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            auto const scope = directory_.session(row.key);
            if (!scope) return StoreErrc::not_found;
            sessions::update(database, *scope, row);
            return {};
        };
        return write(std::move(change));
    }

    Result<void> erase_session(SessionKey const& session) override
    {
        std::optional<Scope> scope;
        FunctionJob::Change change;
        change.lane = session.tenant.value;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            scope = directory_.session(session);
            if (!scope) return StoreErrc::not_found;
            sessions::erase(database, *scope);
            directory_.remove(session);
            return {};
        };
        change.rolled_back = [&] { directory_.add(session, *scope); };
        if (auto const erased = write(std::move(change)); !erased) return erased;
        cache_.drop(*scope);
        return clear(*scope);
    }

    std::optional<SessionRow> session(SessionKey const& session) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return std::nullopt;
        return pool_.read(
            [&](sqlite::Database& database) { return sessions::find(database, *scope, session); });
    }

    std::vector<SessionRow> sessions(TenantId const& tenant) override
    {
        auto const number = directory_.tenant(tenant);
        if (!number) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return sessions::of_tenant(database, *number, tenant); });
    }

    std::vector<SessionRow> all_sessions() override
    {
        std::vector<SessionRow> rows;
        for (auto const& tenant : tenants()) {
            auto more = sessions(tenant);
            std::move(more.begin(), more.end(), std::back_inserter(rows));
        }
        return rows;
    }

    Result<void> insert_api_key(ApiKeyRow const& row) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const tenant = directory_.tenant(row.tenant);
            if (!tenant) return StoreErrc::not_found;
            if (api_keys::exists(database, *tenant, row.id) || api_keys::hash_exists(database, row.hash))
                return StoreErrc::already_exists;
            api_keys::insert(database, *tenant, row);
            return {};
        });
    }

    Result<void> erase_api_key(TenantId const& tenant, std::string const& id) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const number = directory_.tenant(tenant);
            if (!number || !api_keys::exists(database, *number, id)) return StoreErrc::not_found;
            api_keys::erase(database, *number, id);
            return {};
        });
    }

    Result<void> update_api_key(ApiKeyRow const& row) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const number = directory_.tenant(row.tenant);
            if (!number || !api_keys::exists(database, *number, row.id)) return StoreErrc::not_found;
            if (api_keys::is_of_another(database, row.hash, *number, row.id))
                return StoreErrc::already_exists;
            api_keys::update(database, *number, row);
            return {};
        });
    }

    std::vector<ApiKeyRow> api_keys() override
    {
        return pool_.read([](sqlite::Database& database) { return api_keys::all(database); });
    }

    Result<void> put_app(AppRow const& row) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const scope = directory_.session(row.session);
            if (!scope) return StoreErrc::not_found;
            if (apps::is_of_another(database, *scope, row.id)) return StoreErrc::already_exists;
            apps::put(database, *scope, row);
            return {};
        });
    }

    Result<void> erase_app(SessionKey const& session, std::string const& id) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const scope = directory_.session(session);
            if (!scope || !apps::erase(database, *scope, id)) return StoreErrc::not_found;
            return {};
        });
    }

    std::vector<AppRow> all_apps() override
    {
        return pool_.read([](sqlite::Database& database) { return apps::all(database); });
    }

    // --- event log ---

    std::vector<StoredEvent> events_after(SessionKey const& session, std::uint64_t sequence,
                                          std::size_t limit) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read([&](sqlite::Database& database) {
            return events::after(database, *scope, session, sequence, limit);
        });
    }

    std::uint64_t last_sequence(SessionKey const& session) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return 0;
        return pool_.read(
            [&](sqlite::Database& database) { return events::last_sequence(database, *scope); });
    }

    std::uint64_t first_sequence(SessionKey const& session) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return 0;
        return pool_.read(
            [&](sqlite::Database& database) { return events::first_sequence(database, *scope); });
    }

    EventPage events(EventQuery const& query) override
    {
        EventPage nothing;
        nothing.scanned = query.after;
        auto const tenant = directory_.tenant(query.tenant);
        if (!tenant) return nothing;
        events::Scan scan{*tenant, std::nullopt};
        if (query.sessions) {
            scan.sessions.emplace();
            for (auto const& name : *query.sessions)
                if (auto const scope = directory_.session({query.tenant, name}))
                    scan.sessions->push_back(scope->session);
            std::sort(scan.sessions->begin(), scan.sessions->end());
        }
        // Each scan is a read of its own: a long one would keep the write-ahead log from starting anew.
        for (auto step = query;;) {
            auto found =
                pool_.read([&](sqlite::Database& database) { return events::scan(database, scan, step); });
            if (!found.page.events.empty() || found.is_at_end || query.limit == 0)
                return std::move(found.page);
            step.after = found.page.scanned;
        }
    }

    std::uint64_t last_position(TenantId const& tenant) override
    {
        auto const number = directory_.tenant(tenant);
        if (!number) return 0;
        return pool_.read(
            [&](sqlite::Database& database) { return tenant_log::last_position(database, *number); });
    }

    std::optional<std::uint64_t> position_of(TenantId const& tenant, std::string const& event_id) override
    {
        auto const number = directory_.tenant(tenant);
        auto const position = position_in(event_id);
        if (!number || !position || *position == 0) return std::nullopt;
        return pool_.read([&](sqlite::Database& database) -> std::optional<std::uint64_t> {
            if (*position > tenant_log::last_position(database, *number)) return std::nullopt;
            auto const stored = events::id_at(database, *number, *position);
            if (stored && !names_event(event_id, *stored)) return std::nullopt;
            return position;
        });
    }

    void on_events(std::function<void(SessionKey const&)> listener) override
    {
        std::lock_guard const lock{listeners_mutex_};
        listeners_.push_back(std::move(listener));
    }

    // --- webhook deliveries ---

    std::optional<DeliveryState> delivery_state(SessionKey const& session,
                                                std::string const& endpoint) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return std::nullopt;
        return pool_.read(
            [&](sqlite::Database& database) { return deliveries::find(database, *scope, endpoint); });
    }

    void save_delivery(SessionKey const& session, std::string const& endpoint, DeliveryUpdate update,
                       Done done) override
    {
        writer_->enqueue(std::make_unique<DeliveryJob>(unit_shared_, session, endpoint, std::move(update),
                                                       std::move(done)));
    }

    void erase_delivery(SessionKey const& session, std::string const& endpoint) override
    {
        FunctionJob::Change change;
        change.lane = session.tenant.value;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            if (auto const scope = directory_.session(session)) deliveries::erase(database, *scope, endpoint);
            return {};
        };
        // A failed commit is reported by on_commit_failure; a session that is gone has no deliveries.
        static_cast<void>(write(std::move(change)));
    }

    std::vector<DeadLetter> dead_letters(TenantId const& tenant, DeadLetterQuery const& query) override
    {
        auto const filter = dead_letter_filter(tenant, query);
        if (!filter) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return dead_letters::list(database, tenant, *filter, query); });
    }

    Result<std::size_t> erase_dead_letters(TenantId const& tenant, DeadLetterQuery const& query) override
    {
        auto const filter = dead_letter_filter(tenant, query);
        std::size_t total = 0;
        if (!filter) return total;
        auto rest = query;
        for (std::size_t erased = 1; erased > 0 && rest.limit > 0; total += erased) {
            FunctionJob::Change change;
            change.lane = tenant.value;
            change.apply = [&](sqlite::Database& database) -> Result<void> {
                erased = dead_letters::erase_step(database, *filter, rest);
                return {};
            };
            WAGATE_CHECK_OK(write(std::move(change)));
        }
        return total;
    }

    // --- queries ---

    std::vector<Message> messages(SessionKey const& session, MessageQuery const& query) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return messages::list(database, *scope, query); });
    }

    std::vector<Message> messages_by_id(SessionKey const& session, MessageId const& id) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return messages::with_id(database, *scope, id); });
    }

    std::vector<ChatEntry> chats(SessionKey const& session, ChatQuery const& query) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read([&](sqlite::Database& database) {
            auto found = chats::list(database, *scope, query);
            if (!query.last_messages) return found;
            for (auto& entry : found) {
                auto newest = messages::newest(database, *scope, entry.chat.jid, 1);
                if (!newest.empty()) entry.last_message = std::move(newest.front());
            }
            return found;
        });
    }

    std::vector<Contact> contacts(SessionKey const& session, ContactQuery const& query) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return contacts::list(database, *scope, query); });
    }

    std::vector<MemberReceipt> member_receipts(SessionKey const& session, Jid const& chat,
                                               MessageId const& id) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read([&](sqlite::Database& database) {
            return member_receipts::of_message(database, *scope, chat, id);
        });
    }

    std::vector<LidPair> lid_pairs(SessionKey const& session, std::size_t limit, std::size_t offset) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        auto pairs = pool_.read(
            [&](sqlite::Database& database) { return addresses::pairs(database, *scope, limit, offset); });
        std::vector<LidPair> found;
        for (auto& pair : pairs)
            found.push_back({std::move(pair.lid), std::move(pair.phone)});
        return found;
    }

    std::size_t lid_pair_count(SessionKey const& session) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return 0;
        return pool_.read([&](sqlite::Database& database) { return addresses::count(database, *scope); });
    }

    std::optional<OutboxEntry> outbox_entry(SessionKey const& session, MessageId const& id) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return std::nullopt;
        return pool_.read([&](sqlite::Database& database) { return outbox::find(database, *scope, id); });
    }

    std::optional<std::string> phone_of_lid(SessionKey const& session, std::string const& lid_user) override
    {
        return text_record(session, RecordKind::phone_of_lid, lid_user);
    }

    std::optional<std::string> lid_of_phone(SessionKey const& session, std::string const& phone_user) override
    {
        return text_record(session, RecordKind::lid_of_phone, phone_user);
    }

    void prune(WallTime now) override
    {
        auto const leftovers =
            pool_.read([](sqlite::Database& database) { return sessions::erased(database); });
        for (auto const& scope : leftovers)
            if (!clear(scope)) return;
        auto const horizon = now - options_.seen_retention;
        if (!prune_steps(seen::erase_step, horizon)) return;
        if (!prune_steps(idempotency::erase_step, horizon)) return;
        if (!prune_steps(waiting::erase_step, horizon)) return;
        if (!prune_steps(dead_letters::expire_step, now - options_.dead_letter_retention)) return;
        auto const all = pool_.read([](sqlite::Database& database) { return sessions::all(database); });
        for (auto const& session : all)
            if (!prune_events(session.scope, now - options_.event_retention)) return;
        auto const tenants =
            pool_.read([](sqlite::Database& database) { return sessions::tenants(database); });
        for (auto const& tenant : tenants)
            if (!prune_bytes(tenant.number)) return;
    }

private:
    /// Queues a change and waits until it is durable or refused.
    Result<void> write(FunctionJob::Change change)
    {
        std::promise<Result<void>> outcome;
        auto durable = outcome.get_future();
        auto done = [&outcome](Result<void> result) { outcome.set_value(result); };
        writer_->enqueue(std::make_unique<FunctionJob>(std::move(change), std::move(done)));
        return durable.get();
    }
    Result<void> write(FunctionJob::Apply apply)
    {
        FunctionJob::Change change;
        change.apply = std::move(apply);
        return write(std::move(change));
    }

    /// Nothing when the query names a session that does not exist.
    std::optional<dead_letters::Filter> dead_letter_filter(TenantId const& tenant,
                                                           DeadLetterQuery const& query) const
    {
        auto const number = directory_.tenant(tenant);
        if (!number) return std::nullopt;
        dead_letters::Filter filter{*number, std::nullopt};
        if (query.session) {
            auto const scope = directory_.session({tenant, *query.session});
            if (!scope) return std::nullopt;
            filter.session = scope->session;
        }
        return filter;
    }

    /// Deletes what is left of an erased session.
    Result<void> clear(Scope const& scope)
    {
        for (bool is_left = true; is_left;) {
            auto const cleared = write([&](sqlite::Database& database) -> Result<void> {
                is_left = sessions::clear_step(database, scope);
                return {};
            });
            if (!cleared) return cleared;
        }
        return {};
    }

    bool prune_steps(std::int64_t (*erase_step)(sqlite::Database&, WallTime), WallTime horizon)
    {
        for (auto erased = step_rows; erased == step_rows;) {
            auto const done = write([&](sqlite::Database& database) -> Result<void> {
                erased = erase_step(database, horizon);
                return {};
            });
            if (!done) return false;
        }
        return true;
    }

    bool prune_events(Scope const& scope, WallTime horizon)
    {
        for (;;) {
            auto const until = pool_.read(
                [&](sqlite::Database& database) { return events::expired_until(database, scope, horizon); });
            if (until == 0) return true;
            auto const done = write([&](sqlite::Database& database) -> Result<void> {
                events::erase_until(database, scope, until);
                return {};
            });
            if (!done) return false;
        }
    }

    bool prune_bytes(TenantNumber tenant)
    {
        auto const limit = options_.event_retention_bytes;
        auto const kept =
            pool_.read([&](sqlite::Database& database) { return tenant_log::bytes(database, tenant); });
        if (kept <= limit) return true;
        retention::Progress progress;
        for (bool is_left = true; is_left;) {
            auto const done = write([&](sqlite::Database& database) -> Result<void> {
                is_left = retention::erase_step(database, tenant, limit, progress);
                return {};
            });
            if (!done) return false;
        }
        return true;
    }

    std::optional<std::string> text_record(SessionKey const& session, RecordKind kind, std::string const& key)
    {
        auto const value = reader(session)->read(kind, key);
        if (!value) return std::nullopt;
        return to_text(*value);
    }

    void announce()
    {
        auto const grown = std::exchange(grown_, {});
        if (grown.empty()) return;
        std::lock_guard const lock{listeners_mutex_};
        for (auto const& session : grown)
            for (auto const& listener : listeners_)
                listener(session);
    }

    StoreOptions options_;
    FileGuard guard_;
    ReaderPool pool_;
    RecordCache cache_;
    Directory directory_;
    std::vector<SessionKey> grown_;
    UnitJob::Shared unit_shared_{directory_, cache_, grown_};
    StoredSessionReader::Shared reader_shared_{directory_, cache_, pool_};
    std::mutex listeners_mutex_;
    std::vector<std::function<void(SessionKey const&)>> listeners_;
    std::optional<Writer> writer_; ///< last: joined before what its jobs use goes
};

} // namespace

Result<std::unique_ptr<Store>> open_store(StoreOptions options)
{
    WAGATE_TRY(auto guard, FileGuard::acquire(options.file));
    auto database = sqlite::Database::open(options.file, sqlite::Access::write);
    if (!database) return sqlite::is_damage(database.error()) ? StoreErrc::damaged : StoreErrc::cannot_open;
    WAGATE_CHECK_OK(migrate(**database));
    auto store = std::make_unique<SqliteStore>(std::move(options), std::move(guard), std::move(*database));
    return std::unique_ptr<Store>{std::move(store)};
}

} // namespace wagate::storage
