#include "gateway/limits/limit_book.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace wagate::gateway {
namespace {

constexpr Milliseconds storage_pause = std::chrono::minutes{1};
constexpr Milliseconds existence_pause = std::chrono::minutes{1};
constexpr std::string_view messages_name = "messages";
constexpr std::string_view all_chats_name = "new_chats";
constexpr std::string_view requests_name = "requests";
constexpr std::string_view refused_name = "requests_refused";

std::int64_t day_of(WallTime time)
{
    return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

Milliseconds until_tomorrow(WallTime time)
{
    return std::chrono::floor<std::chrono::days>(time) + std::chrono::days{1} - time;
}

bool is_rate(Limit limit)
{
    return limit == Limit::messages_per_minute || limit == Limit::requests_per_second ||
           limit == Limit::request_bytes_per_minute;
}

struct Rate {
    double per_second;
    double capacity;
};

Rate rate_of(Limit limit, std::uint64_t most, std::uint64_t burst)
{
    auto const amount = static_cast<double>(most);
    if (limit == Limit::requests_per_second)
        return {amount, burst != 0 ? static_cast<double>(burst) : 2 * amount};
    return {amount / 60, amount};
}

} // namespace

/// Of one tenant, session or key.
struct LimitBook::Use {
    Limits own;
    mutable std::map<Limit, TokenBucket> buckets;
    std::int64_t day = 0; ///< of `new_chats_today`
    std::uint64_t new_chats_today = 0;
    std::uint64_t messages = 0;
    std::uint64_t new_chats = 0;
    std::uint64_t requests = 0;
    std::uint64_t requests_refused = 0;
    bool is_dirty = false;

    std::uint64_t chats_on(std::int64_t today) const { return day == today ? new_chats_today : 0; }
    void add_chat(std::int64_t today)
    {
        new_chats_today = chats_on(today) + 1;
        day = today;
        ++new_chats;
    }
};

struct LimitBook::Tenant {
    explicit Tenant(TenantId name) : id(std::move(name)) {}
    TenantId const id;
    mutable std::mutex mutex;
    Use all;
    std::map<std::string, Use, std::less<>> sessions;
    std::map<std::string, Use, std::less<>> keys;
    /// Counts itself: one for each request under way, and this one.
    std::shared_ptr<std::size_t> running = std::make_shared<std::size_t>(0);
    std::uint64_t stored_bytes = 0;               ///< with the files'
    std::uint64_t file_bytes = 0;                 ///< as of then
    std::optional<MonotonicTime> files_looked_at; ///< nothing: never

