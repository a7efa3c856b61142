#include "gateway/webhooks/dispatcher.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/webhooks/served_session.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <future>
#include <map>

namespace wagate::gateway::webhooks {
namespace {

WallTime system_time()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

Task<void> wait_real_time(Wakeup& early, Duration duration)
{
    co_await early.wait_for(duration);
}

struct Position {
    DeliveryRecord record;
    std::uint64_t end = 0; ///< of the log
};

/// Where an endpoint stands; a new one gets its place at the log's end, durably. Blocks.
Result<Position> settle_position(storage::Store& store, SessionKey const& session,
                                 std::string const& endpoint)
try {
    Position position;
    position.end = store.last_sequence(session);
    if (auto const known = store.delivery_state(session, endpoint)) {
        auto record = decode(*known);
        if (!record) {
            log::error("webhook state not readable",
                       {{"session", session.name.value}, {"endpoint", endpoint}});
            record.emplace();
            record->settled = SettledSequences{known->sequence};
        }
        position.record = std::move(*record);
        return position;
    }
    position.record.settled = SettledSequences{position.end};
    storage::DeliveryUpdate update;
    update.state = encode(position.record);
    std::promise<Result<void>> outcome;
    auto durable = outcome.get_future();
    store.save_delivery(session, endpoint, std::move(update),
                        [&outcome](Result<void> result) { outcome.set_value(result); });
    auto const saved = durable.get();
    if (!saved) return saved.error();
    return position;
} catch (boost::system::system_error const& failure) {
    return failure.code();
}

Task<Result<Position>> settle(DeliveryContext const& context, SessionKey session, std::string endpoint)
{
    auto call = [&] { return settle_position(context.store, session, endpoint); };
    co_return co_await run_blocking(context.pool, std::move(call));
}

Task<void> erase_state(DeliveryContext const& context, SessionKey session, std::string endpoint)
{
    auto call = [&] { context.store.erase_delivery(session, endpoint); };
    // One that stays costs a row; it would only matter if the same URL came back.
    static_cast<void>(co_await run_blocking(context.pool, std::move(call)));
}

bool contains(std::vector<Endpoint> const& endpoints, std::string const& id)
{
    return std::any_of(endpoints.begin(), endpoints.end(),
                       [&](Endpoint const& endpoint) { return endpoint.id == id; });
}

} // namespace

WebhookDispatcher::WebhookDispatcher(DeliveryContext context, EventFeed& feed,
                                     std::function<Executor(SessionKey const&)> executor_of)
    : context_(std::move(context)), feed_(feed), executor_of_(std::move(executor_of))
{
    if (!context_.now) context_.now = system_time;
    if (!context_.pause) context_.pause = wait_real_time;
}

WebhookDispatcher::~WebhookDispatcher() = default;

std::shared_ptr<FairGate> WebhookDispatcher::gate_of(Executor const& executor)
{
    auto& gate = gates_[&executor.context()];
    if (!gate) gate = std::make_shared<FairGate>(context_.loop_requests);
    return gate;
}

WebhookDispatcher::ServedPtr WebhookDispatcher::served(SessionKey const& session)
{
    std::lock_guard const lock{mutex_};
    auto& found = sessions_[session];
    if (!found) {
        auto const executor = executor_of_(session);
        found = std::make_shared<Served>(context_, feed_, gate_of(executor), session, executor);
    }
    return found;
}

WebhookDispatcher::ServedPtr WebhookDispatcher::find(SessionKey const& session)
{
    std::lock_guard const lock{mutex_};
    auto const found = sessions_.find(session);
    return found == sessions_.end() ? nullptr : found->second;
}

Task<Result<void>> WebhookDispatcher::configure(SessionKey session, std::vector<Endpoint> endpoints,
                                                bool enables_disabled)
{
    auto const target = served(session);
    auto work = configure_here(target, std::move(endpoints), enables_disabled);
    co_return co_await run_on(target->executor, std::move(work));
}

Task<Result<void>> WebhookDispatcher::configure_here(ServedPtr served, std::vector<Endpoint> endpoints,
                                                     bool enables_disabled)
{
    auto const turn = co_await served->turn.acquire();
    if (served->is_closed) co_return RuntimeErrc::stopped;

    std::map<std::string, Position> positions;
    for (auto const& endpoint : endpoints) {
        if (served->readers.contains(endpoint.id)) continue;
        auto settling = settle(served->context, served->session, endpoint.id);
        auto position = co_await std::move(settling);
        if (!position) co_return position.error();
        positions[endpoint.id] = std::move(*position);
    }
    for (auto entry = served->readers.begin(); entry != served->readers.end();) {
        if (contains(endpoints, entry->first)) {
            ++entry;
            continue;
        }
        auto const reader = std::move(entry->second);
        auto const id = entry->first;
        entry = served->readers.erase(entry);
        co_await reader->stop(Duration::zero());
        auto erasing = erase_state(served->context, served->session, id);
        co_await std::move(erasing);
    }
    for (auto& endpoint : endpoints) {
        if (auto const known = served->readers.find(endpoint.id); known != served->readers.end()) {
            known->second->configure(std::move(endpoint.config));
            continue;
        }
        auto const id = endpoint.id;
        auto& position = positions.at(id);
        auto reader = std::make_unique<EndpointReader>(served->context, served->gate, served->session,
                                                       std::move(endpoint), std::move(position.record),
                                                       position.end, served->executor);
        reader->start();
        served->readers.emplace(id, std::move(reader));
    }
    if (served->readers.empty())
        served->subscription = {};
    else
        served->watch();
    // What was appended before the subscription began is found now.
    for (auto& [id, reader] : served->readers)
        reader->notify();
    if (!enables_disabled) co_return Result<void>();
    for (auto& [id, reader] : served->readers) {
        auto enabling = reader->enable();
        auto const enabled = co_await std::move(enabling);
        if (!enabled) co_return enabled.error();
    }
    co_return Result<void>();
}

Task<void> WebhookDispatcher::remove(SessionKey session)
{
    ServedPtr target;
    {
        std::lock_guard const lock{mutex_};
        auto const found = sessions_.find(session);
        if (found == sessions_.end()) co_return;
        target = std::move(found->second);
        sessions_.erase(found);
    }
    co_await close(std::move(target), Duration::zero());
}

Task<void> WebhookDispatcher::close(ServedPtr served, Duration grace)
{
    auto const executor = served->executor;
    auto work = close_here(std::move(served), grace);
    co_await run_on(executor, std::move(work));
}

Task<void> WebhookDispatcher::close_here(ServedPtr served, Duration grace)
{
    auto const turn = co_await served->turn.acquire();
    served->is_closed = true;
    served->subscription = {};
    served->replays.cancel();
    co_await served->replays.join();
    TaskGroup stops{served->executor};
    for (auto& [id, reader] : served->readers)
        stops.spawn("webhook stop", reader->stop(grace));
    co_await stops.join();
    served->readers.clear();
}

void WebhookDispatcher::wake(TenantId const& tenant)
{
    std::vector<ServedPtr> resting;
    {
        std::lock_guard const lock{mutex_};
        for (auto const& [session, target] : sessions_)
            if (session.tenant == tenant) resting.push_back(target);
    }
    for (auto const& target : resting)
        post_to(target->executor, [target] {
            for (auto& [id, reader] : target->readers)
                reader->notify();
        });
}

Task<void> WebhookDispatcher::stop(Duration grace)
{
    std::unordered_map<SessionKey, ServedPtr> all;
    {
        std::lock_guard const lock{mutex_};
        all.swap(sessions_);
    }
    auto const executor = co_await boost::asio::this_coro::executor;
    TaskGroup stops{executor};
    for (auto const& [session, target] : all)
        stops.spawn("webhooks stop", close(target, grace));
    co_await stops.join();
}

} // namespace wagate::gateway::webhooks
