#include "storage/store.hpp"

#include "storage/delivery_job.hpp"
#include "storage/directory.hpp"
#include "storage/file_guard.hpp"
#include "storage/function_job.hpp"
#include "storage/keeper.hpp"
#include "storage/reader_pool.hpp"
#include "storage/record_cache.hpp"
#include "storage/repository/api_keys.hpp"
#include "storage/repository/apps.hpp"
#include "storage/repository/audit.hpp"
#include "storage/repository/chats.hpp"
#include "storage/repository/contacts.hpp"
#include "storage/repository/dead_letters.hpp"
#include "storage/repository/deliveries.hpp"
#include "storage/repository/event_id.hpp"
#include "storage/repository/events.hpp"
#include "storage/repository/idempotency.hpp"
#include "storage/repository/kept_rules.hpp"
#include "storage/repository/limits.hpp"
#include "storage/repository/member_receipts.hpp"
#include "storage/repository/messages.hpp"
#include "storage/repository/old_messages.hpp"
#include "storage/repository/outbox.hpp"
#include "storage/repository/persons.hpp"
#include "storage/repository/retention.hpp"
#include "storage/repository/seen.hpp"
#include "storage/repository/sessions.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/repository/tenants.hpp"
#include "storage/repository/waiting.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sealed_store.hpp"
#include "storage/session_reader.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"
#include "storage/store_keys.hpp"
#include "storage/unit_job.hpp"
#include "storage/vault/key_table.hpp"
#include "storage/vault/sealed_tables.hpp"
#include "storage/writer.hpp"

#include <algorithm>
#include <future>

namespace wagate::storage {
namespace {

using Done = std::function<void(Result<void>)>;

namespace repository_limits = limits; // a member has that name

class SqliteStore final : public Store,
                          public TenantRecords,
                          public Keeper,
                          private LimitStore,
                          private AuditLog {
public:
    SqliteStore(StoreOptions options, vault::KeySource source, FileGuard guard,
                std::unique_ptr<vault::Vault> vault, std::unique_ptr<sqlite::Database> database,
                std::unique_ptr<sqlite::Database> log)
        : options_(std::move(options)),
          source_(std::move(source)),
          guard_(std::move(guard)),
          vault_(std::move(vault)),
          pool_(options_.file, *vault_),
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
        hooks.log_truncated = [this] { keys_.on_log_truncated(); };
        Writer::Settings settings;
        settings.full_disk_retry = options_.full_disk_retry;
        settings.checkpoints.idle_frames = options_.idle_checkpoint_pages;
        settings.checkpoints.forced_frames = options_.forced_checkpoint_pages;
        writer_.emplace(std::move(database), std::move(log), settings, std::move(hooks));
        keys_.resume();
    }

    // --- engine side ---

    KeyDesk& keys() noexcept { return keys_; }

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
            if (is_new) directory_.add(tenant, sessions::insert_tenant(database, *vault_, tenant));
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

    TenantRecords& tenant_records() override { return *this; }

    std::vector<TenantRow> tenant_rows() override
    {
        return pool_.read([](sqlite::Database& database) { return tenants::all(database); });
    }