    Use& use(LimitSubject const& subject)
    {
        if (subject.scope == LimitScope::session) return sessions[subject.name];
        if (subject.scope == LimitScope::key) return keys[subject.name];
        return all;
    }
    Use const* find(LimitScope scope, std::string_view name) const
    {
        if (scope == LimitScope::tenant) return &all;
        auto const& uses = scope == LimitScope::session ? sessions : keys;
        auto const found = uses.find(name);
        return found == uses.end() ? nullptr : &found->second;
    }
    Use* find(LimitScope scope, std::string_view name)
    {
        return const_cast<Use*>(std::as_const(*this).find(scope, name));
    }
};

LimitBook::LimitBook(storage::LimitStore& store, Limits defaults, Clock clock, FileBytes files)
    : store_(store), defaults_(std::move(defaults)), clock_(std::move(clock)), files_(std::move(files))
{}

LimitBook::~LimitBook() = default;

LimitBook::TenantPtr LimitBook::find(TenantId const& tenant) const
{
    std::shared_lock const lock(mutex_);
    auto const found = tenants_.find(tenant.value);
    return found == tenants_.end() ? nullptr : found->second;
}

LimitBook::TenantPtr LimitBook::at(TenantId const& tenant)
{
    if (auto found = find(tenant)) return found;
    std::unique_lock const lock(mutex_);
    auto& place = tenants_[tenant.value];
    if (!place) place = std::make_shared<Tenant>(tenant);
    return place;
}

// ------------------------------------------------------------------------------ stored

void LimitBook::load()
{
    for (auto const& row : store_.all_limits()) {
        auto const limit = limit_named(row.name);
        if (limit) at(row.subject.tenant)->use(row.subject).own[*limit] = row.value;
    }
    for (auto const& row : store_.all_limit_use()) {
        auto& use = at(row.subject.tenant)->use(row.subject);
        if (row.name == limit_name(Limit::new_chats_per_day)) {
            use.day = row.window;
            use.new_chats_today = row.used;
        }
        if (row.name == messages_name) use.messages = row.used;
        if (row.name == all_chats_name) use.new_chats = row.used;
        if (row.name == requests_name) use.requests = row.used;
        if (row.name == refused_name) use.requests_refused = row.used;
    }
    look_at_all_storage();
}

void LimitBook::save()
{
    auto const all = everybody();
    std::vector<storage::LimitUseRow> rows;
    std::vector<LimitSubject> written;
    auto const add = [&](LimitSubject const& subject, Use& use) {
        if (!std::exchange(use.is_dirty, false)) return;
        written.push_back(subject);
        rows.push_back(
            {subject, std::string(limit_name(Limit::new_chats_per_day)), use.day, use.new_chats_today});
        rows.push_back({subject, std::string(messages_name), 0, use.messages});
        rows.push_back({subject, std::string(all_chats_name), 0, use.new_chats});
        if (subject.scope == LimitScope::session) return;
        rows.push_back({subject, std::string(requests_name), 0, use.requests});
        rows.push_back({subject, std::string(refused_name), 0, use.requests_refused});
    };
    for (auto const& tenant : all) {
        std::lock_guard const lock(tenant->mutex);
        add({tenant->id}, tenant->all);
        for (auto& [name, use] : tenant->sessions)
            add({tenant->id, LimitScope::session, name}, use);
        for (auto& [id, use] : tenant->keys)
            add({tenant->id, LimitScope::key, id}, use);
    }
    if (!rows.empty() && !store_.put_limit_use(rows)) {
        for (auto const& subject : written) {
            auto const tenant = at(subject.tenant);
            std::lock_guard const lock(tenant->mutex);
            if (auto* use = tenant->find(subject.scope, subject.name)) use->is_dirty = true;
        }
    }
}

std::vector<LimitBook::TenantPtr> LimitBook::everybody() const
{
    std::vector<TenantPtr> all;
    std::shared_lock const lock(mutex_);
    for (auto const& [name, tenant] : tenants_)
        all.push_back(tenant);
    return all;
}

void LimitBook::look_at_all_storage()
{
    for (auto const& tenant : everybody()) {
        std::unique_lock lock(tenant->mutex);
        bool const is_limited = most(tenant->all, LimitScope::tenant, Limit::storage_bytes).has_value();
        lock.unlock();
        if (is_limited) look_at_storage(tenant->id);
    }
}

void LimitBook::look_at_storage(TenantId const& id)
{
    auto const bytes = store_.stored_bytes(id);
    auto const tenant = at(id);
    auto const now = clock_().monotonic;
    bool is_due = false;
    if (files_) {
        std::lock_guard const lock(tenant->mutex);
        is_due = !tenant->files_looked_at || now - *tenant->files_looked_at >= storage_pause;
        if (is_due) tenant->files_looked_at = now;
    }
    auto const in_files = is_due ? files_(id) : 0;
    std::lock_guard const lock(tenant->mutex);
    if (is_due) tenant->file_bytes = in_files;
    tenant->stored_bytes = bytes + tenant->file_bytes;
}

Limits LimitBook::limits(LimitSubject const& subject) const
{
    auto const tenant = find(subject.tenant);
    if (!tenant) return {};
    std::lock_guard const lock(tenant->mutex);
    auto const* use = tenant->find(subject.scope, subject.name);
    return use != nullptr ? use->own : Limits{};
}

Result<void> LimitBook::set(LimitSubject const& subject, Limits const& limits)
{
    storage::LimitValues values;
    for (std::size_t i = 0; i < limit_count; ++i)
        if (limits.values[i])
            values.emplace_back(std::string(limit_name(static_cast<Limit>(i))), *limits.values[i]);
    if (auto const stored = store_.put_limits(subject, values); !stored) return stored;
    {
        auto const tenant = at(subject.tenant);
        std::lock_guard const lock(tenant->mutex);
        auto& use = tenant->use(subject);
        use.own = limits;
        // What was used while nothing limited it does not count later.
        std::erase_if(use.buckets, [&](auto const& one) { return !most(use, subject.scope, one.first); });
    }
    if (limits[Limit::storage_bytes]) look_at_storage(subject.tenant);
    return {};
}

void LimitBook::forget(LimitSubject const& subject)
{
    if (subject.scope == LimitScope::tenant) {
        std::unique_lock const lock(mutex_);
        tenants_.erase(subject.tenant.value);
    } else if (auto const tenant = find(subject.tenant)) {
        std::lock_guard const lock(tenant->mutex);
        if (subject.scope == LimitScope::session) tenant->sessions.erase(subject.name);
        if (subject.scope == LimitScope::key) tenant->keys.erase(subject.name);
    }
    static_cast<void>(store_.erase_limits(subject)); // a failure of storage is told by whoever deletes
}

// ------------------------------------------------------------------------------ rates

std::optional<std::uint64_t> LimitBook::most(Use const& use, LimitScope scope, Limit limit) const
{
    auto value = use.own[limit];
    if (!value && scope == LimitScope::tenant) value = defaults_[limit];
    if (value && *value == 0) return std::nullopt;
    return value;
}

void LimitBook::take_rate(Use& use, LimitScope scope, Limit limit, double amount, Instant now) const
{
    auto const limited = most(use, scope, limit);
    if (!limited) {
        use.buckets.erase(limit);
        return;
    }
    auto const rate = rate_of(limit, *limited, most(use, scope, Limit::requests_burst).value_or(0));
    auto& bucket = use.buckets.try_emplace(limit, rate.per_second, rate.capacity).first->second;
    if (bucket.capacity() != std::max(rate.capacity, 1.0) || bucket.per_second() != rate.per_second)
        bucket.change(now.monotonic, rate.per_second, rate.capacity);
    bucket.take(now.monotonic, amount);
}

/// Looks at every rate that `checks` names, in every scope.
struct LimitBook::Charge {
    LimitBook const& book;
    Tenant const& tenant;
    Instant now;

