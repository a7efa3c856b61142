#include "gateway/live_gateway.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {

LiveGateway::LiveGateway(EventLoops& loops, BlockingPool& pool, storage::Store& store, GatewayOptions options)
    : loops_(loops),
      pool_(pool),
      store_(store),
      options_(std::move(options)),
      context_{.store = store, .pool = pool, .endpoint = options_.endpoint, .engine = options_.engine}
{
    if (!options_.on_configured)
        options_.on_configured = [](SessionKey, SessionConfig) -> Task<Result<void>> {
            co_return Result<void>();
        };
    if (!options_.on_deleted) options_.on_deleted = [](SessionKey) -> Task<void> { co_return; };
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
    if (!include_stopped)
        std::erase_if(found, [](SessionInfo const& info) { return info.status == SessionStatus::stopped; });
    std::sort(found.begin(), found.end(),
              [](SessionInfo const& a, SessionInfo const& b) { return a.key < b.key; });
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
    for (auto const& info : found)
        ++health.by_status[info.status];
    co_return health;
}

// -------------------------------------------------------------------------------------------------------
// sessions' calls

template <class Value, class Call>
Task<Outcome<Value>> LiveGateway::call_actor(SessionKey key, Call call)
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

Task<Outcome<std::vector<Message>>> LiveGateway::messages(SessionKey key, std::string chat,
                                                          storage::MessageQuery query)
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
            if (auto const lid = store_.lid_of_phone(key, merged.chat.user))
                merged.chat_alias = Jid::hidden(*lid);
        } else if (merged.chat.is_lid()) {
            if (auto const phone = store_.phone_of_lid(key, merged.chat.user))
                merged.chat_alias = Jid::phone(*phone);
        }
        return store_.messages(key, merged);
    };
    auto found = co_await run_storage(pool_, std::move(read));
    if (!found) co_return reject(found.error());
    co_return std::move(*found);
}

} // namespace wagate::gateway