    Result<void> update_tenant(TenantRow const& row) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const number = directory_.tenant(row.id);
            if (!number) return StoreErrc::not_found;
            tenants::update(database, *number, row);
            return {};
        });
    }

    TenantCounts tenant_counts(TenantId const& tenant) override
    {
        auto const number = directory_.tenant(tenant);
        if (!number) return {};
        return pool_.read([&](sqlite::Database& database) { return tenants::counts(database, *number); });
    }

    Result<Erasure> erase_tenant_step(TenantId const& tenant) override
    {
        // Without its key nothing of it can be read any more, whatever of it is still on the disk.
        if (auto const owner = directory_.tenant(tenant); owner && vault_->has_key(*owner))
            WAGATE_CHECK_OK(keys_.destroy_tenant_key(tenant));
        bool is_left = false;
        std::optional<TenantNumber> number;
        bool is_last = false;
        FunctionJob::Change change;
        change.lane = tenant.value;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            is_last = false;
            number = directory_.tenant(tenant);
            if (!number) return {};
            if (erasures_.empty()) erasures_ = tenants::erasures(database);
            is_left = tenants::erase_step(database, *number, erasures_);
            if (is_left || database.has_error()) return {};
            tenants::erase(database, *number);
            is_last = true;
            directory_.remove(tenant);
            return {};
        };
        change.rolled_back = [&] {
            if (is_last) directory_.add(tenant, *number);
        };
        WAGATE_CHECK_OK(write(std::move(change)));
        if (is_last) writer_->truncate_log(); // what stood in the clear goes from there, too
        return is_left ? Erasure::unfinished : Erasure::finished;
    }

    Result<void> save_key_uses(std::vector<KeyUse> const& uses) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            for (auto const& use : uses)
                if (auto const number = directory_.tenant(use.tenant))
                    tenants::save_key_use(database, *number, use);
            return {};
        });
    }

    Result<void> insert_session(SessionRow const& row) override
    {
        FunctionJob::Change change;
        change.lane = row.key.tenant.value;
        change.apply = [&](sqlite::Database& database) -> Result<void> {
            auto const tenant = directory_.tenant(row.key.tenant);
            if (!tenant || !vault_->has_key(*tenant)) return StoreErrc::not_found;
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
            if (!scope || !vault_->has_key(scope->tenant)) return StoreErrc::not_found;
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
            if (!scope || !vault_->has_key(scope->tenant)) return StoreErrc::not_found;
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

    // --- limits ---

    LimitStore& limits() override { return *this; }

    Result<void> put_limits(LimitSubject const& subject, LimitValues const& values) override
    {
        if (auto const known = ensure_tenant(subject.tenant); !known) return known;
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const tenant = directory_.tenant(subject.tenant);
            if (!tenant) return StoreErrc::not_found;
            repository_limits::replace(database, *tenant, subject, values);
            return {};
        });
    }

    std::vector<LimitRow> all_limits() override
    {
        return pool_.read([](sqlite::Database& database) { return repository_limits::all(database); });
    }

    Result<void> put_limit_use(std::vector<LimitUseRow> const& rows) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            for (auto const& row : rows)
                if (auto const tenant = directory_.tenant(row.subject.tenant))
                    repository_limits::put_use(database, *tenant, row);
            return {};
        });
    }

    std::vector<LimitUseRow> all_limit_use() override
    {
        return pool_.read([](sqlite::Database& database) { return repository_limits::all_use(database); });
    }

    Result<void> erase_limits(LimitSubject const& subject) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            if (auto const tenant = directory_.tenant(subject.tenant))
                repository_limits::erase(database, *tenant, subject);
            return {};
        });
    }

    std::uint64_t stored_bytes(TenantId const& tenant) override
    {
        auto const number = directory_.tenant(tenant);
        if (!number) return 0;
        return pool_.read(
            [&](sqlite::Database& database) { return repository_limits::stored_bytes(database, *number); });
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
            if (stored && !rendering_of(event_id, *stored)) return std::nullopt;
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
        keys_.resume();
        auto const leftovers =
            pool_.read([](sqlite::Database& database) { return sessions::erased(database); });
        for (auto const& scope : leftovers)
            if (!clear(scope)) return;
        auto const horizon = now - options_.seen_retention;
        if (!prune_steps(seen::erase_step, horizon)) return;
        if (!prune_steps(idempotency::erase_step, horizon)) return;
        if (!prune_steps(waiting::erase_step, horizon)) return;
        auto const all = pool_.read([](sqlite::Database& database) { return sessions::all(database); });
        auto const tenants =
            pool_.read([](sqlite::Database& database) { return sessions::tenants(database); });
        for (auto const& tenant : tenants) {
            std::vector<Scope> scopes;
            for (auto const& session : all)
                if (session.scope.tenant == tenant.number) scopes.push_back(session.scope);
            if (!prune_tenant(tenant.number, scopes, now)) return;
        }
    }

    // --- what is kept ---

    KeptRules kept_rules(TenantId const& tenant) override
    {
        auto const number = directory_.tenant(tenant);
        if (!number) return {};
        return pool_.read(
            [&](sqlite::Database& database) { return kept_rules::of_tenant(database, *number); });
    }

    Result<void> set_kept_rules(TenantId const& tenant, KeptRules const& rules) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const number = directory_.tenant(tenant);
            if (!number) return StoreErrc::not_found;
            kept_rules::put(database, *number, rules);
            return {};
        });
    }

    void configure_limits(KeptLimit const& messages, KeptLimit const& media) override
    {
        message_retention_ = messages;
        media_retention_ = media;
    }

    KeptLimits configured_limits() const override
    {
        KeptLimits limits;
        limits[static_cast<std::size_t>(KeptKind::messages)] = message_retention_;
        limits[static_cast<std::size_t>(KeptKind::events)] = {options_.event_retention,
                                                              options_.event_retention_bytes};
        limits[static_cast<std::size_t>(KeptKind::dead_letters)] = {options_.dead_letter_retention,
                                                                    std::nullopt};
        limits[static_cast<std::size_t>(KeptKind::media)] = media_retention_;
        return limits;
    }

    Result<ErasedPerson> erase_person(SessionKey const& session, Jid const& jid,
                                      OnErased const& on_erased) override
    {
        auto const known = directory_.session(session);
        if (!known) return StoreErrc::not_found;
        auto const scope = *known;
        auto const person =
            pool_.read([&](sqlite::Database& database) { return persons::find(database, scope, jid); });
        ErasedPerson erased;
        erased.addresses = person.addresses;
        auto const take = [&](auto const& page, auto erase) {
            FunctionJob::Change change;
            change.lane = session.tenant.value;
            auto const before = erased;
            change.apply = [&, before](sqlite::Database& database) -> Result<void> {
                erased = before;
                erase(database, scope, page, erased);
                return {};
            };
            return write(std::move(change));
        };
        for (persons::MessagePlace place{};;) {
            auto const page = pool_.read([&](sqlite::Database& database) {
                return persons::messages(database, scope, person, place);
            });
            for (auto const& message : page.doomed)
                if (on_erased) on_erased(message);
            if (!page.doomed.empty() || !page.quoting.empty() || page.unfinished > 0)
                WAGATE_CHECK_OK(
                    take(page, [](sqlite::Database& database, Scope const& of, auto const& what,
                                  ErasedPerson& counts) { persons::erase(database, of, what, counts); }));
            if (!page.next) break;
            place = *page.next;
        }
        for (std::uint64_t after = 0;;) {
            auto const page = pool_.read(
                [&](sqlite::Database& database) { return persons::events(database, scope, person, after); });
            if (!page.sequences.empty())
                WAGATE_CHECK_OK(
                    take(page, [](sqlite::Database& database, Scope const& of, auto const& what,
                                  ErasedPerson& counts) { persons::redact(database, of, what, counts); }));
            if (!page.next) break;
            after = *page.next;
        }
        for (std::uint64_t after = 0;;) {
            auto const page = pool_.read(
                [&](sqlite::Database& database) { return persons::letters(database, scope, person, after); });
            if (!page.numbers.empty())
                WAGATE_CHECK_OK(
                    take(page, [](sqlite::Database& database, Scope const& of, auto const& what,
                                  ErasedPerson& counts) { persons::erase(database, of, what, counts); }));
            if (!page.next) break;
            after = *page.next;
        }
        for (bool is_left = true; is_left;) {
            std::vector<RecordKey> gone;
            WAGATE_CHECK_OK(take(person, [&](sqlite::Database& database, Scope const& of, auto const& who,
                                             ErasedPerson& counts) {
                is_left = persons::erase_rest(database, of, who, counts, gone);
            }));
        }
        cache_.drop(scope);
        erased.is_log_truncated = keys_.wait_for_truncation();
        return erased;
    }

    AuditLog& audit() override { return *this; }

