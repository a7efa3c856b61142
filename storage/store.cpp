#include "storage/store.hpp"

#include "storage/directory.hpp"
#include "storage/file_guard.hpp"
#include "storage/reader_pool.hpp"
#include "storage/record_cache.hpp"
#include "storage/repository/api_keys.hpp"
#include "storage/repository/cursors.hpp"
#include "storage/repository/events.hpp"
#include "storage/repository/idempotency.hpp"
#include "storage/repository/messages.hpp"
#include "storage/repository/seen.hpp"
#include "storage/repository/sessions.hpp"
#include "storage/schema/schema.hpp"
#include "storage/session_reader.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/unit_job.hpp"
#include "storage/writer.hpp"

#include <future>

namespace wagate::storage {
namespace {

using Apply = std::function<Result<void>(sqlite::Database&)>;
using Done = std::function<void(Result<void>)>;

/// A small change that is not a unit of work: administration, cursors, pruning.
class FunctionJob final : public WriteJob {
public:
    FunctionJob(Apply apply, Done done) : apply_(std::move(apply)), done_(std::move(done)) {}

    Result<void> apply(sqlite::Database& database) override { return apply_(database); }
    void finish(Result<void> outcome) override
    {
        if (done_) done_(outcome);
    }
    std::size_t bytes() const noexcept override { return sizeof(FunctionJob); }

private:
    Apply apply_;
    Done done_;
};

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
        writer_.emplace(std::move(database), std::move(hooks));
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

    // --- administration ---

    Result<void> ensure_tenant(TenantId const& tenant) override
    {
        if (directory_.tenant(tenant)) return {};
        return write([&](sqlite::Database& database) -> Result<void> {
            if (!directory_.tenant(tenant)) directory_.add(tenant, sessions::insert_tenant(database, tenant));
            return {};
        });
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
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const tenant = directory_.tenant(row.key.tenant);
            if (!tenant) return StoreErrc::not_found;
            if (directory_.session(row.key)) return StoreErrc::already_exists;
            directory_.add(row.key, sessions::insert(database, *tenant, row));
            return {};
        });
    }

    Result<void> update_session(SessionRow const& row) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const scope = directory_.session(row.key);
            if (!scope) return StoreErrc::not_found;
            sessions::update(database, *scope, row);
            return {};
        });
    }

    Result<void> erase_session(SessionKey const& session) override
    {
        std::optional<Scope> scope;
        auto const erased = write([&](sqlite::Database& database) -> Result<void> {
            scope = directory_.session(session);
            if (!scope) return StoreErrc::not_found;
            sessions::erase(database, *scope);
            directory_.remove(session);
            return {};
        });
        if (!erased) return erased;
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

    std::vector<ApiKeyRow> api_keys() override
    {
        return pool_.read([](sqlite::Database& database) { return api_keys::all(database); });
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

    void on_events(std::function<void(SessionKey const&)> listener) override
    {
        std::lock_guard const lock{listeners_mutex_};
        listeners_.push_back(std::move(listener));
    }

    std::optional<std::uint64_t> cursor(SessionKey const& session, std::string const& endpoint) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return std::nullopt;
        return pool_.read(
            [&](sqlite::Database& database) { return cursors::find(database, *scope, endpoint); });
    }

    void set_cursor(SessionKey const& session, std::string const& endpoint, std::uint64_t sequence,
                    Done done) override
    {
        auto apply = [this, session, endpoint, sequence](sqlite::Database& database) -> Result<void> {
            auto const scope = directory_.session(session);
            if (!scope) return StoreErrc::not_found;
            cursors::put(database, *scope, endpoint, sequence);
            return {};
        };
        writer_->enqueue(std::make_unique<FunctionJob>(std::move(apply), std::move(done)));
    }

    void erase_cursor(SessionKey const& session, std::string const& endpoint) override
    {
        // A failed commit is reported by on_commit_failure; a session that is gone has no cursors.
        static_cast<void>(write([&](sqlite::Database& database) -> Result<void> {
            if (auto const scope = directory_.session(session)) cursors::erase(database, *scope, endpoint);
            return {};
        }));
    }

    // --- queries ---

    std::vector<Message> messages(SessionKey const& session, MessageQuery const& query) override
    {
        auto const scope = directory_.session(session);
        if (!scope) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return messages::list(database, *scope, query); });
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
        auto const all = pool_.read([](sqlite::Database& database) { return sessions::all(database); });
        for (auto const& session : all)
            if (!prune_events(session.scope, now - options_.event_retention)) return;
    }

private:
    /// Queues a change and waits until it is durable.
    Result<void> write(Apply apply)
    {
        std::promise<Result<void>> outcome;
        auto durable = outcome.get_future();
        auto done = [&outcome](Result<void> result) { outcome.set_value(result); };
        writer_->enqueue(std::make_unique<FunctionJob>(std::move(apply), std::move(done)));
        return durable.get();
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
