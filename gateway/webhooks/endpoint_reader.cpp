#include "gateway/webhooks/endpoint_reader.hpp"

#include "gateway/egress/userinfo.hpp"
#include "gateway/events/subscriptions.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "gateway/webhooks/policy.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace wagate::gateway::webhooks {
namespace {

/// Before the log or the session is asked again after it could not answer.
constexpr Duration trouble_pause = std::chrono::seconds{1};
/// How long a stop or a request waits for a write.
constexpr Duration longest_write = std::chrono::seconds{2};

double draw_jitter(RandomSource& random)
{
    constexpr std::uint64_t steps = 1u << 20;
    return static_cast<double>(random.below(steps)) / static_cast<double>(steps);
}

std::vector<RenderedEvent> render(EventRenderer const& renderer, SessionInfo const& info,
                                  storage::StoredEvent const& event, Rendering rendering)
try {
    return renderer(info, event, rendering);
} catch (std::exception const& failure) {
    // Trying again would fail again, and hold up what follows.
    log::error("event not rendered",
               {{"session", event.session.name.value}, {"event", event.id}, {"error", failure.what()}});
    return {};
}

PlannedEvent planned(storage::StoredEvent event, std::vector<RenderedEvent> rendered,
                     std::vector<std::string> const& subscriptions)
{
    PlannedEvent result;
    result.sequence = event.sequence;
    result.lane = ordering_key(event.event.body);
    result.bytes = sizeof(PlannedEvent) + sizeof(Event) + result.lane.size();
    for (std::size_t i = 0; i < rendered.size(); ++i) {
        if (!is_subscribed(subscriptions, rendered[i].name)) continue;
        result.bytes += sizeof(PlannedEvent::Part) + rendered[i].body.size() + rendered[i].id.size();
        result.parts.push_back({static_cast<std::uint32_t>(i), std::move(rendered[i])});
    }
    if (result.parts.empty()) return result;
    result.bytes += bulk_of(event.event.body);
    result.event = std::move(event.event);
    return result;
}

} // namespace

EndpointReader::EndpointReader(DeliveryContext const& context, std::shared_ptr<FairGate> gate,
                               SessionKey session, Endpoint endpoint, DeliveryRecord record,
                               std::uint64_t end, Executor executor)
    : context_(context),
      gate_(std::move(gate)),
      session_(std::move(session)),
      endpoint_(std::move(endpoint.id)),
      executor_(executor),
      config_(std::make_shared<WebhookConfig const>(std::move(endpoint.config))),
      plan_(std::move(record), end, context.now()),
      work_(executor),
      stop_signal_(executor),
      saver_(context.store, session_, endpoint_, executor, [this] { return collect(); }),
      group_(executor)
{
    count();
}

EndpointReader::~EndpointReader()
{
    metrics::counter("wagate_webhook_backlog_events").add(-counted_pending_);
    metrics::counter("wagate_webhook_disabled_endpoints").add(-counted_disabled_);
}

void EndpointReader::start()
{
    group_.spawn("webhook", run());
}

void EndpointReader::notify()
{
    has_news_ = true;
    plan_.grown();
    work_.notify();
}

void EndpointReader::configure(WebhookConfig config)
{
    bool const is_other = config.events != config_->events;
    config_ = std::make_shared<WebhookConfig const>(std::move(config));
    if (is_other) plan_.forget_cached();
    work_.notify();
}

Task<Result<void>> EndpointReader::enable()
{
    if (plan_.is_enabled()) co_return Result<void>();
    plan_.enable(context_.now());
    tell_state("enabled");
    saver_.save();
    count();
    work_.notify();
    // Bounded: a full disk makes it wait for long, and whoever stops the session waits for us.
    auto const flushed = co_await with_timeout(saver_.flush(), longest_write);
    co_return flushed;
}

Task<void> EndpointReader::stop(Duration grace)
{
    is_stopping_ = true;
    work_.notify();
    stop_signal_.notify();
    auto const joined = co_await with_timeout(group_.join(), grace);
    if (!joined) log::debug("webhook cancelled", {{"session", session_.name.value}, {"endpoint", endpoint_}});
    auto const flushed = co_await with_timeout(saver_.flush(), longest_write);
    if (!flushed)
        log::warn("webhook stopped before its state was saved",
                  {{"session", session_.name.value}, {"endpoint", endpoint_}});
}

