#include "gateway/live_gateway.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/asio/this_coro.hpp>

namespace wagate::gateway {

LiveGateway::LiveGateway(EventLoops& loops, BlockingPool& pool, storage::Store& store, GatewayOptions options)
    : loops_(loops),
      pool_(pool),
      store_(store),
      options_(std::move(options)),
      context_{.store = store, .pool = pool, .endpoint = options_.endpoint, .engine = options_.engine}
{
    if (!options_.on_configured)
        options_.on_configured = [](SessionKey, SessionConfig, Configured) -> Task<Result<void>> {
            co_return Result<void>();
        };
    if (!options_.on_deleted) options_.on_deleted = [](SessionKey) -> Task<void> { co_return; };
    context_.connects = std::make_shared<ConnectBudget>(options_.connects_per_second, options_.connect_burst);
    context_.proxy_policy = options_.proxy_policy;
    context_.webhook_health = options_.webhook_health;
    context_.fetch_blob = options_.fetch_blob;
    context_.ignore = options_.ignore;
    context_.limits = options_.limits;
    context_.fetch_file = options_.fetch_file;
    context_.drop_history = options_.drop_history;
    context_.prefetch = options_.prefetch;
    for (std::size_t i = 0; i < loops.size(); ++i)
        connecting_.push_back(
            std::make_unique<AsyncSemaphore>(loops.executor(i), options_.concurrent_connects));
}

LiveGateway::~LiveGateway() = default;

LiveGateway::EntryPtr LiveGateway::make_entry(SessionKey const& key) const
{
    auto const loop = std::hash<SessionKey>{}(key) % loops_.size();
    return std::make_shared<Entry>(key, loop, loops_.executor(loop));
}

std::shared_ptr<SessionActor> LiveGateway::make_actor(Entry const& entry, SessionConfig config) const
{
    return std::make_shared<SessionActor>(entry.executor, entry.key, std::move(config), context_,
                                          *connecting_[entry.loop]);
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

Gateway::Holdings LiveGateway::count(TenantId const& tenant) const
{
    Holdings held;
    for (auto const& [key, entry] : entries_) {
        if (key.tenant != tenant) continue;
        ++held.sessions;
        held.endpoints += entry->endpoints;
    }
    return held;
}

Gateway::Holdings LiveGateway::holdings(TenantId const& tenant) const
{
    std::lock_guard const lock(mutex_);
    return count(tenant);
}

std::optional<Rejection> LiveGateway::take_endpoints(Entry& entry, std::size_t endpoints) const
{
    std::lock_guard const lock(mutex_);
    auto const before = entry.endpoints.load();
    if (options_.limits != nullptr && endpoints > before) {
        auto const used = count(entry.key.tenant).endpoints;
        if (auto const hit =
                options_.limits->over(entry.key.tenant, Limit::webhook_endpoints, used, endpoints - before))
            return refused(*hit);
    }
    entry.endpoints = endpoints;
    return std::nullopt;
}

std::vector<LiveGateway::Entries> LiveGateway::entries_by_loop(std::optional<TenantId> const& tenant) const
{
    std::vector<Entries> by_loop(loops_.size());
    std::lock_guard const lock(mutex_);
    for (auto const& [key, entry] : entries_)
        if (!tenant || key.tenant == *tenant) by_loop[entry->loop].push_back(entry);
    return by_loop;
}

// -------------------------------------------------------------------------------------------------------
// life

Task<Result<void>> LiveGateway::boot()
{
    auto read = [this] { return store_.all_sessions(); };
    auto rows = co_await run_storage(pool_, std::move(read));
    if (!rows) co_return rows.error();
    for (auto& row : *rows) {
        auto config = options_.parse_config(row.config_json);
        ErrorCode unreadable;
        if (!config) {
            unreadable =
                row.config_json.empty() ? make_error_code(storage::VaultErrc::tampered) : config.error();
            log::error("stored session configuration is unreadable",
                       {{"session", row.key.name.value}, {"error", unreadable.message()}});
            config = SessionConfig{};
        }
        EntryPtr const entry = make_entry(row.key);
        entry->actor = make_actor(*entry, *config);
        entry->exists = true;
        entry->endpoints = config->webhooks.size();
        {
            std::lock_guard const lock(mutex_);
            entries_[row.key] = entry;
        }
        if (unreadable) {
            // Without its proxy, say, it must not connect; its endpoints keep their places.
            post_to(entry->executor, [entry, unreadable] {
                if (entry->exists) entry->actor->give_up(unreadable);
            });
            continue;
        }
        Result<void> const configured = co_await options_.on_configured(row.key, *config, Configured::boot);
        if (!configured) co_return configured.error();
        bool const starts = options_.boot_start == BootStart::all ||
                            (row.should_run && options_.boot_start == BootStart::those_that_ran);
        if (!starts || !may_run(row.key.tenant)) continue;
        post_to(entry->executor, [entry] {
            if (entry->exists) entry->actor->start(StatusReason::boot);
        });
    }
    co_return Result<void>();
}

void LiveGateway::drain(Milliseconds limit)
{
    draining_ = true;
    auto const end = std::chrono::steady_clock::now() + limit;
    for (auto& entries : entries_by_loop()) {
        if (entries.empty()) continue;
        auto const executor = entries.front()->executor;
        post_to(executor, [entries = std::move(entries), end] {
            for (auto const& entry : entries)
                if (entry->exists) entry->actor->drain(end);
        });
    }
}

Task<bool> LiveGateway::calls_ended(Milliseconds limit)
{
    constexpr Milliseconds look_again{10};
    auto const end = std::chrono::steady_clock::now() + limit;
    while (calls_ > 0 && std::chrono::steady_clock::now() < end)
        co_await sleep_for(look_again);
    co_return calls_ == 0;
}

Task<void> LiveGateway::shutdown(Milliseconds store_limit)
{
    drain(Milliseconds::zero());
    auto const end = std::chrono::steady_clock::now() + store_limit;
    auto const here = co_await boost::asio::this_coro::executor;
    TaskGroup closing{here};
    for (auto& entries : entries_by_loop()) {
        if (entries.empty()) continue;
        auto const executor = entries.front()->executor;
        auto work = close_all(std::move(entries), end);
        closing.spawn("close sessions", run_on(executor, std::move(work)));
    }
    co_await closing.join();
}

Task<void> LiveGateway::close_all(Entries entries, std::chrono::steady_clock::time_point store_limit)
{
    // All stop before the first is waited for: their last commits then come in a few groups.
    for (auto const& entry : entries)
        if (entry->exists) entry->actor->stop(StatusReason::requested);
    for (auto const& entry : entries) {
        auto const place = co_await entry->changing.acquire();
        if (!entry->exists) continue;
        co_await entry->actor->close(store_limit);
        entry->last = entry->actor->info();
        entry->exists = false;
        entry->actor.reset();
    }
}

// -------------------------------------------------------------------------------------------------------
// reading

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
    auto look = [](EntryPtr there) -> Task<std::optional<SessionInfo>> {
        if (there->exists) co_return there->actor->info();
        co_return there->last;
    };
    auto work = look(entry);
    co_return co_await run_on(entry->executor, std::move(work));
}

Task<std::vector<SessionInfo>> LiveGateway::infos(std::vector<Entries> by_loop)
{
    auto collect = [](Entries entries) -> Task<std::vector<SessionInfo>> {
        std::vector<SessionInfo> part;
        part.reserve(entries.size());
        for (auto const& entry : entries) {
            if (entry->exists)
                part.push_back(entry->actor->info());
            else if (entry->last)
                part.push_back(*entry->last);
        }
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
    if (!include_stopped)
        std::erase_if(found, [](SessionInfo const& info) { return info.status == SessionStatus::stopped; });
    std::sort(found.begin(), found.end(),
              [](SessionInfo const& a, SessionInfo const& b) { return a.key < b.key; });
    co_return found;
}

Task<Gateway::Health> LiveGateway::health()
{
    using Counts = std::map<SessionStatus, std::size_t>;
    auto count = [](Entries entries) -> Task<Counts> {
        Counts counts;
        for (auto const& entry : entries) {
            if (entry->exists)
                ++counts[entry->actor->status()];
            else if (entry->last)
                ++counts[entry->last->status];
        }
        co_return counts;
    };
    Health health;
    for (auto& entries : entries_by_loop()) {
        if (entries.empty()) continue;
        auto const executor = entries.front()->executor;
        auto work = count(std::move(entries));
        Counts const counts = co_await run_on(executor, std::move(work));
        for (auto const& [status, sessions] : counts) {
            health.by_status[status] += sessions;
            health.sessions += sessions;
        }
    }
    health.storage_ok = !options_.storage_failed || !*options_.storage_failed;
    health.storage_full = store_.is_disk_full();
    health.draining = draining_;
    health.ok = health.storage_ok && !health.storage_full && !health.draining;
    co_return health;
}

// -------------------------------------------------------------------------------------------------------
// sessions' calls

template <class Value, class Call>
Task<Outcome<Value>> LiveGateway::call_actor(SessionKey key, Call call)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    if (draining_) co_return reject(GatewayErrc::shutting_down);
    CallPlace const call_place{*this, entry};
    if (call_place.is_refused()) co_return reject(GatewayErrc::overloaded);
    auto visit = [this](EntryPtr held, Call ask) -> Task<Outcome<Value>> {
        if (!held->exists) co_return reject(absence());
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
    auto call = [phone_number = std::move(phone_number)](SessionActor& actor) {
        return actor.request_code(phone_number);
    };
    co_return co_await call_actor<std::string>(std::move(key), std::move(call));
}

Task<Outcome<SentMessage>> LiveGateway::send_text(SessionKey key, SendText request)
{
    auto call = [request = std::move(request)](SessionActor& actor) mutable {
        return actor.send_text(std::move(request));
    };
    co_return co_await call_actor<SentMessage>(std::move(key), std::move(call));
}

Task<Outcome<SentMessage>> LiveGateway::send(SessionKey key, SendRequest request)
{
    auto call = [request = std::move(request)](SessionActor& actor) mutable {
        return actor.send(std::move(request));
    };
    co_return co_await call_actor<SentMessage>(std::move(key), std::move(call));
}

Task<Outcome<std::vector<engine::WaitingSend>>> LiveGateway::waiting_sends(SessionKey key)
{
    using Sends = std::vector<engine::WaitingSend>;
    auto call = [](SessionActor& actor) -> Task<Outcome<Sends>> { co_return actor.waiting_sends(); };
    co_return co_await call_actor<Sends>(std::move(key), std::move(call));
}

Task<Outcome<void>> LiveGateway::ask(SessionKey key, Question question)
{
    return ask_during(SessionStatus::working, std::move(key), std::move(question));
}

Task<Outcome<void>> LiveGateway::ask_during(SessionStatus status, SessionKey key, Question question)
{
    auto call = [status, question = std::move(question)](SessionActor& actor) mutable {
        return actor.ask(status, std::move(question));
    };
    co_return co_await call_actor<void>(std::move(key), std::move(call));
}

} // namespace wagate::gateway
