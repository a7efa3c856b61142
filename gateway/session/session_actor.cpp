#include "gateway/session/session_actor.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/session/ignored_chats.hpp"
#include "gateway/session/refused.hpp"
#include "gateway/session/work_size.hpp"
#include "gateway/telemetry/log.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::gateway {

namespace {

constexpr auto code_status_wait = std::chrono::seconds(2); // WAHA waits no longer for a code
using Clock = std::chrono::steady_clock;

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// A waiter's place in a map, given up however the wait ends.
template <class Waiters>
class Registration {
public:
    Registration(Waiters& waiters, engine::CommandId command, typename Waiters::mapped_type waiter)
        : waiters_(waiters), command_(command)
    {
        waiters_.emplace(command, std::move(waiter));
    }
    Registration(Registration const&) = delete;
    Registration& operator=(Registration const&) = delete;
    ~Registration() { waiters_.erase(command_); }

private:
    Waiters& waiters_;
    engine::CommandId command_;
};

} // namespace

Instant current_time()
{
    return {std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now()),
            std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now())};
}

SessionActor::SessionActor(Executor executor, SessionKey key, SessionConfig config,
                           SessionContext const& context, AsyncSemaphore& connecting)
    : executor_(executor),
      key_(std::move(key)),
      config_(std::move(config)),
      context_(context),
      connecting_(connecting),
      reader_(context.store.reader(key_)),
      group_(executor),
      alarm_(executor, [this] { drive([](engine::Engine& engine) { engine.on_time(current_time()); }); }),
      send_budget_(context.max_sends, context.max_send_bytes),
      share_(context.shares->share_of(key_.tenant)),
      settled_(executor)
{
    if (config_.proxy) config_.proxy->policy = context_.proxy_policy;
    auto options = context_.engine;
    if (!config_.device_name.empty()) options.device.os_name = config_.device_name;
    if (!config_.browser_name.empty()) options.device.browser = config_.browser_name;
    options.mark_online = config_.mark_online;
    options.history = config_.history;
    options.sending = config_.sending;
    options.device.full_history = config_.history.policy == engine::HistoryPolicy::full;
    options.device.history_days = config_.history.days;
    engine_ = std::make_unique<engine::Engine>(std::move(options), *reader_, random_);
    bind_blobs();
    bind_history();
}

SessionActor::~SessionActor() = default;

// -------------------------------------------------------------------------------------------------------
// commands

void SessionActor::start(StatusReason why)
{
    if (closed_) return;
    drive([why](engine::Engine& engine) { engine.start(current_time(), why); });
}

void SessionActor::stop(StatusReason why)
{
    drive([why](engine::Engine& engine) { engine.stop(current_time(), why); });
}

void SessionActor::give_up(ErrorCode error)
{
    drive([error](engine::Engine& engine) { engine.on_stored(0, error, current_time()); });
}

Task<void> SessionActor::close(std::optional<Clock::time_point> store_limit)
{
    auto const self = shared_from_this();
    stop(StatusReason::requested);
    closed_ = true;
    alarm_.cancel();
    for (auto* waiter : status_waiters_)
        waiter->notify();
    group_.cancel();
    co_await group_.join();
    // A successor begins with what is in the store: a ratchet that is still on its way there would be used
    // twice (D2). The store answers every commit.
    while (uncommitted_ > 0) {
        if (!store_limit) {
            co_await settled_.wait();
            continue;
        }
        auto const now = Clock::now();
        if (*store_limit <= now) break;
        co_await settled_.wait_for(*store_limit - now);
    }
    wake_commands();
}

void SessionActor::drain(Clock::time_point end)
{
    drain_end_ = end;
    for (auto* waiter : status_waiters_)
        waiter->notify();
    wake_commands();
}

Duration SessionActor::time_left(Clock::time_point deadline) const
{
    return (drain_end_ ? std::min(deadline, *drain_end_) : deadline) - Clock::now();
}

Task<bool> SessionActor::logout()
{
    auto const self = shared_from_this();
    auto const command = next_command_++;
    auto const waiter = std::make_shared<LogoutWaiter>(executor_);
    Registration const registration{logouts_, command, waiter};
    drive([command](engine::Engine& engine) { engine.logout(command, current_time()); });
    bool is_done = co_await wait_for_logout(*waiter, context_.status_wait);
    if (!is_done && !is_over()) {
        // The server is silent. Without a connection the engine forgets the account by itself.
        stop(StatusReason::requested);
        is_done = co_await wait_for_logout(*waiter, context_.status_wait);
    }
    co_return is_done && !is_over();
}