    std::optional<LimitHit> rate(LimitScope scope, std::string_view name, Limit limit, double amount) const
    {
        auto const* use = tenant.find(scope, name);
        if (use == nullptr) return std::nullopt;
        auto const limited = book.most(*use, scope, limit);
        if (!limited) return std::nullopt;
        auto const wanted =
            rate_of(limit, *limited, book.most(*use, scope, Limit::requests_burst).value_or(0));
        TokenBucket bucket(wanted.per_second, wanted.capacity);
        if (auto const known = use->buckets.find(limit); known != use->buckets.end()) {
            bucket = known->second;
            bucket.change(now.monotonic, wanted.per_second, wanted.capacity);
        }
        auto const wait = bucket.wait(now.monotonic, amount);
        if (!wait) return std::nullopt;
        return LimitHit{limit, scope, *limited, *wait};
    }
};

std::optional<LimitHit> LimitBook::check_request(Tenant const& tenant, Request const& request,
                                                 Instant now) const
{
    Charge const charge{*this, tenant, now};
    struct Scope {
        LimitScope scope;
        std::string_view name;
    };
    for (auto const& [scope, name] : {Scope{LimitScope::tenant, {}}, Scope{LimitScope::key, request.key},
                                      Scope{LimitScope::session, request.session}}) {
        if (scope != LimitScope::tenant && name.empty()) continue;
        if (auto hit = charge.rate(scope, name, Limit::requests_per_second, 1)) return hit;
        if (request.bytes == 0) continue;
        if (auto hit =
                charge.rate(scope, name, Limit::request_bytes_per_minute, static_cast<double>(request.bytes)))
            return hit;
    }
    auto const running = static_cast<std::uint64_t>(tenant.running.use_count() - 1);
    auto const most_running = most(tenant.all, LimitScope::tenant, Limit::concurrent_requests);
    if (most_running && running >= *most_running)
        return LimitHit{Limit::concurrent_requests, LimitScope::tenant, *most_running,
                        std::chrono::seconds{1}};
    return std::nullopt;
}

std::optional<LimitHit> LimitBook::look(Request const& request) const
{
    auto const tenant = find(request.tenant);
    if (!tenant) return std::nullopt;
    auto const now = clock_();
    std::lock_guard const lock(tenant->mutex);
    return check_request(*tenant, request, now);
}

std::optional<LimitHit> LimitBook::take(Request const& request, Place& place)
{
    auto const tenant = at(request.tenant);
    auto const now = clock_();
    std::lock_guard const lock(tenant->mutex);
    auto& all = tenant->all;
    auto* key = request.key.empty() ? nullptr : tenant->find(LimitScope::key, request.key);
    all.is_dirty = true;
    if (key != nullptr) key->is_dirty = true;
    if (auto hit = check_request(*tenant, request, now)) {
        ++all.requests_refused;
        if (key != nullptr) ++key->requests_refused;
        return hit;
    }
    ++all.requests;
    if (key != nullptr) ++key->requests;
    auto* session = request.session.empty() ? nullptr : tenant->find(LimitScope::session, request.session);
    auto const charge = [&](Use* use, LimitScope scope) {
        if (use == nullptr) return;
        take_rate(*use, scope, Limit::requests_per_second, 1, now);
        take_rate(*use, scope, Limit::request_bytes_per_minute, static_cast<double>(request.bytes), now);
    };
    charge(&all, LimitScope::tenant);
    charge(key, LimitScope::key);
    charge(session, LimitScope::session);
    place = Place(tenant->running);
    return std::nullopt;
}

// ------------------------------------------------------------------------------ counts

std::optional<LimitHit> LimitBook::over(TenantId const& id, Limit limit, std::uint64_t used,
                                        std::uint64_t more) const
{
    auto limited = defaults_[limit];
    if (auto const tenant = find(id)) {
        std::lock_guard const lock(tenant->mutex);
        if (auto const own = tenant->all.own[limit]) limited = own;
    }
    if (!limited || *limited == 0 || more == 0 || used + more <= *limited) return std::nullopt;
    return LimitHit{limit, LimitScope::tenant, *limited, existence_pause};
}

// ------------------------------------------------------------------------------ messages

/// Who has a limit on messages: the tenant, the session and the key that asks.
struct LimitBook::Sender {
    SessionKey const& session;
    std::string_view key;

