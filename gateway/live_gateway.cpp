#include "gateway/live_gateway.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {

namespace {

Rejection reject(GatewayErrc code)
{
    Rejection rejection;
    rejection.code = code;
    return rejection;
}

} // namespace

LiveGateway::LiveGateway(EventLoops& loops, BlockingPool& pool, storage::Store& store, GatewayOptions options)
    : loops_(loops), pool_(pool), store_(store), options_(std::move(options)),
      context_{.store = store, .pool = pool, .endpoint = options_.endpoint, .engine = options_.engine}
{
    if (!options_.on_configured) options_.on_configured = [](SessionKey, SessionConfig) -> Task<Result<void>> { co_return Result<void>(); };
    if (!options_.on_deleted) options_.on_deleted = [](SessionKey) -> Task<void> { co_return; };
    for (std::size_t i = 0; i < loops.size(); ++i)
        connecting_.push_back(std::make_unique<AsyncSemaphore>(loops.executor(i), options_.concurrent_connects));
}

LiveGateway::~LiveGateway() = default;

LiveGateway::EntryPtr LiveGateway::make_entry(SessionKey const& key, SessionConfig config)
{
    auto const index = std::hash<SessionKey>{}(key) % loops_.size();
    auto const executor = loops_.executor(index);
    auto entry = std::make_shared<Entry>();
    entry->actor = std::make_shared<SessionActor>(executor, key, std::move(config), context_, *connecting_[index]);
    entry->changing = std::make_shared<AsyncSemaphore>(executor, 1);
    return entry;
}

LiveGateway::EntryPtr LiveGateway::find(SessionKey const& key) const
{
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second;
}

std::vector<LiveGateway::EntryPtr> LiveGateway::all() const
{
    std::lock_guard const lock(mutex_);
    std::vector<EntryPtr> entries;
    entries.reserve(entries_.size());
    for (auto const& [key, entry] : entries_) entries.push_back(entry);
    return entries;
}

// ------------------------------------------------------------------------------------------------------- life

Task<Result<void>> LiveGateway::boot()
{
    std::vector<storage::SessionRow> rows;
    auto read = [&] { rows = store_.all_sessions(); };
    auto const loaded = co_await run_blocking(pool_, read);
    if (!loaded) co_return loaded.error();
    for (auto& row : rows) {
        auto config = options_.parse_config(row.config_json);
        if (!config) {
            log::error("stored session configuration is unreadable", {{"session", row.key.name.value}});
            config = SessionConfig{};
        }
        EntryPtr entry = make_entry(row.key, *config);
        {
            std::lock_guard const lock(mutex_);
            entries_[row.key] = entry;
        }
        Result<void> const configured = co_await options_.on_configured(row.key, *config);
        if (!configured) co_return configured.error();
        if (row.should_run) post_to(entry->actor->executor(), [actor = entry->actor] { actor->start(StatusReason::boot); });
    }
    co_return Result<void>();
}

Task<void> LiveGateway::shutdown()
{
    shutting_down_ = true;
    for (auto const& entry : all()) {
        auto closing = entry->actor->close();
        co_await run_on(entry->actor->executor(), std::move(closing));
    }
    std::lock_guard const lock(mutex_);
    entries_.clear();
}

Task<Result<void>> LiveGateway::save(SessionKey key, SessionConfig config, bool should_run, SessionStatus status)
{
    storage::SessionRow row;
    row.key = std::move(key);
    row.config_json = config.raw_json;
    row.should_run = should_run;
    row.last_status = status;
    row.updated = current_time().wall;
    auto write = [this, &row]() -> Result<void> {
        if (auto const known = store_.session(row.key)) row.created = known->created;
        return store_.update_session(row);
    };
    co_return co_await run_blocking(pool_, std::move(write));
}

Task<Outcome<SessionInfo>> LiveGateway::create_session(SessionKey key, SessionConfig config, bool start)
{
    if (shutting_down_) co_return reject(GatewayErrc::shutting_down);
    EntryPtr entry = make_entry(key, config);
    {
        std::lock_guard const lock(mutex_);
        if (entries_.contains(key)) co_return reject(GatewayErrc::session_exists);
        entries_[key] = entry;
    }
    storage::SessionRow row;
    row.key = key;
    row.config_json = config.raw_json;
    row.should_run = start;
    row.created = row.updated = current_time().wall;
    auto insert = [this, &row]() -> Result<void> {
        auto tenant = store_.ensure_tenant(row.key.tenant);
        if (!tenant) return tenant;
        return store_.insert_session(row);
    };
    auto const inserted = co_await run_blocking(pool_, std::move(insert));
    if (!inserted) {
        std::lock_guard const lock(mutex_);
        entries_.erase(key);
        co_return reject(inserted.error() == storage::StoreErrc::already_exists ? GatewayErrc::session_exists : GatewayErrc::storage_failed);
    }
    Result<void> const configured = co_await options_.on_configured(key, config);
    if (!configured) co_return reject(GatewayErrc::storage_failed);
    auto change = [start](EntryPtr held) -> Task<Outcome<SessionInfo>> {
        if (start) held->actor->start(StatusReason::requested);
        co_return held->actor->info();
    };
    co_return co_await change_session(std::move(key), std::move(change));
}