private:
    // --- audit log ---

    /// Nothing: no such tenant.
    std::optional<TenantNumber> chain_of(std::optional<TenantId> const& tenant) const
    {
        return tenant ? directory_.tenant(*tenant) : audit::operators_chain;
    }

    Result<void> append(AuditEntry entry) override
    {
        return write([&](sqlite::Database& database) -> Result<void> {
            auto const chain = chain_of(entry.tenant);
            if (!chain) return StoreErrc::not_found;
            audit::append(database, *chain, entry);
            return {};
        });
    }

    AuditPage page(AuditQuery const& query) override
    {
        AuditPage page;
        auto const chain = chain_of(query.tenant);
        if (!chain) return page;
        page.next = pool_.read(
            [&](sqlite::Database& database) { return audit::list(database, *chain, query, page.entries); });
        return page;
    }

    AuditVerdict verify(std::optional<TenantId> const& tenant,
                        std::optional<AuditAnchor> const& anchor) override
    {
        AuditChecker checker(true);
        auto& verdict = checker.verdict();
        auto const chain = chain_of(tenant);
        if (!chain) return verdict;
        // What is added meanwhile is not looked at.
        auto const head =
            pool_.read([&](sqlite::Database& database) { return audit::head(database, *chain); });
        bool is_anchored = !anchor;
        AuditQuery query;
        query.tenant = tenant;
        query.limit = 1'000;
        for (bool is_more = true; is_more;) {
            auto const found = page(query);
            is_more = found.next.has_value();
            if (found.next) query.after = *found.next;
            for (auto const& entry : found.entries) {
                if (head && entry.number > head->number) {
                    is_more = false;
                    break;
                }
                if (!checker.add(entry)) return verdict;
                if (anchor && entry.number == anchor->number) is_anchored = entry.hash == anchor->hash;
            }
        }
        if (!head && verdict.entries > 0)
            verdict.problem = "the record of the last entry is missing";
        else if (head && (verdict.last_number != head->number || verdict.last_hash != head->hash))
            verdict.problem = "entries at the end are missing";
        else if (!is_anchored)
            verdict.problem = "the entry that was noted is not in the chain";
        return verdict;
    }

    // --- pruning ---

    bool prune_tenant(TenantNumber tenant, std::vector<Scope> const& scopes, WallTime now)
    {
        auto const rules =
            pool_.read([&](sqlite::Database& database) { return kept_rules::of_tenant(database, tenant); });
        auto const configured = configured_limits();
        auto const limit = [&](KeptKind kind) {
            auto const at = static_cast<std::size_t>(kind);
            return in_force(rules[at], configured[at]);
        };
        auto const horizon = [&](KeptLimit const& of) {
            return of.age ? std::optional{now - *of.age} : std::nullopt;
        };
        auto const messages = limit(KeptKind::messages);
        auto const events = limit(KeptKind::events);
        if (!prune_letters(tenant, horizon(limit(KeptKind::dead_letters)))) return false;
        if (events.age)
            for (auto const& scope : scopes)
                if (!prune_events(scope, now - *events.age)) return false;
        if (events.bytes && !prune_bytes(tenant, *events.bytes)) return false;
        return prune_messages(tenant, scopes, horizon(messages), messages.bytes);
    }

    bool prune_letters(TenantNumber tenant, std::optional<WallTime> horizon)
    {
        if (!horizon) return true;
        for (auto erased = step_rows; erased == step_rows;) {
            auto const done = write([&](sqlite::Database& database) -> Result<void> {
                erased = dead_letters::expire_step(database, tenant, *horizon);
                return {};
            });
            if (!done) return false;
        }
        return true;
    }

    bool prune_messages(TenantNumber tenant, std::vector<Scope> const& scopes,
                        std::optional<WallTime> horizon, std::optional<std::uint64_t> most_bytes)
    {
        if (!horizon && !most_bytes) return true;
        if (!horizon && pool_.read([&](sqlite::Database& database) {
                return old_messages::bytes(database, tenant);
            }) <= *most_bytes)
            return true;
        old_messages::Progress progress;
        for (bool is_left = true; is_left;) {
            auto const done = write([&](sqlite::Database& database) -> Result<void> {
                is_left = old_messages::erase_step(database, tenant, scopes, horizon, most_bytes, progress);
                return {};
            });
            if (!done) return false;
        }
        return true;
    }

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

    bool prune_bytes(TenantNumber tenant, std::size_t limit)
    {
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
    vault::KeySource source_;
    KeptLimit message_retention_;
    KeptLimit media_retention_;
    FileGuard guard_;
    std::unique_ptr<vault::Vault> vault_;
    ReaderPool pool_;
    RecordGuard guard_of_records_{pool_};
    RecordCache cache_;
    Directory directory_;
    std::vector<SessionKey> grown_;
    std::map<Scope, ErrorCode> damaged_;
    std::vector<std::string> erasures_; ///< of tenants; on the writer thread
    UnitJob::Shared unit_shared_{directory_, cache_, grown_, damaged_};
    StoredSessionReader::Shared reader_shared_{directory_, cache_, pool_, guard_of_records_};
    std::mutex listeners_mutex_;
    std::vector<std::function<void(SessionKey const&)>> listeners_;
    StoreKeys keys_{{.vault = *vault_,
                     .source = source_,
                     .directory = directory_,
                     .pool = pool_,
                     .writer = [this]() -> Writer& { return *writer_; },
                     .write = [this](FunctionJob::Change change) { return write(std::move(change)); }}};
    std::optional<Writer> writer_; ///< last: joined before what its jobs use goes
};