    static constexpr std::array<LimitScope, 3> scopes = {LimitScope::tenant, LimitScope::session,
                                                         LimitScope::key};
    std::string_view name(LimitScope scope) const
    {
        return scope == LimitScope::key ? key : std::string_view(session.name.value);
    }
};

std::optional<LimitHit> LimitBook::check_message(Tenant const& tenant, Sender const& sender, bool is_new_chat,
                                                 Instant now) const
{
    Charge const charge{*this, tenant, now};
    if (auto const limited = most(tenant.all, LimitScope::tenant, Limit::storage_bytes);
        limited && tenant.stored_bytes >= *limited)
        return LimitHit{Limit::storage_bytes, LimitScope::tenant, *limited, storage_pause};
    for (auto const scope : Sender::scopes) {
        if (auto hit = charge.rate(scope, sender.name(scope), Limit::messages_per_minute, 1)) return hit;
        auto const* use = tenant.find(scope, sender.name(scope));
        if (!is_new_chat || use == nullptr) continue;
        auto const limited = most(*use, scope, Limit::new_chats_per_day);
        if (limited && use->chats_on(day_of(now.wall)) >= *limited)
            return LimitHit{Limit::new_chats_per_day, scope, *limited, until_tomorrow(now.wall)};
    }
    return std::nullopt;
}

std::optional<LimitHit> LimitBook::look_message(SessionKey const& session, bool is_new_chat,
                                                std::string_view key) const
{
    auto const tenant = find(session.tenant);
    if (!tenant) return std::nullopt;
    auto const now = clock_();
    std::lock_guard const lock(tenant->mutex);
    return check_message(*tenant, {session, key}, is_new_chat, now);
}

std::optional<LimitHit> LimitBook::take_message(SessionKey const& session, bool is_new_chat,
                                                std::string_view key)
{
    auto const tenant = at(session.tenant);
    auto const now = clock_();
    std::lock_guard const lock(tenant->mutex);
    Sender const sender{session, key};
    if (auto hit = check_message(*tenant, sender, is_new_chat, now)) return hit;
    tenant->sessions.try_emplace(session.name.value);
    for (auto const scope : Sender::scopes) {
        auto* const use = tenant->find(scope, sender.name(scope));
        if (use == nullptr) continue; // a key without limits is not counted
        take_rate(*use, scope, Limit::messages_per_minute, 1, now);
        ++use->messages;
        if (is_new_chat) use->add_chat(day_of(now.wall));
        use->is_dirty = true;
    }
    return std::nullopt;
}

bool LimitBook::counts_new_chats(SessionKey const& session, std::string_view key) const
{
    auto const tenant = find(session.tenant);
    if (!tenant) return defaults_[Limit::new_chats_per_day].value_or(0) != 0;
    std::lock_guard const lock(tenant->mutex);
    Sender const sender{session, key};
    return std::any_of(Sender::scopes.begin(), Sender::scopes.end(), [&](LimitScope scope) {
        auto const* use = tenant->find(scope, sender.name(scope));
        return use != nullptr && most(*use, scope, Limit::new_chats_per_day).has_value();
    });
}

// ------------------------------------------------------------------------------ told

LimitUsage LimitBook::usage(LimitSubject const& subject, std::uint64_t sessions,
                            std::uint64_t endpoints) const
{
    auto const now = clock_();
    LimitUsage told;
    auto const tenant = find(subject.tenant);
    Tenant const none(subject.tenant);
    Tenant const& known = tenant ? *tenant : none;
    std::lock_guard const lock(known.mutex);
    Use const unused;
    auto const* found = known.find(subject.scope, subject.name);
    Use const& use = found != nullptr ? *found : unused;
    for (std::size_t i = 0; i < limit_count; ++i) {
        auto const limit = static_cast<Limit>(i);
        if (!holds_for(limit, subject.scope) || limit == Limit::requests_burst) continue;
        LimitState state;
        state.limit = limit;
        state.most = most(use, subject.scope, limit);
        if (limit == Limit::sessions) state.used = sessions;
        if (limit == Limit::webhook_endpoints) state.used = endpoints;
        if (limit == Limit::storage_bytes) state.used = known.stored_bytes;
        if (limit == Limit::concurrent_requests)
            state.used = static_cast<std::uint64_t>(known.running.use_count() - 1);
        if (limit == Limit::new_chats_per_day) {
            state.used = use.chats_on(day_of(now.wall));
            state.resets = until_tomorrow(now.wall);
        }
        if (auto const bucket = use.buckets.find(limit); is_rate(limit) && bucket != use.buckets.end()) {
            auto const taken = bucket->second.capacity() - bucket->second.level(now.monotonic);
            state.used = static_cast<std::uint64_t>(std::max(0.0, std::ceil(taken - 1e-6)));
            state.resets = Milliseconds{
                static_cast<std::int64_t>(std::ceil(taken / bucket->second.per_second() * 1000))};
        }
        told.limits.push_back(state);
    }
    told.messages = use.messages;
    told.new_chats = use.new_chats;
    told.requests = use.requests;
    told.requests_refused = use.requests_refused;
    return told;
}

} // namespace wagate::gateway