EndpointStatus EndpointReader::status() const
{
    EndpointStatus status;
    status.id = endpoint_;
    status.url = egress::take_userinfo(config_->url).url;
    status.enabled = plan_.is_enabled();
    status.disabled_reason = plan_.disabled_reason();
    status.disabled_at = plan_.disabled_at();
    status.pending_events = plan_.pending();
    status.last_success = plan_.last_success();
    status.last_failure = plan_.last_failure();
    if (status.last_failure) status.last_failure->endpoint = endpoint_;
    return status;
}

Task<void> EndpointReader::run()
{
    while (!is_stopping_) {
        // Without storage nothing is delivered: all of it would come again.
        if (saver_.has_failed() || is_paused()) {
            co_await work_.wait();
            continue;
        }
        start_attempts();
        if (!is_loading_) {
            if (auto const read = plan_.next_read(context_.now())) {
                is_loading_ = true;
                if (read->is_ahead) has_news_ = false;
                group_.spawn("webhook read", load(*read));
                continue;
            }
            if (has_news_) {
                is_loading_ = true;
                has_news_ = false;
                group_.spawn("webhook end", find_end());
                continue;
            }
        }
        auto resting = rest();
        co_await std::move(resting);
    }
}

void EndpointReader::start_attempts()
{
    while (!is_stopping_) {
        auto attempt = plan_.next_attempt(context_.now());
        if (!attempt) break;
        group_.spawn("webhook request", deliver(std::move(*attempt)));
    }
}

Task<void> EndpointReader::rest()
{
    auto const next = plan_.next_time();
    // What is due and not under way waits for the read that is under way, which wakes us.
    auto const now = context_.now();
    if (!next || (is_loading_ && *next <= now)) {
        co_await work_.wait();
        co_return;
    }
    Duration const duration = std::max(*next - now, Milliseconds{1});
    co_await context_.pause(work_, duration);
}

Task<void> EndpointReader::load(DeliveryPlan::Read read)
{
    auto asking = context_.info(session_);
    auto info = co_await std::move(asking);
    bool is_read = false;
    if (info) {
        auto reading = read_log(read, std::move(*info));
        auto events = co_await std::move(reading);
        if (!events)
            log::error("event log not readable",
                       {{"session", session_.name.value}, {"error", events.error().message()}});
        // An event that is known is there, or a later one is.
        is_read = events && (read.is_ahead || !events->empty());
        if (is_read) {
            auto const before = plan_.floor();
            plan_.loaded(read, std::move(*events), context_.now());
            if (plan_.floor() != before || plan_.has_dead_letters()) saver_.save();
            count();
        }
    }
    if (!is_read) {
        plan_.not_loaded(read);
        auto pausing = context_.pause(stop_signal_, trouble_pause);
        co_await std::move(pausing);
    }
    is_loading_ = false;
    work_.notify();
}

/// Reads and renders on a thread of the pool.
Task<Result<std::vector<PlannedEvent>>> EndpointReader::read_log(DeliveryPlan::Read read, SessionInfo info)
{
    auto const config = config_;
    auto call = [&]() -> Result<std::vector<PlannedEvent>> {
        try {
            std::vector<PlannedEvent> events;
            auto const rendering = rendering_for(config->events);
            for (auto& stored : context_.store.events_after(session_, read.after, read.limit)) {
                auto rendered = render(context_.render, info, stored, rendering);
                events.push_back(planned(std::move(stored), std::move(rendered), config->events));
            }
            return events;
        } catch (std::exception const&) {
            return storage::StoreErrc::damaged;
        }
    };
    auto events = co_await run_blocking(context_.pool, std::move(call), session_.tenant.value);
    co_return std::move(events);
}

/// For what is told about the backlog while it is not read.
Task<void> EndpointReader::find_end()
{
    auto call = [this]() -> Result<std::uint64_t> {
        try {
            return context_.store.last_sequence(session_);
        } catch (std::exception const&) {
            return storage::StoreErrc::damaged;
        }
    };
    auto const end = co_await run_blocking(context_.pool, std::move(call), session_.tenant.value);
    if (end) plan_.known_end(*end);
    count();
    is_loading_ = false;
    work_.notify();
}