template <class Change> Task<Outcome<SessionInfo>> LiveGateway::change_session(SessionKey key, Change change)
{
    if (shutting_down_) co_return reject(GatewayErrc::shutting_down);
    EntryPtr entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    auto locked = [](EntryPtr held, Change act) -> Task<Outcome<SessionInfo>> {
        auto const place = co_await held->changing->acquire();
        if (held->deleted) co_return reject(GatewayErrc::session_not_found);
        co_return co_await act(held);
    };
    auto work = locked(entry, std::move(change));
    co_return co_await run_on(entry->actor->executor(), std::move(work));
}

Task<Outcome<SessionInfo>> LiveGateway::update_session(SessionKey key, SessionConfig config)
{
    auto change = [this, key, config](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const before = entry->actor->info();
        bool const runs = before.status != SessionStatus::stopped;
        Result<void> const saved = co_await save(key, config, runs, before.status);
        if (!saved) co_return reject(GatewayErrc::storage_failed);
        if (runs) entry->actor->stop(StatusReason::requested);
        // The engine reads its options at creation: a new actor takes over with the new configuration.
        co_await entry->actor->close();
        EntryPtr const fresh = make_entry(key, config);
        entry->actor = fresh->actor;
        Result<void> const configured = co_await options_.on_configured(key, config);
        if (!configured) co_return reject(GatewayErrc::storage_failed);
        if (runs) entry->actor->start(StatusReason::requested);
        co_return entry->actor->info();
    };
    co_return co_await change_session(key, std::move(change));
}

Task<Outcome<void>> LiveGateway::delete_session(SessionKey key)
{
    auto change = [this, key](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const info = entry->actor->info();
        if (info.me) co_await entry->actor->logout();
        co_await entry->actor->close();
        co_await options_.on_deleted(key);
        auto erase = [this, key] { return store_.erase_session(key); };
        Result<void> const erased = co_await run_blocking(pool_, std::move(erase));
        if (!erased && erased.error() != storage::StoreErrc::not_found) co_return reject(GatewayErrc::storage_failed);
        entry->deleted = true;
        {
            std::lock_guard const lock(mutex_);
            entries_.erase(key);
        }
        co_return info;
    };
    Outcome<SessionInfo> const done = co_await change_session(key, std::move(change));
    if (!done && done.error().code != GatewayErrc::session_not_found) co_return done.error();
    co_return Outcome<void>();
}

Task<Outcome<SessionInfo>> LiveGateway::start_session(SessionKey key)
{
    auto change = [this, key](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const before = entry->actor->info();
        Result<void> const saved = co_await save(key, before.config, true, before.status);
        if (!saved) co_return reject(GatewayErrc::storage_failed);
        entry->actor->start(StatusReason::requested);
        co_return entry->actor->info();
    };
    co_return co_await change_session(key, std::move(change));
}

Task<Outcome<SessionInfo>> LiveGateway::stop_session(SessionKey key)
{
    auto change = [this, key](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        entry->actor->stop(StatusReason::requested);
        auto const after = entry->actor->info();
        Result<void> const saved = co_await save(key, after.config, false, after.status);
        if (!saved) co_return reject(GatewayErrc::storage_failed);
        co_return after;
    };
    co_return co_await change_session(key, std::move(change));
}

Task<Outcome<SessionInfo>> LiveGateway::restart_session(SessionKey key)
{
    auto change = [this, key](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        entry->actor->stop(StatusReason::requested);
        auto const before = entry->actor->info();
        Result<void> const saved = co_await save(key, before.config, true, before.status);
        if (!saved) co_return reject(GatewayErrc::storage_failed);
        entry->actor->start(StatusReason::requested);
        co_return entry->actor->info();
    };
    co_return co_await change_session(key, std::move(change));
}

Task<Outcome<SessionInfo>> LiveGateway::logout_session(SessionKey key)
{
    auto change = [](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const before = entry->actor->info();
        co_await entry->actor->logout();
        if (before.status != SessionStatus::stopped) entry->actor->start(StatusReason::requested);
        co_return entry->actor->info();
    };
    co_return co_await change_session(key, std::move(change));
}

