#include "gateway/apps/live_apps.hpp"

#include "gateway/apps/call_answering.hpp"
#include "gateway/apps/chatwoot.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"
#include "protocol/crypto/crypto.hpp"

namespace wagate::gateway {

/// One reader with its coroutine, on the session's loop.
struct LiveApps::Work {
    explicit Work(Executor on) : executor(on), group(on) {}

    Executor executor;
    TaskGroup group;
    std::optional<AppReader> reader;
    bool has_ended = false;
};

std::string_view app_kind(App const& app) noexcept
{
    constexpr std::string_view kinds[] = {"calls", "chatwoot", "mcp"};
    return kinds[app.work.index()];
}

LiveApps::~LiveApps() = default;

AppReader::Handle LiveApps::handler_of(App const& app)
{
    auto& gateway = parts_.gateway;
    if (auto const* calls = std::get_if<CallsApp>(&app.work)) {
        auto const rules = std::make_shared<CallsApp>(*calls);
        return [&gateway, rules, session = app.session](storage::StoredEvent const& event) {
            return answer_call(gateway, session, *rules, event);
        };
    }
    if (auto const* chatwoot = std::get_if<ChatwootApp>(&app.work)) {
        auto const inbox = std::make_shared<ChatwootInbox>(parts_.client, *chatwoot);
        return [inbox](storage::StoredEvent const& event) { return inbox->tell(event); };
    }
    return {};
}

Task<Result<void>> LiveApps::boot()
{
    auto read = [this] { return parts_.store.all_apps(); };
    auto reading = run_storage(parts_.pool, std::move(read));
    auto const rows = co_await std::move(reading);
    if (!rows) co_return rows.error();
    for (auto const& row : *rows) {
        auto app = parts_.parse(row);
        if (!app) {
            log::error("stored app is unreadable", {{"session", row.session.name.value}, {"app", row.id}});
            continue;
        }
        {
            std::unique_lock const lock(mutex_);
            apps_[{app->session.tenant, app->id}] = *app;
        }
        auto starting = set_to_work(std::move(*app));
        auto const started = co_await std::move(starting);
        if (!started) co_return started.error();
    }
    co_return Result<void>();
}

Task<void> LiveApps::stop()
{
    std::vector<Key> keys;
    {
        std::unique_lock const lock(mutex_);
        is_stopping_ = true;
        for (auto const& [key, work] : work_)
            keys.push_back(key);
    }
    for (auto& key : keys) {
        auto ending = end_work(std::move(key));
        co_await std::move(ending);
    }
}

Task<void> LiveApps::forget(SessionKey session)
{
    for (auto const& app : apps_of(session)) {
        auto ending = end_work({session.tenant, app.id});
        co_await std::move(ending);
        std::unique_lock const lock(mutex_);
        apps_.erase({session.tenant, app.id});
    }
}

std::vector<App> LiveApps::apps_of(SessionKey const& session) const
{
    std::vector<App> found;
    std::shared_lock const lock(mutex_);
    for (auto const& [key, app] : apps_)
        if (app.session == session) found.push_back(app);
    return found;
}

std::optional<App> LiveApps::find(TenantId const& tenant, std::string const& id) const
{
    std::shared_lock const lock(mutex_);
    auto const found = apps_.find({tenant, id});
    if (found == apps_.end()) return std::nullopt;
    return found->second;
}

std::optional<App> LiveApps::find_secret(std::optional<TenantId> const& tenant, std::string const& session,
                                         std::string const& id) const
{
    auto const given = crypto::sha256(view(id));
    std::optional<App> found;
    std::shared_lock const lock(mutex_);
    for (auto const& [key, app] : apps_) {
        if (app.session.name.value != session || (tenant && app.session.tenant != *tenant)) continue;
        if (!crypto::constant_time_equal(crypto::sha256(view(app.id)), given)) continue;
        if (found) return std::nullopt;
        found = app;
    }
    return found;
}

Task<Outcome<void>> LiveApps::put(App app)
{
    storage::AppRow row{app.session, app.id, std::string(app_kind(app)), app.config_json, app.enabled};
    auto write = [this, &row] { return parts_.store.put_app(row); };
    auto writing = run_storage(parts_.pool, std::move(write));
    auto const written = co_await std::move(writing);
    if (!written) {
        if (written.error() == storage::StoreErrc::not_found)
            co_return reject(GatewayErrc::session_not_found);
        if (written.error() == storage::StoreErrc::already_exists)
            co_return refused(GatewayErrc::not_possible, "The id belongs to an app of another session");
        co_return reject(written.error());
    }
    {
        std::unique_lock const lock(mutex_);
        apps_[{app.session.tenant, app.id}] = app;
    }
    auto starting = set_to_work(std::move(app));
    auto const started = co_await std::move(starting);
    if (!started) co_return reject(started.error());
    co_return Outcome<void>();
}

Task<Outcome<void>> LiveApps::erase(SessionKey session, std::string id)
{
    auto ending = end_work({session.tenant, id});
    co_await std::move(ending);
    auto write = [this, &session, &id]() -> Result<void> {
        auto const erased = parts_.store.erase_app(session, id);
        if (erased) AppReader::forget(parts_.store, session, id);
        return erased;
    };
    auto writing = run_storage(parts_.pool, std::move(write));
    auto const written = co_await std::move(writing);
    if (!written && written.error() == storage::StoreErrc::not_found)
        co_return refused(GatewayErrc::not_found, "App not found");
    if (!written) co_return reject(written.error());
    std::unique_lock const lock(mutex_);
    apps_.erase({session.tenant, id});
    co_return Outcome<void>();
}

Task<Outcome<void>> LiveApps::send(App app, AgentMessage message)
{
    SendText text;
    text.chat = message.chat;
    text.text = message.text;
    text.key =
        IdempotencyKey{crypto::sha256({view("chatwoot\n"), view(app.id), view("\n"), view(message.id)}),
                       crypto::sha256({view(text.chat), view("\n"), view(text.text)})};
    auto sending = parts_.gateway.send_text(app.session, std::move(text));
    auto const sent = co_await std::move(sending);
    if (!sent) co_return sent.error();
    co_return Outcome<void>();
}

Task<Result<void>> LiveApps::set_to_work(App app)
{
    Key const key{app.session.tenant, app.id};
    auto ending = end_work(key);
    co_await std::move(ending);
    auto handle = handler_of(app);
    if (!app.enabled || !handle) co_return Result<void>();
    auto const work = std::make_shared<Work>(parts_.executor_of(app.session));
    std::function<bool()> is_paused;
    if (parts_.is_paused)
        is_paused = [this, tenant = app.session.tenant] { return parts_.is_paused(tenant); };
    work->reader.emplace(parts_.store, parts_.pool, parts_.feed, work->executor, app.session, app.id,
                         std::move(handle), std::move(is_paused));
    WorkPtr overtaken; // of a change at the same time
    {
        std::unique_lock const lock(mutex_);
        if (is_stopping_) co_return Result<void>();
        overtaken = std::exchange(work_[key], work);
    }
    if (overtaken) {
        auto const executor = overtaken->executor;
        auto closing = end_here(std::move(overtaken));
        co_await run_on(executor, std::move(closing));
    }
    auto begin = begin_here(work);
    co_return co_await run_on(work->executor, std::move(begin));
}

Task<Result<void>> LiveApps::begin_here(WorkPtr work)
{
    auto beginning = work->reader->begin();
    auto const begun = co_await std::move(beginning);
    if (begun && !work->has_ended) work->group.spawn("app", work->reader->run());
    co_return begun;
}

Task<void> LiveApps::end_work(Key key)
{
    WorkPtr work;
    {
        std::unique_lock const lock(mutex_);
        auto const found = work_.find(key);
        if (found == work_.end()) co_return;
        work = std::move(found->second);
        work_.erase(found);
    }
    auto const executor = work->executor;
    auto closing = end_here(std::move(work));
    co_await run_on(executor, std::move(closing));
}

Task<void> LiveApps::end_here(WorkPtr work)
{
    work->has_ended = true;
    work->group.cancel();
    co_await work->group.join();
}

} // namespace wagate::gateway
