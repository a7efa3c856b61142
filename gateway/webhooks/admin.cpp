// What operators may ask of the dispatcher.
#include "gateway/runtime/hop.hpp"
#include "gateway/webhooks/served_session.hpp"

namespace wagate::gateway::webhooks {
namespace {

Rejection rejection(GatewayErrc code)
{
    Rejection rejection;
    rejection.code = code;
    return rejection;
}

Rejection rejection(ErrorCode const& failure)
{
    return rejection(failure == RuntimeErrc::overloaded ? GatewayErrc::overloaded
                                                        : GatewayErrc::storage_failed);
}

} // namespace

WebhookHealth WebhookDispatcher::health(SessionKey const& session)
{
    WebhookHealth health;
    auto const served = find(session);
    if (!served) return health;
    for (auto const& [id, reader] : served->readers) {
        auto status = reader->status();
        health.pending_events = std::max(health.pending_events, status.pending_events);
        if (!status.enabled) health.disabled.push_back(id);
        if (status.last_failure &&
            (!health.last_failure || health.last_failure->time < status.last_failure->time))
            health.last_failure = std::move(status.last_failure);
    }
    return health;
}

Task<Outcome<std::vector<EndpointStatus>>> WebhookDispatcher::endpoints(SessionKey session)
{
    auto const target = find(session);
    if (!target) co_return rejection(GatewayErrc::session_not_found);
    auto collect = [](ServedPtr served) -> Task<std::vector<EndpointStatus>> {
        std::vector<EndpointStatus> found;
        for (auto const& [id, reader] : served->readers)
            found.push_back(reader->status());
        co_return found;
    };
    auto work = collect(target);
    auto found = co_await run_on(target->executor, std::move(work));
    co_return std::move(found);
}

Task<Outcome<void>> WebhookDispatcher::enable(SessionKey session, std::string endpoint)
{
    auto const target = find(session);
    if (!target) co_return rejection(GatewayErrc::session_not_found);
    auto work = enable_here(target, std::move(endpoint));
    co_return co_await run_on(target->executor, std::move(work));
}

Task<Outcome<void>> WebhookDispatcher::enable_here(ServedPtr served, std::string endpoint)
{
    auto const turn = co_await served->turn.acquire();
    auto const found = served->readers.find(endpoint);
    if (served->is_closed || found == served->readers.end())
        co_return rejection(GatewayErrc::endpoint_not_found);
    auto enabling = found->second->enable();
    auto const enabled = co_await std::move(enabling);
    if (!enabled) co_return rejection(enabled.error());
    co_return Outcome<void>();
}

Task<Outcome<std::vector<storage::DeadLetter>>>
WebhookDispatcher::dead_letters(TenantId tenant, storage::DeadLetterQuery query)
{
    auto call = [&]() -> Result<std::vector<storage::DeadLetter>> {
        try {
            return context_.store.dead_letters(tenant, query);
        } catch (std::exception const&) {
            return storage::StoreErrc::damaged;
        }
    };
    auto found = co_await run_blocking(context_.pool, std::move(call));
    if (!found) co_return rejection(found.error());
    co_return std::move(*found);
}

Task<Outcome<std::size_t>> WebhookDispatcher::replay(TenantId tenant, Replay replay)
{
    auto call = [&]() -> Result<std::vector<ReplayCandidate>> {
        try {
            return find_replayable(context_.store, tenant, replay.which);
        } catch (std::exception const&) {
            return storage::StoreErrc::damaged;
        }
    };
    auto found = co_await run_blocking(context_.pool, std::move(call));
    if (!found) co_return rejection(found.error());
    std::map<SessionKey, std::vector<ReplayCandidate>> by_session;
    for (auto& candidate : *found)
        by_session[candidate.session].push_back(std::move(candidate));
    auto const pace = std::make_shared<ReplayPace>(replay.per_second);
    std::size_t taken = 0;
    for (auto& [session, candidates] : by_session) {
        auto const target = find(session);
        if (!target) continue;
        auto work = replay_here(target, &replayed_, std::move(candidates), pace);
        taken += co_await run_on(target->executor, std::move(work));
    }
    co_return taken;
}

Task<std::size_t> WebhookDispatcher::replay_here(ServedPtr served, ReplayedLetters* letters,
                                                 std::vector<ReplayCandidate> candidates,
                                                 std::shared_ptr<ReplayPace> pace)
{
    auto const turn = co_await served->turn.acquire();
    std::size_t taken = 0;
    if (served->is_closed) co_return taken;
    std::map<std::string, ReplayList> lists;
    for (auto const& candidate : candidates) {
        if (!served->readers.contains(candidate.endpoint)) continue;
        auto const place = lists.try_emplace(candidate.endpoint, *letters, served->session.tenant).first;
        if (place->second.take(candidate.number)) ++taken;
    }
    for (auto& [endpoint, list] : lists) {
        // The group is joined before what it refers to goes.
        auto config = [here = served.get(), id = endpoint]() -> std::shared_ptr<WebhookConfig const> {
            auto const found = here->readers.find(id);
            if (found == here->readers.end() || !found->second->plan().is_enabled()) return nullptr;
            return found->second->config();
        };
        served->replays.spawn("webhook replay",
                              run_replay(served->context, served->gate, served->executor, served->session,
                                         endpoint, std::move(list), pace, std::move(config)));
    }
    co_return taken;
}

Task<Outcome<std::size_t>> WebhookDispatcher::purge(TenantId tenant, storage::DeadLetterQuery query)
{
    auto call = [&]() -> Result<std::size_t> { return context_.store.erase_dead_letters(tenant, query); };
    auto const erased = co_await run_blocking(context_.pool, std::move(call));
    if (!erased) co_return rejection(erased.error());
    co_return *erased;
}

} // namespace wagate::gateway::webhooks