// ------------------------------------------------------------------------------------------------------- reading

Task<Outcome<SessionInfo>> LiveGateway::session_info(SessionKey key)
{
    std::optional<SessionInfo> found = co_await find_session(std::move(key));
    if (!found) co_return reject(GatewayErrc::session_not_found);
    co_return std::move(*found);
}

Task<std::optional<SessionInfo>> LiveGateway::find_session(SessionKey key)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return std::nullopt;
    std::vector<EntryPtr> one(1, entry);
    std::vector<SessionInfo> found = co_await infos(std::move(one));
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

Task<std::vector<SessionInfo>> LiveGateway::infos(std::vector<EntryPtr> entries)
{
    std::vector<SessionInfo> found;
    found.reserve(entries.size());
    // One visit per loop, not per session.
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        Executor const loop = loops_.executor(i);
        std::vector<EntryPtr> here;
        for (auto const& entry : entries)
            if (loop_of(entry->actor->key()) == loop) here.push_back(entry);
        if (here.empty()) continue;
        auto collect = [](std::vector<EntryPtr> visited) -> Task<std::vector<SessionInfo>> {
            std::vector<SessionInfo> part;
            for (auto const& entry : visited)
                if (!entry->deleted) part.push_back(entry->actor->info());
            co_return part;
        };
        auto work = collect(std::move(here));
        std::vector<SessionInfo> part = co_await run_on(loop, std::move(work));
        for (auto& info : part) found.push_back(std::move(info));
    }
    co_return found;
}

Task<std::vector<SessionInfo>> LiveGateway::list_sessions(TenantId tenant, bool include_stopped)
{
    std::vector<EntryPtr> entries;
    {
        std::lock_guard const lock(mutex_);
        for (auto const& [key, entry] : entries_)
            if (key.tenant == tenant) entries.push_back(entry);
    }
    std::vector<SessionInfo> found = co_await infos(std::move(entries));
    if (!include_stopped) std::erase_if(found, [](SessionInfo const& info) { return info.status == SessionStatus::stopped; });
    std::sort(found.begin(), found.end(), [](SessionInfo const& a, SessionInfo const& b) { return a.key < b.key; });
    co_return found;
}

Task<Gateway::Health> LiveGateway::health()
{
    std::vector<EntryPtr> entries = all();
    std::vector<SessionInfo> const found = co_await infos(std::move(entries));
    Health health;
    health.storage_ok = storage_ok_;
    health.ok = health.storage_ok && !shutting_down_;
    health.sessions = found.size();
    for (auto const& info : found) ++health.by_status[info.status];
    co_return health;
}

// ------------------------------------------------------------------------------------------------------- sessions' calls

Task<Outcome<QrCode>> LiveGateway::qr_code(SessionKey key)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    std::shared_ptr<SessionActor> const actor = entry->actor;
    auto work = actor->qr_code();
    co_return co_await run_on(actor->executor(), std::move(work));
}

Task<Outcome<std::string>> LiveGateway::request_code(SessionKey key, std::string phone_number)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    std::shared_ptr<SessionActor> const actor = entry->actor;
    auto work = actor->request_code(std::move(phone_number));
    co_return co_await run_on(actor->executor(), std::move(work));
}

Task<Outcome<SentMessage>> LiveGateway::send_text(SessionKey key, SendText request)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    std::shared_ptr<SessionActor> const actor = entry->actor;
    auto work = actor->send_text(std::move(request));
    co_return co_await run_on(actor->executor(), std::move(work));
}

Task<Outcome<std::vector<Message>>> LiveGateway::messages(SessionKey key, std::string chat, storage::MessageQuery query)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    query.chat = Jid{};
    if (chat != "all") {
        auto const jid = parse_chat(chat);
        if (!jid) {
            Rejection rejection = reject(GatewayErrc::invalid_recipient);
            rejection.detail = "chatId is no phone number and no chat id";
            co_return rejection;
        }
        query.chat = *jid;
    }
    auto read = [this, key, query]() -> std::vector<Message> {
        auto merged = query;
        if (merged.chat.is_phone()) {
            if (auto const lid = store_.lid_of_phone(key, merged.chat.user)) merged.chat_alias = Jid::hidden(*lid);
        } else if (merged.chat.is_lid()) {
            if (auto const phone = store_.phone_of_lid(key, merged.chat.user)) merged.chat_alias = Jid::phone(*phone);
        }
        return store_.messages(key, merged);
    };
    auto found = co_await run_blocking(pool_, std::move(read));
    if (!found) co_return reject(GatewayErrc::overloaded);
    co_return std::move(*found);
}

} // namespace wagate::gateway