/// The master key that a database is sealed with. Changes nothing; what is no database is left to others to
/// say.
std::optional<std::string> wanted_key(std::filesystem::path const& file)
{
    std::error_code failed;
    if (std::filesystem::file_size(file, failed) == 0 || failed) return std::nullopt;
    // The last one to close would copy a log that a kill has left. Without one nothing is left behind.
    auto log = file;
    log += "-wal";
    bool const has_log = std::filesystem::exists(log, failed);
    auto const database = sqlite::Database::open(file, sqlite::Access::read);
    if (!database) return std::nullopt;
    if (has_log) (*database)->leave_log();
    return vault::key_table::master_id(**database);
}

void report_sealed(VaultOptions const& options, std::string const& wanted)
{
    if (!options.on_sealed) return;
    SealedFacts facts{wanted, {}};
    auto const& source = options.master_key;
    if (source.given)
        facts.found_key = source.given->id();
    else if (auto const key = vault::MasterKey::read(source.file))
        facts.found_key = key->id();
    options.on_sealed(facts);
}

/// Attaches the keys, which are made for a database that has none, and seals what is plain.
Result<void> unlock(sqlite::Database& database, vault::Vault& vault, std::filesystem::path const& file)
{
    database.attach(vault);
    if (!vault::key_table::master_id(database)) {
        sqlite::Transaction transaction{database};
        if (transaction.begun()) vault::key_table::create_all(database, vault);
        if (database.has_error() || !transaction.commit())
            return sqlite::is_disk_full(database.take_error()) ? StoreErrc::disk_full
                                                               : StoreErrc::cannot_open;
    } else {
        WAGATE_CHECK_OK(vault::key_table::load(database, vault));
    }
    return vault::seal_plain_rows(database, file.has_parent_path() ? file.parent_path() : ".");
}

} // namespace

