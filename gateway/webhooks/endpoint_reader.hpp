#pragma once
// Serves one endpoint: reads the session's event log from its cursor and posts event after event.
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/webhooks/cursor_saver.hpp"
#include "gateway/webhooks/delivery.hpp"
#include "protocol/base/random.hpp"

namespace wagate::gateway::webhooks {

/// Waits, or returns early when the wakeup is notified.
using Pause = std::function<Task<void>(Wakeup&, Duration)>;

/// What deliveries need from their process. Everything referred to outlives the dispatcher.
struct DeliveryContext {
    storage::Store& store;
    transport::HttpClient& client;
    BlockingPool& pool;   ///< for reading the log
    RandomSource& random; ///< thread-safe
    EventRenderer render;
    SessionInfoSource info;
    std::string user_agent;        ///< "wagate/<version>"
    std::function<WallTime()> now; ///< empty: the system's clock
    Pause pause;                   ///< empty: the time passes
};

/// On the session's loop. At least once and in order: the next event is tried when the one before was
/// answered with 2xx or its attempts are used up.
class EndpointReader {
public:
    /// @param position the last sequence that was served
    EndpointReader(DeliveryContext const& context, SessionKey session, Endpoint endpoint,
                   std::uint64_t position, Executor executor);

    void start();
    /// The log grew.
    void notify() { news_.notify(); }
    /// Takes effect with the next attempt.
    void configure(WebhookConfig config);
    /// Lets the request at hand end within `grace`, then cancels it. Durable when it returns.
    Task<void> stop(Duration grace);

private:
    Task<void> run();
    Task<Result<std::vector<storage::StoredEvent>>> read();
    Task<bool> serve(storage::StoredEvent event);
    Task<bool> deliver(RenderedEvent event);
    std::vector<RenderedEvent> render(SessionInfo const& info, storage::StoredEvent const& event) const;
    Milliseconds delay_after(int failures, WebhookConfig const& config,
                             Result<transport::HttpResponse> const& answer) const;
    void give_up(RenderedEvent const& event, Result<transport::HttpResponse> const& answer) const;

    DeliveryContext const& context_;
    SessionKey session_;
    std::string endpoint_;
    std::shared_ptr<WebhookConfig const> config_;
    std::uint64_t position_;
    Wakeup news_;
    Wakeup stop_signal_;
    bool is_stopping_ = false;
    CursorSaver saver_;
    TaskGroup group_;
};

} // namespace wagate::gateway::webhooks
