#include "gateway/live_gateway.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::gateway {

namespace {

Rejection reject(GatewayErrc code)
{
    Rejection rejection;
    rejection.code = code;
    return rejection;
}

Rejection reject(ErrorCode error)
{
    if (error == storage::StoreErrc::already_exists) return reject(GatewayErrc::session_exists);
    if (error == RuntimeErrc::overloaded) return reject(GatewayErrc::overloaded);
    return reject(GatewayErrc::storage_failed);
}

/// Calls the store on the pool. A read that fails throws there; here it is an error like others.
template <class Call> auto run_storage(BlockingPool& pool, Call call) -> Task<typename detail::Flattened<std::invoke_result_t<Call&>>::type>
{
    auto guarded = [&call]() -> typename detail::Flattened<std::invoke_result_t<Call&>>::type {
        try {
            return call();
        } catch (boost::system::system_error const& failure) {
            return failure.code();
        }
    };
    co_return co_await run_blocking(pool, std::move(guarded));
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

LiveGateway::EntryPtr LiveGateway::make_entry(SessionKey const& key) const
{
    auto const loop = std::hash<SessionKey>{}(key) % loops_.size();
    return std::make_shared<Entry>(key, loop, loops_.executor(loop));
}

std::shared_ptr<SessionActor> LiveGateway::make_actor(Entry const& entry, SessionConfig config) const
{
    return std::make_shared<SessionActor>(entry.executor, entry.key, std::move(config), context_, *connecting_[entry.loop]);
}

LiveGateway::EntryPtr LiveGateway::find(SessionKey const& key) const
{
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second;
}

void LiveGateway::forget(SessionKey const& key)
{
    std::lock_guard const lock(mutex_);
    entries_.erase(key);
}

std::vector<LiveGateway::Entries> LiveGateway::entries_by_loop(std::optional<TenantId> const& tenant) const
{
    std::vector<Entries> by_loop(loops_.size());
    std::lock_guard const lock(mutex_);
    for (auto const& [key, entry] : entries_)
        if (!tenant || key.tenant == *tenant) by_loop[entry->loop].push_back(entry);
    return by_loop;
}

// ------------------------------------------------------------------------------------------------------- life

Task<Result<void>> LiveGateway::boot()
{
    auto read = [this] { return store_.all_sessions(); };
    auto rows = co_await run_storage(pool_, std::move(read));
    if (!rows) co_return rows.error();
    for (auto& row : *rows) {
        auto config = options_.parse_config(row.config_json);
        if (!config) {
            log::error("stored session configuration is unreadable", {{"session", row.key.name.value}});
            config = SessionConfig{};
        }
        EntryPtr const entry = make_entry(row.key);
        entry->actor = make_actor(*entry, *config);
        entry->exists = true;
        {
            std::lock_guard const lock(mutex_);
            entries_[row.key] = entry;
        }
        Result<void> const configured = co_await options_.on_configured(row.key, *config);
        if (!configured) co_return configured.error();
        if (!row.should_run) continue;
        post_to(entry->executor, [entry] {
            if (entry->exists) entry->actor->start(StatusReason::boot);
        });
    }
    co_return Result<void>();
}

Task<void> LiveGateway::shutdown()
{
    shutting_down_ = true;
    auto close_all = [](Entries entries) -> Task<void> {
        // All stop before the first is waited for: their last commits then come in a few groups.
        for (auto const& entry : entries)
            if (entry->exists) entry->actor->stop(StatusReason::requested);
        for (auto const& entry : entries) {
            auto const place = co_await entry->changing.acquire();
            if (!entry->exists) continue;
            co_await entry->actor->close();
            entry->exists = false;
            entry->actor.reset();
        }
    };
    std::vector<Entries> by_loop = entries_by_loop();
    for (std::size_t i = 0; i < by_loop.size(); ++i) {
        auto closing = close_all(std::move(by_loop[i]));
        co_await run_on(loops_.executor(i), std::move(closing));
    }
    std::lock_guard const lock(mutex_);
    entries_.clear();
}

/// @param config_json nothing: as it is stored
Task<Result<void>> LiveGateway::save(SessionKey key, std::optional<std::string> config_json, bool should_run, SessionStatus status)
{
    auto write = [&]() -> Result<void> {
        auto row = store_.session(key);
        if (!row) return storage::StoreErrc::not_found;
        if (config_json) row->config_json = *config_json;
        row->should_run = should_run;
        row->last_status = status;
        row->updated = current_time().wall;
        return store_.update_session(*row);
    };
    co_return co_await run_storage(pool_, std::move(write));
}

Task<Result<void>> LiveGateway::insert(SessionKey key, std::string config_json, bool should_run)
{
    auto write = [&]() -> Result<void> {
        auto const tenant = store_.ensure_tenant(key.tenant);
        if (!tenant) return tenant;
        storage::SessionRow row;
        row.key = key;
        row.config_json = config_json;
        row.should_run = should_run;
        row.created = row.updated = current_time().wall;
        return store_.insert_session(row);
    };
    co_return co_await run_storage(pool_, std::move(write));
}

Task<Result<void>> LiveGateway::erase(SessionKey key)
{
    auto write = [&]() -> Result<void> {
        auto const erased = store_.erase_session(key);
        if (!erased && erased.error() != storage::StoreErrc::not_found) return erased;
        return Result<void>();
    };
    co_return co_await run_storage(pool_, std::move(write));
}

Task<Outcome<SessionInfo>> LiveGateway::create_session(SessionKey key, SessionConfig config, bool start)
{
    if (shutting_down_) co_return reject(GatewayErrc::shutting_down);
    EntryPtr const entry = make_entry(key);
    {
        std::lock_guard const lock(mutex_);
        if (!entries_.emplace(key, entry).second) co_return reject(GatewayErrc::session_exists);
    }
    // Until it exists nobody else does anything with it.
    auto create = [this, config, start](EntryPtr held) -> Task<Outcome<SessionInfo>> {
        Result<void> done = co_await insert(held->key, config.raw_json, start);
        if (!done) {
            forget(held->key);
            co_return reject(done.error());
        }
        done = co_await options_.on_configured(held->key, config);
        if (!done) {
            co_await erase(held->key);
            forget(held->key);
            co_return reject(done.error());
        }
        held->actor = make_actor(*held, config);
        held->exists = true;
        if (start) held->actor->start(StatusReason::requested);
        co_return held->actor->info();
    };
    auto work = create(entry);
    co_return co_await run_on(entry->executor, std::move(work));
}

Task<Outcome<SessionInfo>> LiveGateway::change_session(SessionKey key, Change change)
{
    if (shutting_down_) co_return reject(GatewayErrc::shutting_down);
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    auto locked = [](EntryPtr held, Change act) -> Task<Outcome<SessionInfo>> {
        auto const place = co_await held->changing.acquire();
        if (!held->exists) co_return reject(GatewayErrc::session_not_found);
        co_return co_await act(held);
    };
    auto work = locked(entry, std::move(change));
    co_return co_await run_on(entry->executor, std::move(work));
}

Task<Outcome<SessionInfo>> LiveGateway::update_session(SessionKey key, SessionConfig config)
{
    Change change = [this, config = std::move(config)](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const status = entry->actor->info().status;
        bool const runs = status != SessionStatus::stopped;
        Result<void> const saved = co_await save(entry->key, config.raw_json, runs, status);
        if (!saved) co_return reject(saved.error());
        // The engine reads its options at creation: a new actor takes over with the new configuration.
        co_await entry->actor->close();
        entry->actor = make_actor(*entry, config);
        Result<void> const configured = co_await options_.on_configured(entry->key, config);
        if (runs) entry->actor->start(StatusReason::requested);
        if (!configured) co_return reject(configured.error());
        co_return entry->actor->info();
    };
    co_return co_await change_session(std::move(key), std::move(change));
}

Task<Outcome<void>> LiveGateway::delete_session(SessionKey key)
{
    Change change = [this](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const info = entry->actor->info();
        if (info.me) co_await entry->actor->logout();
        co_await entry->actor->close();
        co_await options_.on_deleted(entry->key);
        Result<void> const erased = co_await erase(entry->key);
        if (!erased) co_return reject(erased.error());
        entry->exists = false;
        entry->actor.reset();
        forget(entry->key);
        co_return info;
    };
    Outcome<SessionInfo> const done = co_await change_session(std::move(key), std::move(change));
    if (!done && done.error().code != GatewayErrc::session_not_found) co_return done.error();
    co_return Outcome<void>();
}

Task<Outcome<SessionInfo>> LiveGateway::start_session(SessionKey key)
{
    Change change = [this](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        Result<void> const saved = co_await save(entry->key, std::nullopt, true, entry->actor->info().status);
        if (!saved) co_return reject(saved.error());
        entry->actor->start(StatusReason::requested);
        co_return entry->actor->info();
    };
    co_return co_await change_session(std::move(key), std::move(change));
}

Task<Outcome<SessionInfo>> LiveGateway::stop_session(SessionKey key)
{
    Change change = [this](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        entry->actor->stop(StatusReason::requested);
        auto const after = entry->actor->info();
        Result<void> const saved = co_await save(entry->key, std::nullopt, false, after.status);
        if (!saved) co_return reject(saved.error());
        co_return after;
    };
    co_return co_await change_session(std::move(key), std::move(change));
}

Task<Outcome<SessionInfo>> LiveGateway::restart_session(SessionKey key)
{
    Change change = [this](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        Result<void> const saved = co_await save(entry->key, std::nullopt, true, entry->actor->info().status);
        if (!saved) co_return reject(saved.error());
        entry->actor->stop(StatusReason::requested);
        entry->actor->start(StatusReason::requested);
        co_return entry->actor->info();
    };
    co_return co_await change_session(std::move(key), std::move(change));
}

Task<Outcome<SessionInfo>> LiveGateway::logout_session(SessionKey key)
{
    Change change = [](EntryPtr entry) -> Task<Outcome<SessionInfo>> {
        auto const before = entry->actor->info();
        bool const is_unlinked = co_await entry->actor->logout();
        if (before.status != SessionStatus::stopped) entry->actor->start(StatusReason::requested);
        if (!is_unlinked) co_return reject(GatewayErrc::storage_failed);
        co_return entry->actor->info();
    };
    co_return co_await change_session(std::move(key), std::move(change));
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
    std::vector<Entries> by_loop(loops_.size());
    by_loop[entry->loop].push_back(entry);
    std::vector<SessionInfo> found = co_await infos(std::move(by_loop));
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

Task<std::vector<SessionInfo>> LiveGateway::infos(std::vector<Entries> by_loop)
{
    auto collect = [](Entries entries) -> Task<std::vector<SessionInfo>> {
        std::vector<SessionInfo> part;
        for (auto const& entry : entries)
            if (entry->exists) part.push_back(entry->actor->info());
        co_return part;
    };
    std::vector<SessionInfo> found;
    for (std::size_t i = 0; i < by_loop.size(); ++i) {
        if (by_loop[i].empty()) continue;
        auto work = collect(std::move(by_loop[i]));
        std::vector<SessionInfo> part = co_await run_on(loops_.executor(i), std::move(work));
        std::move(part.begin(), part.end(), std::back_inserter(found));
    }
    co_return found;
}

Task<std::vector<SessionInfo>> LiveGateway::list_sessions(TenantId tenant, bool include_stopped)
{
    std::vector<Entries> by_loop = entries_by_loop(tenant);
    std::vector<SessionInfo> found = co_await infos(std::move(by_loop));
    if (!include_stopped) std::erase_if(found, [](SessionInfo const& info) { return info.status == SessionStatus::stopped; });
    std::sort(found.begin(), found.end(), [](SessionInfo const& a, SessionInfo const& b) { return a.key < b.key; });
    co_return found;
}

Task<Gateway::Health> LiveGateway::health()
{
    std::vector<Entries> by_loop = entries_by_loop();
    std::vector<SessionInfo> const found = co_await infos(std::move(by_loop));
    Health health;
    health.storage_ok = !options_.storage_failed || !*options_.storage_failed;
    health.ok = health.storage_ok && !shutting_down_;
    health.sessions = found.size();
    for (auto const& info : found) ++health.by_status[info.status];
    co_return health;
}

// ------------------------------------------------------------------------------------------------------- sessions' calls

template <class Value, class Call> Task<Outcome<Value>> LiveGateway::call_actor(SessionKey key, Call call)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    auto visit = [](EntryPtr held, Call ask) -> Task<Outcome<Value>> {
        if (!held->exists) co_return reject(GatewayErrc::session_not_found);
        auto asked = ask(*held->actor);
        co_return co_await std::move(asked);
    };
    auto work = visit(entry, std::move(call));
    co_return co_await run_on(entry->executor, std::move(work));
}

Task<Outcome<QrCode>> LiveGateway::qr_code(SessionKey key)
{
    auto call = [](SessionActor& actor) { return actor.qr_code(); };
    co_return co_await call_actor<QrCode>(std::move(key), std::move(call));
}

Task<Outcome<std::string>> LiveGateway::request_code(SessionKey key, std::string phone_number)
{
    auto call = [phone_number = std::move(phone_number)](SessionActor& actor) { return actor.request_code(phone_number); };
    co_return co_await call_actor<std::string>(std::move(key), std::move(call));
}

Task<Outcome<SentMessage>> LiveGateway::send_text(SessionKey key, SendText request)
{
    auto call = [request = std::move(request)](SessionActor& actor) mutable { return actor.send_text(std::move(request)); };
    co_return co_await call_actor<SentMessage>(std::move(key), std::move(call));
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
    auto found = co_await run_storage(pool_, std::move(read));
    if (!found) co_return reject(found.error());
    co_return std::move(*found);
}

} // namespace wagate::gateway