Result<std::unique_ptr<Store>> open_store(StoreOptions options)
{
    WAGATE_TRY(auto opened, open_sealed_store(std::move(options), {}));
    return std::move(opened.store);
}

Result<SealedStore> open_sealed_store(StoreOptions options, VaultOptions keys)
{
    WAGATE_TRY(auto guard, FileGuard::acquire(options.file));
    auto& source = keys.master_key;
    if (source.file.empty()) source.file = options.file.parent_path() / "master.key";
    auto const wanted = wanted_key(options.file);
    auto master = vault::find_key(source, wanted);
    if (!master) {
        if (master.error() == VaultErrc::sealed) report_sealed(keys, *wanted);
        return master.error();
    }
    auto database = sqlite::Database::open(options.file, sqlite::Access::write);
    if (!database) return sqlite::is_damage(database.error()) ? StoreErrc::damaged : StoreErrc::cannot_open;
    WAGATE_CHECK_OK(migrate(**database));
    if (!*master) {
        *master = std::make_shared<vault::MasterKey const>(vault::MasterKey::random());
        if (!(*master)->write(source.file)) return VaultErrc::bad_master_key;
        if (keys.on_key_made) keys.on_key_made(source.file, (*master)->id());
    }
    auto vault = std::make_unique<vault::Vault>(*master);
    WAGATE_CHECK_OK(unlock(**database, *vault, options.file));
    auto log = sqlite::Database::open(options.file, sqlite::Access::write);
    if (!log) return StoreErrc::cannot_open;
    auto store = std::make_unique<SqliteStore>(std::move(options), std::move(source), std::move(guard),
                                               std::move(vault), std::move(*database), std::move(*log));
    auto& desk = store->keys();
    return SealedStore{std::move(store), &desk};
}

} // namespace wagate::storage
