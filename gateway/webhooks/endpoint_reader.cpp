#include "gateway/webhooks/endpoint_reader.hpp"

#include "gateway/telemetry/log.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "gateway/webhooks/policy.hpp"

namespace wagate::gateway::webhooks {
namespace {

/// Events read from the log at once.
constexpr std::size_t page_size = 32;
/// Before the log or the session is asked again after it could not answer.
constexpr Duration trouble_pause = std::chrono::seconds{1};

double draw_jitter(RandomSource& random)
{
    constexpr std::uint64_t steps = 1u << 20;
    return static_cast<double>(random.below(steps)) / static_cast<double>(steps);
}

} // namespace

EndpointReader::EndpointReader(DeliveryContext const& context, SessionKey session, Endpoint endpoint,
                               std::uint64_t position, Executor executor)
    : context_(context),
      session_(std::move(session)),
      endpoint_(std::move(endpoint.id)),
      config_(std::make_shared<WebhookConfig const>(std::move(endpoint.config))),
      position_(position),
      news_(executor),
      stop_signal_(executor),
      saver_(context.store, session_, endpoint_, executor),
      group_(executor)
{}

void EndpointReader::start()
{
    group_.spawn("webhook", run());
}

void EndpointReader::configure(WebhookConfig config)
{
    config_ = std::make_shared<WebhookConfig const>(std::move(config));
}

Task<void> EndpointReader::stop(Duration grace)
{
    is_stopping_ = true;
    news_.notify();
    stop_signal_.notify();
    auto const joined = co_await with_timeout(group_.join(), grace);
    if (!joined) log::debug("webhook cancelled", {{"session", session_.name.value}, {"endpoint", endpoint_}});
    co_await saver_.flush();
}

Task<void> EndpointReader::run()
{
    while (!is_stopping_) {
        auto const events = co_await read();
        if (!events) {
            log::error("event log not readable",
                       {{"session", session_.name.value}, {"error", events.error().message()}});
            co_await context_.pause(stop_signal_, trouble_pause);
            continue;
        }
        if (events->empty()) {
            co_await news_.wait();
            continue;
        }
        for (auto const& event : *events) {
            auto serving = serve(event);
            bool const is_served = co_await std::move(serving);
            if (!is_served) break;
            position_ = event.sequence;
            saver_.save(position_);
        }
    }
}

Task<Result<std::vector<storage::StoredEvent>>> EndpointReader::read()
{
    auto call = [this]() -> Result<std::vector<storage::StoredEvent>> {
        try {
            return context_.store.events_after(session_, position_, page_size);
        } catch (std::exception const&) {
            return storage::StoreErrc::damaged;
        }
    };
    co_return co_await run_blocking(context_.pool, std::move(call));
}

/// @return false when the event was not settled and has to be served again.
Task<bool> EndpointReader::serve(storage::StoredEvent event)
{
    auto asking = context_.info(session_);
    auto const info = co_await std::move(asking);
    if (!info) {
        co_await context_.pause(stop_signal_, trouble_pause);
        co_return false;
    }
    auto const rendered = render(*info, event);
    for (auto const& each : rendered) {
        if (!is_subscribed(config_->events, each.name)) continue;
        auto delivery = deliver(each);
        bool const is_settled = co_await std::move(delivery);
        if (!is_settled) co_return false;
    }
    co_return true;
}

std::vector<RenderedEvent> EndpointReader::render(SessionInfo const& info,
                                                  storage::StoredEvent const& event) const
try {
    return context_.render(info, event);
} catch (std::exception const& failure) {
    // Trying again would fail again, and hold up what follows.
    log::error("event not rendered",
               {{"session", session_.name.value}, {"event", event.id}, {"error", failure.what()}});
    return {};
}

Task<bool> EndpointReader::deliver(RenderedEvent event)
{
    static auto& delivered = metrics::counter("wagate_webhook_delivered_total");
    static auto& failed = metrics::counter("wagate_webhook_failed_attempts_total");
    for (int attempt = 1;; ++attempt) {
        auto const config = config_;
        auto request = make_request(*config, event, context_.user_agent, context_.now());
        auto const answer = co_await context_.client.request(std::move(request));
        if (answer && is_delivered(answer->status)) {
            delivered.add();
            co_return true;
        }
        failed.add();
        if (is_stopping_) co_return false;
        if (attempt >= allowed_attempts(*config)) {
            give_up(event, answer);
            co_return true;
        }
        auto const delay = delay_after(attempt, *config, answer);
        co_await context_.pause(stop_signal_, delay);
        if (is_stopping_) co_return false;
    }
}

Milliseconds EndpointReader::delay_after(int failures, WebhookConfig const& config,
                                         Result<transport::HttpResponse> const& answer) const
{
    auto const delay = retry_delay(config, failures, draw_jitter(context_.random));
    if (!answer) return delay;
    auto const asked = parse_retry_after(answer->header("Retry-After"), context_.now());
    return asked ? std::max(delay, *asked) : delay;
}

void EndpointReader::give_up(RenderedEvent const& event, Result<transport::HttpResponse> const& answer) const
{
    metrics::counter("wagate_webhook_given_up_total").add();
    log::warn("webhook given up", {{"session", session_.name.value},
                                   {"endpoint", endpoint_},
                                   {"event", event.id},
                                   {"name", event.name},
                                   {"status", answer ? answer->status : 0u},
                                   {"error", answer ? std::string{} : answer.error().message()}});
}

} // namespace wagate::gateway::webhooks
