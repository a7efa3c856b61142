#pragma once
// Serves one endpoint: carries out its plan with the event log, the HTTP client and the clock.
#include "gateway/webhooks/admin.hpp"
#include "gateway/webhooks/delivery.hpp"
#include "gateway/webhooks/delivery_context.hpp"
#include "gateway/webhooks/delivery_plan.hpp"
#include "gateway/webhooks/state_saver.hpp"

namespace wagate::gateway::webhooks {

/// On the session's loop.
class EndpointReader {
public:
    /// @param end the log's last sequence
    EndpointReader(DeliveryContext const& context, std::shared_ptr<FairGate> gate, SessionKey session,
                   Endpoint endpoint, DeliveryRecord record, std::uint64_t end, Executor executor);
    EndpointReader(EndpointReader const&) = delete;
    EndpointReader& operator=(EndpointReader const&) = delete;
    /// stop() first.
    ~EndpointReader();

    void start();
    /// The log grew.
    void notify();
    /// Takes effect with the next attempt.
    void configure(WebhookConfig config);
    /// Durable when it returns; nothing to do when it is not disabled.
    Task<Result<void>> enable();
    /// Lets the requests at hand end within `grace`, then cancels them. Durable when it returns, unless
    /// storage takes longer than it may.
    Task<void> stop(Duration grace);

    EndpointStatus status() const;
    std::shared_ptr<WebhookConfig const> config() const { return config_; }
    DeliveryPlan const& plan() const noexcept { return plan_; }

private:
    Task<void> run();
    bool is_paused() const { return context_.is_paused && context_.is_paused(session_.tenant); }
    void start_attempts();
    Task<void> rest();
    Task<void> load(DeliveryPlan::Read read);
    Task<Result<std::vector<PlannedEvent>>> read_log(DeliveryPlan::Read read, SessionInfo info);
    Task<void> find_end();
    Task<void> deliver(DeliveryPlan::Attempt attempt);
    Task<Result<transport::HttpResponse>> send(DeliveryPlan::Attempt const& attempt);
    Task<void> settle_failure(DeliveryPlan::Attempt attempt, Result<transport::HttpResponse> answer);
    void tell_state(std::string reason);
    void report(DeliveryPlan::Attempt const& attempt, DeliveryPlan::Failure const& failure) const;
    storage::DeliveryUpdate collect();
    void count();

    DeliveryContext const& context_;
    std::shared_ptr<FairGate> gate_;
    SessionKey session_;
    std::string endpoint_;
    Executor executor_;
    std::shared_ptr<WebhookConfig const> config_;
    DeliveryPlan plan_;
    std::vector<Event> events_; ///< for the session's log, with the next write
    Wakeup work_;
    Wakeup stop_signal_;
    bool is_stopping_ = false;
    bool is_loading_ = false;
    bool has_news_ = false; ///< the log has grown and has not been looked at
    std::int64_t counted_pending_ = 0;
    std::int64_t counted_disabled_ = 0;
    StateSaver saver_;
    TaskGroup group_;
};

} // namespace wagate::gateway::webhooks
