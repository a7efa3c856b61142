// What changes a session's life: creating, configuring, starting, stopping, unlinking, deleting.
#include "gateway/live_gateway.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/asio/this_coro.hpp>

namespace wagate::gateway {
namespace {

Rejection tenant_rests()
{
    auto rejection = reject(GatewayErrc::not_possible);
    rejection.detail = "The tenant is suspended";
    return rejection;
}

/// @param replaces a configuration that does not open is in nobody's way
std::optional<storage::SessionRow> stored_row(storage::Store& store, SessionKey const& key, bool replaces)
try {
    return store.session(key);
} catch (boost::system::system_error const& failure) {
    if (!replaces || failure.code() != storage::VaultErrc::tampered) throw;
    for (auto& row : store.sessions(key.tenant))
        if (row.key == key) return std::move(row);
    return std::nullopt;
}

} // namespace

/// @param config_json nothing: as it is stored
Task<Result<void>> LiveGateway::save(SessionKey key, std::optional<std::string> config_json, bool should_run,
                                     SessionStatus status)
{
    auto write = [&]() -> Result<void> {
        auto row = stored_row(store_, key, config_json.has_value());
        if (!row) return storage::StoreErrc::not_found;
        if (config_json) row->config_json = *config_json;
        row->should_run = should_run;
        row->last_status = status;
        row->updated = current_time().wall;
        return store_.update_session(*row);
    };
    co_return co_await run_storage(pool_, std::move(write), key.tenant.value);
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
    co_return co_await run_storage(pool_, std::move(write), key.tenant.value);
}

Task<Result<void>> LiveGateway::erase(SessionKey key)
{
    auto write = [&]() -> Result<void> {
        auto const erased = store_.erase_session(key);
        if (!erased && erased.error() != storage::StoreErrc::not_found) return erased;
        return Result<void>();
    };
    co_return co_await run_storage(pool_, std::move(write), key.tenant.value);
}

Task<Outcome<SessionInfo>> LiveGateway::create_session(SessionKey key, SessionConfig config, bool start)
{
    if (draining_) co_return reject(GatewayErrc::shutting_down);
    EntryPtr const entry = make_entry(key);
    CallPlace const call_place{*this, entry};
    {
        std::lock_guard const lock(mutex_);
        if (entries_.contains(key)) co_return reject(GatewayErrc::session_exists);
        auto const endpoints = config.webhooks.size();
        if (options_.limits != nullptr) {
            auto const held = count(key.tenant);
            auto const& limits = *options_.limits;
            auto hit = limits.over(key.tenant, Limit::sessions, held.sessions, 1);
            if (!hit) hit = limits.over(key.tenant, Limit::webhook_endpoints, held.endpoints, endpoints);
            if (hit) co_return refused(*hit);
        }
        entry->endpoints = endpoints;
        entries_.emplace(key, entry);
    }
    // To others there is no such session before this is through.
    auto create = [this, &config, start](EntryPtr held) -> Task<Outcome<SessionInfo>> {
        auto const place = co_await held->changing.acquire();
        // Here, where whoever ends the tenant's sessions can see this one.
        if (!may_run(held->key.tenant)) {
            forget(held->key);
            co_return tenant_rests();
        }
        Result<void> done = co_await insert(held->key, config.raw_json, start);
        if (!done) {
            forget(held->key);
            co_return reject(done.error());
        }
        done = co_await options_.on_configured(held->key, config, Configured::request);
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

Task<Outcome<SessionInfo>> LiveGateway::change_session(SessionKey key, Change change, bool of_any)
{
    if (draining_) co_return reject(GatewayErrc::shutting_down);
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    CallPlace const call_place{*this, entry};
    if (call_place.is_refused()) co_return reject(GatewayErrc::overloaded);
    auto locked = [this, of_any](EntryPtr held, Change act) -> Task<Outcome<SessionInfo>> {
        auto const place = co_await held->changing.acquire();
        if (!of_any && !may_run(held->key.tenant)) co_return tenant_rests();
        if (!held->exists) co_return reject(absence());
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
        auto const endpoints = entry->endpoints.load();
        if (auto refusal = take_endpoints(*entry, config.webhooks.size())) co_return std::move(*refusal);
        Result<void> const saved = co_await save(entry->key, config.raw_json, runs, status);
        if (!saved) {
            entry->endpoints = endpoints;
            co_return reject(saved.error());
        }
        // The engine reads its options at creation: a new actor takes over with the new configuration.
        co_await entry->actor->close();
        entry->actor = make_actor(*entry, config);
        Result<void> const configured =
            co_await options_.on_configured(entry->key, config, Configured::request);
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
        if (!erased) {
            entry->actor = make_actor(*entry, info.config); // the session is still there
            co_return reject(erased.error());
        }
        entry->exists = false;
        entry->actor.reset();
        forget(entry->key);
        co_return info;
    };
    Outcome<SessionInfo> const done = co_await change_session(std::move(key), std::move(change), true);
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

// -------------------------------------------------------------------------------------------------------
// all sessions of a tenant

Task<void> LiveGateway::on_each_loop(std::vector<Entries> by_loop, std::function<Task<void>(Entries)> work)
{
    for (auto& entries : by_loop) {
        if (entries.empty()) continue;
        auto const executor = entries.front()->executor;
        auto part = work(std::move(entries));
        co_await run_on(executor, std::move(part));
    }
}

Task<void> LiveGateway::stop_tenant(TenantId tenant)
{
    auto work =
        on_each_loop(entries_by_loop(tenant), [](Entries entries) { return stop_all(std::move(entries)); });
    co_await std::move(work);
}

Task<void> LiveGateway::stop_all(Entries entries)
{
    for (auto const& entry : entries) {
        auto const place = co_await entry->changing.acquire();
        if (entry->exists) entry->actor->stop(StatusReason::requested);
    }
}

Task<void> LiveGateway::start_tenant(TenantId tenant)
{
    auto read = [this, &tenant] { return store_.sessions(tenant); };
    auto const rows = co_await run_storage(pool_, std::move(read));
    if (!rows) co_return;
    std::vector<Entries> by_loop(loops_.size());
    for (auto const& row : *rows) {
        if (!row.should_run) continue;
        if (auto const entry = find(row.key)) by_loop[entry->loop].push_back(entry);
    }
    auto work =
        on_each_loop(std::move(by_loop), [this](Entries entries) { return start_all(std::move(entries)); });
    co_await std::move(work);
}

Task<void> LiveGateway::start_all(Entries entries)
{
    for (auto const& entry : entries) {
        auto const place = co_await entry->changing.acquire();
        if (entry->exists && may_run(entry->key.tenant)) entry->actor->start(StatusReason::requested);
    }
}

Task<void> LiveGateway::delete_tenant(TenantId tenant)
{
    auto const here = co_await boost::asio::this_coro::executor;
    auto erase_one = [this](EntryPtr entry) -> Task<void> {
        auto deleting = delete_session(entry->key);
        auto const deleted = co_await std::move(deleting);
        if (!deleted) log::warn("session not deleted yet", {{"session", entry->key.name.value}});
    };
    TaskGroup deleting{here};
    for (auto& entries : entries_by_loop(tenant))
        for (auto& entry : entries)
            deleting.spawn("delete session", erase_one(entry));
    co_await deleting.join();
}

} // namespace wagate::gateway
