#include "gateway/webhooks/replay.hpp"

#include "gateway/events/subscriptions.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "gateway/webhooks/delivery.hpp"
#include "gateway/webhooks/policy.hpp"

#include <algorithm>

namespace wagate::gateway::webhooks {
namespace {

/// Letters carry messages: they are looked through in small pieces.
constexpr std::size_t page_size = 100;
constexpr std::size_t most_at_once = 100'000;

Task<std::optional<storage::DeadLetter>> find_letter(DeliveryContext const& context, TenantId tenant,
                                                     std::uint64_t number)
{
    auto call = [&]() -> Result<std::vector<storage::DeadLetter>> {
        storage::DeadLetterQuery query;
        query.numbers.push_back(number);
        try {
            return context.store.dead_letters(tenant, query);
        } catch (std::exception const&) {
            return storage::StoreErrc::damaged;
        }
    };
    auto found = co_await run_blocking(context.pool, std::move(call));
    if (!found || found->empty() || !found->front().event) co_return std::nullopt;
    co_return std::move(found->front());
}

Task<bool> is_accepted(DeliveryContext const& context, std::shared_ptr<WebhookConfig const> config,
                       RenderedEvent event, int attempt)
{
    AttemptStamp stamp;
    stamp.now = context.now();
    stamp.number = attempt;
    stamp.is_replay = true;
    auto request = make_request(*config, event, context.user_agent, stamp);
    auto requesting = context.client.request(std::move(request));
    auto const answer = co_await std::move(requesting);
    co_return answer.has_value() && is_delivered(answer->status);
}

Task<void> erase_letter(DeliveryContext const& context, TenantId tenant, std::uint64_t number)
{
    auto call = [&]() -> Result<void> {
        storage::DeadLetterQuery query;
        query.numbers.push_back(number);
        auto const erased = context.store.erase_dead_letters(tenant, query);
        if (!erased) return erased.error();
        return {};
    };
    auto const erased = co_await run_blocking(context.pool, std::move(call));
    if (!erased) log::warn("dead letter not erased", {{"error", erased.error().message()}});
}

} // namespace

bool ReplayedLetters::take(TenantId const& tenant, std::uint64_t number)
{
    std::lock_guard const lock{mutex_};
    return taken_.emplace(tenant, number).second;
}

void ReplayedLetters::give_back(TenantId const& tenant, std::uint64_t number)
{
    std::lock_guard const lock{mutex_};
    taken_.erase({tenant, number});
}

ReplayPace::ReplayPace(double per_second) : step_(1'000 / std::clamp(per_second, 0.1, 1'000.0))
{}

Milliseconds ReplayPace::reserve(WallTime now)
{
    std::lock_guard const lock{mutex_};
    auto const present = static_cast<double>(unix_milliseconds(now));
    next_ = std::max(next_, present);
    auto const wait = next_ - present;
    next_ += step_;
    return Milliseconds{static_cast<Milliseconds::rep>(wait)};
}

ReplayList::~ReplayList()
{
    for (auto const number : numbers_)
        letters_->give_back(tenant_, number);
}

bool ReplayList::take(std::uint64_t number)
{
    if (!letters_->take(tenant_, number)) return false;
    numbers_.push_back(number);
    return true;
}

std::vector<ReplayCandidate> find_replayable(storage::Store& store, TenantId const& tenant,
                                             storage::DeadLetterQuery query)
{
    std::vector<ReplayCandidate> found;
    for (auto left = std::min(query.limit, most_at_once); left > 0;) {
        query.limit = std::min(left, page_size);
        auto const letters = store.dead_letters(tenant, query);
        for (auto const& letter : letters)
            if (letter.event) found.push_back({letter.number, letter.session, letter.endpoint});
        if (letters.size() < query.limit) break;
        left -= letters.size();
        query.after = letters.back().number;
    }
    return found;
}

std::optional<RenderedEvent> render_letter(EventRenderer const& render, SessionInfo const& info,
                                           storage::DeadLetter const& letter)
try {
    storage::StoredEvent stored;
    stored.session = letter.session;
    stored.sequence = letter.sequence;
    stored.event = *letter.event;
    stored.id = letter.event_id;
    auto const rendering = rendering_for({letter.event_name});
    // The id of a further rendering follows from that of the event, and the same step leads back.
    for (int step = 0; step < 2; ++step) {
        std::string other;
        for (auto& one : render(info, stored, rendering)) {
            if (one.name != letter.event_name) continue;
            if (one.id == letter.event_id) return std::move(one);
            other = one.id;
        }
        stored.id = other;
    }
    return std::nullopt;
} catch (std::exception const&) {
    return std::nullopt;
}

Task<void> run_replay(DeliveryContext const& context, std::shared_ptr<FairGate> gate, Executor executor,
                      SessionKey session, std::string endpoint, ReplayList list,
                      std::shared_ptr<ReplayPace> pace,
                      std::function<std::shared_ptr<WebhookConfig const>()> config)
{
    static auto& replayed = metrics::counter("wagate_webhook_replayed_total");
    Wakeup never{executor};
    for (auto const number : list.numbers()) {
        auto const wait = pace->reserve(context.now());
        if (wait > Milliseconds::zero()) {
            auto pausing = context.pause(never, wait);
            co_await std::move(pausing);
        }
        auto finding = find_letter(context, session.tenant, number);
        auto const letter = co_await std::move(finding);
        if (!letter) continue;
        auto asking = context.info(session);
        auto const info = co_await std::move(asking);
        if (!info) co_return;
        auto const event = render_letter(context.render, *info, *letter);
        if (!event) continue;
        auto entering = enter(gate, executor, session.tenant, session.name.value + "/" + endpoint);
        auto place = co_await std::move(entering);
        auto const current = config();
        if (!current) co_return;
        auto sending = is_accepted(context, current, *event, letter->attempts + 1);
        bool const accepted = co_await std::move(sending);
        place.leave();
        if (!accepted) continue;
        replayed.add();
        auto erasing = erase_letter(context, session.tenant, number);
        co_await std::move(erasing);
    }
}

} // namespace wagate::gateway::webhooks