Task<void> EndpointReader::deliver(DeliveryPlan::Attempt attempt)
{
    auto entering = enter(gate_, executor_, session_.tenant, session_.name.value + "/" + endpoint_);
    auto place = co_await std::move(entering);
    if (is_stopping_ || !plan_.is_enabled() || saver_.has_failed() || is_paused()) {
        plan_.abandon(attempt);
        work_.notify();
        co_return;
    }
    auto sending = send(attempt);
    auto answer = co_await std::move(sending);
    place.leave();
    if (answer && is_delivered(answer->status)) {
        static auto& delivered = metrics::counter("wagate_webhook_delivered_total");
        delivered.add();
        plan_.succeeded(attempt, context_.now());
        saver_.save();
        count();
    } else {
        auto settling = settle_failure(std::move(attempt), std::move(answer));
        co_await std::move(settling);
    }
    work_.notify();
}

Task<Result<transport::HttpResponse>> EndpointReader::send(DeliveryPlan::Attempt const& attempt)
{
    auto const config = config_;
    AttemptStamp stamp;
    stamp.now = context_.now();
    stamp.number = attempt.number;
    auto request = make_request(*config, attempt.rendered(), context_.user_agent, stamp);
    ErrorCode failure;
    try {
        auto requesting = context_.client.request(std::move(request));
        auto answer = co_await std::move(requesting);
        co_return std::move(answer);
    } catch (boost::system::system_error const& error) {
        if (error.code() == boost::asio::error::operation_aborted) throw;
        failure = error.code();
    }
    co_return failure;
}

Task<void> EndpointReader::settle_failure(DeliveryPlan::Attempt attempt,
                                          Result<transport::HttpResponse> answer)
{
    static auto& failed = metrics::counter("wagate_webhook_failed_attempts_total");
    failed.add();
    auto const now = context_.now();
    DeliveryPlan::Failure failure;
    if (answer) {
        failure.status = answer->status;
        failure.retry_after = parse_retry_after(answer->header("Retry-After"), now);
    } else {
        failure.error = answer.error().message();
    }
    auto const config = config_;
    auto const verdict = plan_.failed(attempt, failure, *config, now, draw_jitter(context_.random));
    if (verdict == DeliveryPlan::Verdict::disabled) tell_state(plan_.disabled_reason());
    saver_.save();
    count();
    if (verdict != DeliveryPlan::Verdict::exhausted) co_return;
    report(attempt, failure);
    work_.notify();
    // Were the next event of the lane sent before, a kill could turn their order around.
    auto const saved = co_await saver_.flush();
    if (saved) plan_.release(attempt.event->lane);
}

void EndpointReader::tell_state(std::string reason)
{
    log::warn("webhook endpoint changed",
              {{"session", session_.name.value}, {"endpoint", endpoint_}, {"state", reason}});
    WebhookStateChanged changed;
    changed.endpoint = endpoint_;
    changed.url = egress::take_userinfo(config_->url).url;
    changed.enabled = plan_.is_enabled();
    changed.reason = std::move(reason);
    Event event;
    event.time = context_.now();
    event.body = std::move(changed);
    events_.push_back(std::move(event));
}

void EndpointReader::report(DeliveryPlan::Attempt const& attempt, DeliveryPlan::Failure const& failure) const
{
    metrics::counter("wagate_webhook_given_up_total").add();
    log::warn("webhook given up", {{"session", session_.name.value},
                                   {"endpoint", endpoint_},
                                   {"event", attempt.rendered().id},
                                   {"name", attempt.rendered().name},
                                   {"status", failure.status},
                                   {"error", failure.error}});
}

storage::DeliveryUpdate EndpointReader::collect()
{
    storage::DeliveryUpdate update;
    update.state = encode(plan_.record());
    update.dead_letters = plan_.take_dead_letters();
    auto const url = update.dead_letters.empty() ? std::string() : egress::take_userinfo(config_->url).url;
    for (auto& letter : update.dead_letters) {
        letter.session = session_;
        letter.endpoint = endpoint_;
        letter.url = url;
    }
    if (!update.dead_letters.empty())
        metrics::counter("wagate_webhook_dead_letters_total")
            .add(static_cast<std::int64_t>(update.dead_letters.size()));
    update.events = std::exchange(events_, {});
    return update;
}

/// Brings the process's gauges up to this endpoint's state.
void EndpointReader::count()
{
    static auto& backlog = metrics::counter("wagate_webhook_backlog_events");
    static auto& disabled = metrics::counter("wagate_webhook_disabled_endpoints");
    auto const pending = static_cast<std::int64_t>(plan_.pending());
    backlog.add(pending - std::exchange(counted_pending_, pending));
    std::int64_t const off = plan_.is_enabled() ? 0 : 1;
    disabled.add(off - std::exchange(counted_disabled_, off));
}

} // namespace wagate::gateway::webhooks