Task<bool> SessionActor::wait_for_logout(LogoutWaiter& waiter, Milliseconds limit)
{
    auto const deadline = Clock::now() + limit;
    while (!waiter.is_done && !is_over()) {
        auto const left = time_left(deadline);
        if (left <= Clock::duration::zero()) break;
        co_await waiter.wakeup.wait_for(left);
    }
    co_return waiter.is_done;
}

SessionInfo SessionActor::info() const
{
    SessionInfo info;
    info.key = key_;
    info.status = engine_->status();
    info.reason = engine_->reason();
    info.reason_detail = engine_->detail();
    info.config = config_;
    info.me = engine_->me();
    info.is_online = engine_->presence().is_online();
    info.last_activity = last_activity_;
    info.health.connection = engine_->health();
    info.health.unfinished_sends = engine_->unfinished_sends();
    info.sending = engine_->sending(current_time().wall);
    if (context_.webhook_health) info.health.webhooks = context_.webhook_health(key_);
    return info;
}

Rejection SessionActor::wrong_status(std::vector<SessionStatus> expected) const
{
    Rejection rejection;
    rejection.code = GatewayErrc::wrong_status;
    rejection.status = engine_->status();
    rejection.expected = std::move(expected);
    rejection.detail = reason_name(engine_->reason());
    return rejection;
}

Task<bool> SessionActor::wait_for_status(SessionStatus wanted, Milliseconds limit)
{
    struct Presence {
        std::list<Wakeup*>& waiters;
        std::list<Wakeup*>::iterator place;
        ~Presence() { waiters.erase(place); }
    };
    auto const deadline = Clock::now() + limit;
    Wakeup wakeup{executor_};
    Presence const presence{status_waiters_, status_waiters_.insert(status_waiters_.end(), &wakeup)};
    // Waiting is only worth while for states that change by themselves.
    while (engine_->status() != wanted && engine_->status() == SessionStatus::starting && !closed_) {
        auto const left = time_left(deadline);
        if (left <= Clock::duration::zero()) break;
        co_await wakeup.wait_for(left);
    }
    co_return engine_->status() == wanted && !closed_;
}

Task<Outcome<QrCode>> SessionActor::qr_code()
{
    auto const self = shared_from_this();
    bool const ready = co_await wait_for_status(SessionStatus::scan_qr_code, context_.status_wait);
    auto const& qr = engine_->qr();
    if (!ready || !qr) co_return wrong_status({SessionStatus::scan_qr_code});
    QrCode code;
    code.text = qr->text;
    code.expires = qr->expires;
    co_return code;
}

Task<Outcome<std::string>> SessionActor::request_code(std::string phone_number)
{
    auto const self = shared_from_this();
    auto const phone = parse_chat(phone_number);
    if (!phone || !phone->is_phone())
        co_return refused(GatewayErrc::invalid_phone_number,
                          "phoneNumber must be digits with the country code");
    bool const ready = co_await wait_for_status(SessionStatus::scan_qr_code, code_status_wait);
    if (!ready) co_return wrong_status({SessionStatus::scan_qr_code});
    auto const command = next_command_++;
    auto const waiter = std::make_shared<CodeWaiter>(executor_);
    Registration const registration{codes_, command, waiter};
    drive([&](engine::Engine& engine) { engine.request_code(command, phone->user, current_time()); });
    auto const deadline = Clock::now() + context_.engine.request_timeout + context_.status_wait;
    while (!waiter->report && !is_over()) {
        auto const left = time_left(deadline);
        if (left <= Clock::duration::zero()) break;
        co_await waiter->wakeup.wait_for(left);
    }
    if (!waiter->report || waiter->report->code.empty()) {
        auto rejection =
            refused(GatewayErrc::code_refused, "the server refused to pair this phone number with a code");
        rejection.server_code = waiter->report ? waiter->report->error : 408;
        co_return rejection;
    }
    co_return waiter->report->code;
}

// -------------------------------------------------------------------------------------------------------
// effects

void SessionActor::drive(std::function<void(engine::Engine&)> const& step)
{
    try {
        step(*engine_);
    } catch (std::exception const& failure) {
        // A failed read of the store above all. The engine is half-way through a step and must not go on: to
        // it, as to everybody who waits for it, storage has failed.
        log::error("session given up", {{"session", key_.name.value}, {"error", failure.what()}});
        auto const* known = dynamic_cast<boost::system::system_error const*>(&failure);
        engine_->on_stored(0, known ? known->code() : storage::StoreErrc::damaged, current_time());
    }
    pump();
}

void SessionActor::pump()
{
    if (pumping_) return;
    pumping_ = true;
    for (auto effects = engine_->take_effects(); !effects.empty(); effects = engine_->take_effects())
        for (auto& effect : effects)
            carry_out(std::move(effect));
    pumping_ = false;
}

void SessionActor::carry_out(engine::Effect effect)
{
    std::visit(Overloaded{
                   [&](engine::OpenLink&) { open_connection(); },
                   [&](engine::WriteFrame& write_frame) { write(std::move(write_frame.bytes)); },
                   [&](engine::CloseLink&) { close_connection(); },
                   [&](engine::Store& store) { commit(std::move(store.work), store.ticket); },
                   [&](engine::Compute& compute) {
                       if (!closed_) group_.spawn("compute", run_compute(std::move(compute.work)));
                   },
                   [&](engine::WakeAt& wake) {
                       if (!closed_) alarm_.set(wake.time);
                   },
                   [&](engine::StatusChanged&) { on_status(); },
                   [&](engine::SendReport& report) {
                       last_activity_ = current_time().wall;
                       on_send_report(std::move(report));
                   },
                   [&](engine::CodeReport& report) {
                       if (auto found = codes_.find(report.command); found != codes_.end()) {
                           found->second->report = std::move(report);
                           found->second->wakeup.notify();
                       }
                   },
                   [&](engine::LogoutReport& report) {
                       if (auto found = logouts_.find(report.command); found != logouts_.end()) {
                           found->second->is_done = true;
                           found->second->wakeup.notify();
                       }
                   },
               },
               effect);
}

void SessionActor::on_status()
{
    auto const status = engine_->status();
    if (status != logged_status_) {
        logged_status_ = status;
        auto const tenant = key_.tenant.value;
        log::info("session status", {{"tenant", tenant},
                                     {"session", key_.name.value},
                                     {"status", status_name(status)},
                                     {"reason", reason_name(engine_->reason())},
                                     {"detail", engine_->detail()}});
    }
    for (auto* waiter : status_waiters_)
        waiter->notify();
    if (is_over()) wake_commands();
}

void SessionActor::wake_commands()
{
    for (auto const& [command, send] : sends_)
        for (auto* waiter : send->waiters)
            waiter->notify();
    for (auto const& [command, waiter] : codes_)
        waiter->wakeup.notify();
    for (auto const& [command, waiter] : logouts_)
        waiter->wakeup.notify();
    for (auto const& asked : asked_)
        asked->wakeup.notify();
}

void SessionActor::commit(UnitOfWork work, engine::Ticket ticket)
{
    if (!work.messages.empty()) last_activity_ = work.time;
    drop_ignored(work, merged(config_.ignore, context_.ignore));
    auto const bytes = size_of(work);
    ++uncommitted_;
    uncommitted_bytes_ += bytes;
    share_->fetch_add(bytes);
    auto answer = [weak = weak_from_this(), executor = executor_, share = share_, ticket,
                   bytes](Result<void> done) {
        share->fetch_sub(bytes);
        auto const error = done ? ErrorCode{} : done.error();
        post_to(executor, [weak, ticket, error, bytes] {
            if (auto const self = weak.lock()) self->on_committed(ticket, error, bytes);
        });
    };
    context_.store.commit(key_, std::move(work), std::move(answer));
}

void SessionActor::on_committed(engine::Ticket ticket, ErrorCode error, std::size_t bytes)
{
    --uncommitted_;
    uncommitted_bytes_ -= bytes;
    drive([&](engine::Engine& engine) { engine.on_stored(ticket, error, current_time()); });
    if (connection_) connection_->stored.notify();
    if (uncommitted_ == 0) settled_.notify();
}

Task<void> SessionActor::run_compute(std::function<std::function<void()>()> work)
{
    auto const self = shared_from_this();
    auto continuation = co_await run_blocking(context_.pool, std::move(work), key_.tenant.value);
    if (!continuation) {
        log::warn("no thread for a computation", {{"session", key_.name.value}});
        co_return;
    }
    drive([&](engine::Engine& engine) { engine.on_computed(*continuation, current_time()); });
}

} // namespace wagate::gateway
