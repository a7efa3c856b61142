#include "gateway/session/session_actor.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {

namespace {

constexpr std::size_t kept_history = 3; // WAHA's `statuses`
constexpr auto code_status_wait = std::chrono::seconds(2); // WAHA waits no longer for a code

template <class... F> struct Overloaded : F... {
    using F::operator()...;
};
template <class... F> Overloaded(F...) -> Overloaded<F...>;

} // namespace

Instant current_time()
{
    return {std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now()),
            std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now())};
}

SessionActor::SessionActor(Executor executor, SessionKey key, SessionConfig config, SessionContext const& context, AsyncSemaphore& connecting)
    : executor_(executor), key_(std::move(key)), config_(std::move(config)), context_(context), connecting_(connecting),
      reader_(context.store.reader(key_)), group_(executor), alarm_(executor, [this] {
          engine_->on_time(current_time());
          pump();
      })
{
    auto options = context_.engine;
    if (!config_.device_name.empty()) options.device.os_name = config_.device_name;
    if (!config_.browser_name.empty()) options.device.browser = config_.browser_name;
    options.mark_online = config_.mark_online;
    engine_ = std::make_unique<engine::Engine>(std::move(options), *reader_, random_);
    history_.push_back({SessionStatus::stopped, current_time().wall});
}

SessionActor::~SessionActor() = default;

// ------------------------------------------------------------------------------------------------------- commands

void SessionActor::start(StatusReason why)
{
    if (closed_) return;
    engine_->start(current_time(), why);
    pump();
}

void SessionActor::stop(StatusReason why)
{
    engine_->stop(current_time(), why);
    pump();
}

Task<void> SessionActor::close()
{
    auto const self = shared_from_this();
    stop(StatusReason::requested);
    closed_ = true;
    alarm_.cancel();
    for (auto* waiter : status_waiters_) waiter->notify();
    group_.cancel();
    co_await group_.join();
}

Task<void> SessionActor::logout()
{
    auto const self = shared_from_this();
    auto const command = next_command_++;
    auto const done = std::make_shared<Wakeup>(executor_);
    logouts_[command] = done;
    engine_->logout(command, current_time());
    pump();
    co_await done->wait_for(context_.status_wait);
    logouts_.erase(command);
}

void SessionActor::set_config(SessionConfig config)
{
    config_ = std::move(config);
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
    info.last_activity = last_activity_;
    info.history = history_;
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
    auto const deadline = std::chrono::steady_clock::now() + limit;
    Wakeup wakeup{executor_};
    auto const place = status_waiters_.insert(status_waiters_.end(), &wakeup);
    std::exception_ptr cancelled;
    try {
        // Waiting is only worth while for states that change by themselves.
        while (engine_->status() != wanted && engine_->status() == SessionStatus::starting && !closed_) {
            auto const left = deadline - std::chrono::steady_clock::now();
            if (left <= std::chrono::steady_clock::duration::zero()) break;
            co_await wakeup.wait_for(left);
        }
    } catch (...) {
        cancelled = std::current_exception();
    }
    status_waiters_.erase(place);
    if (cancelled) std::rethrow_exception(cancelled);
    co_return engine_->status() == wanted;
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
    if (!phone || !phone->is_phone()) {
        Rejection rejection;
        rejection.code = GatewayErrc::invalid_phone_number;
        rejection.detail = "phoneNumber must be digits with the country code";
        co_return rejection;
    }
    bool const ready = co_await wait_for_status(SessionStatus::scan_qr_code, code_status_wait);
    if (!ready) co_return wrong_status({SessionStatus::scan_qr_code});
    auto const command = next_command_++;
    auto const waiter = std::make_shared<CodeWaiter>(executor_);
    codes_[command] = waiter;
    engine_->request_code(command, phone->user, current_time());
    pump();
    auto const limit = context_.engine.request_timeout + context_.status_wait;
    while (!waiter->report) {
        bool const notified = co_await waiter->wakeup.wait_for(limit);
        if (!notified) break;
    }
    codes_.erase(command);
    if (!waiter->report || waiter->report->code.empty()) {
        Rejection rejection;
        rejection.code = GatewayErrc::code_refused;
        rejection.server_code = waiter->report ? waiter->report->error : 408;
        rejection.detail = "the server refused to pair this phone number with a code";
        co_return rejection;
    }
    co_return waiter->report->code;
}

Task<Outcome<SentMessage>> SessionActor::send_text(SendText request)
{
    auto const self = shared_from_this();
    Rejection rejection;
    auto const chat = parse_chat(request.chat);
    if (!chat || !chat->is_user()) {
        rejection.code = GatewayErrc::invalid_recipient;
        rejection.detail = chat ? "only chats with persons can be written to" : "chatId is no phone number and no chat id";
        co_return rejection;
    }
    engine::TextDraft draft;
    draft.chat = *chat;
    draft.text = std::move(request.text);
    if (request.reply_to && !request.reply_to->empty()) {
        draft.reply_to = parse_message_id(*request.reply_to);
        if (!draft.reply_to) {
            rejection.code = GatewayErrc::message_not_found;
            rejection.detail = "reply_to is no message id";
            co_return rejection;
        }
    }
    if (request.id) {
        auto const id = parse_message_id(*request.id);
        if (!id) {
            rejection.code = GatewayErrc::message_not_found;
            rejection.detail = "id is no message id";
            co_return rejection;
        }
        draft.id = *id;
    }
    for (auto const& mention : request.mentions) {
        auto const jid = parse_chat(mention);
        if (!jid || !jid->is_user()) {
            rejection.code = GatewayErrc::invalid_recipient;
            rejection.detail = "a mention is no phone number and no chat id";
            co_return rejection;
        }
        draft.mentions.push_back(jid->to_string());
    }
    bool const working = co_await wait_for_status(SessionStatus::working, context_.status_wait);
    if (!working) co_return wrong_status({SessionStatus::working});
    if (context_.store.queued_bytes() > context_.max_store_queue_bytes) {
        rejection.code = GatewayErrc::overloaded;
        rejection.detail = "storage is behind";
        co_return rejection;
    }
    auto const command = next_command_++;
    draft.command = command;
    auto const waiter = std::make_shared<SendWaiter>(executor_);
    sends_[command] = waiter;
    engine_->send_text(std::move(draft), current_time());
    pump();

    auto const deadline = std::chrono::steady_clock::now() + context_.ack_wait;
    while (!waiter->report || waiter->report->stage == engine::SendStage::accepted) {
        auto const left = deadline - std::chrono::steady_clock::now();
        if (left <= std::chrono::steady_clock::duration::zero() || closed_) break;
        co_await waiter->wakeup.wait_for(left);
    }
    sends_.erase(command);
    if (!waiter->report) {
        // Not even durable: nothing has been promised.
        rejection.code = GatewayErrc::storage_failed;
        rejection.detail = "the message could not be stored";
        co_return rejection;
    }
    if (waiter->report->stage == engine::SendStage::rejected) {
        rejection.code = waiter->report->code == 404 ? GatewayErrc::not_on_whatsapp : GatewayErrc::rejected_by_server;
        rejection.server_code = waiter->report->code;
        co_return rejection;
    }
    SentMessage sent;
    sent.message = waiter->report->message;
    co_return sent;
}

// ------------------------------------------------------------------------------------------------------- effects

void SessionActor::pump()
{
    if (pumping_) return;
    pumping_ = true;
    for (auto effects = engine_->take_effects(); !effects.empty(); effects = engine_->take_effects())
        for (auto& effect : effects) carry_out(std::move(effect));
    pumping_ = false;
}

void SessionActor::carry_out(engine::Effect effect)
{
    std::visit(Overloaded{
                   [&](engine::OpenLink&) { open_connection(); },
                   [&](engine::WriteFrame& write_frame) { write(std::move(write_frame.bytes)); },
                   [&](engine::CloseLink&) { close_connection(); },
                   [&](engine::Store& store) { commit(std::move(store.work), store.ticket); },
                   [&](engine::Compute& compute) { group_.spawn("compute", run_compute(std::move(compute.work))); },
                   [&](engine::WakeAt& wake) {
                       if (!closed_) alarm_.set(wake.time);
                   },
                   [&](engine::StatusChanged&) { on_status(); },
                   [&](engine::SendReport& report) {
                       last_activity_ = current_time().wall;
                       if (auto found = sends_.find(report.command); found != sends_.end()) {
                           found->second->report = std::move(report);
                           found->second->wakeup.notify();
                       }
                   },
                   [&](engine::CodeReport& report) {
                       if (auto found = codes_.find(report.command); found != codes_.end()) {
                           found->second->report = std::move(report);
                           found->second->wakeup.notify();
                       }
                   },
                   [&](engine::LogoutReport& report) {
                       if (auto found = logouts_.find(report.command); found != logouts_.end()) found->second->notify();
                   },
               },
               effect);
}

void SessionActor::on_status()
{
    auto const status = engine_->status();
    if (history_.empty() || history_.back().status != status) {
        history_.push_back({status, current_time().wall});
        if (history_.size() > kept_history) history_.erase(history_.begin());
        auto const tenant = key_.tenant.value;
        log::info("session status", {{"tenant", tenant},
                                     {"session", key_.name.value},
                                     {"status", status_name(status)},
                                     {"reason", reason_name(engine_->reason())},
                                     {"detail", engine_->detail()}});
    }
    for (auto* waiter : status_waiters_) waiter->notify();
}

void SessionActor::commit(UnitOfWork work, engine::Ticket ticket)
{
    if (!work.messages.empty()) last_activity_ = work.time;
    context_.store.commit(key_, std::move(work), [weak = weak_from_this(), executor = executor_, ticket](Result<void> done) {
        auto const error = done ? ErrorCode{} : done.error();
        post_to(executor, [weak, ticket, error] {
            if (auto const self = weak.lock()) {
                self->engine_->on_stored(ticket, error, current_time());
                self->pump();
            }
        });
    });
}

Task<void> SessionActor::run_compute(std::function<std::function<void()>()> work)
{
    auto const self = shared_from_this();
    auto continuation = co_await run_blocking(context_.pool, std::move(work));
    if (!continuation) {
        log::warn("no thread for a computation", {{"session", key_.name.value}});
        co_return;
    }
    engine_->on_computed(*continuation, current_time());
    pump();
}

// ------------------------------------------------------------------------------------------------------- connection

void SessionActor::open_connection()
{
    if (closed_) return;
    connection_ = std::make_shared<Connection>();
    group_.spawn("connection", run_connection(connection_));
}

void SessionActor::close_connection()
{
    if (!connection_) return;
    auto const connection = std::exchange(connection_, nullptr);
    connection->closing = true;
    // What is queued still goes out, within the writer's limit.
    if (!connection->writing && connection->link) connection->link->close();
}

void SessionActor::write(Bytes bytes)
{
    if (!connection_ || !connection_->link) return;
    connection_->outgoing_bytes += bytes.size();
    connection_->outgoing.push_back(std::move(bytes));
    if (connection_->outgoing_bytes > context_.max_write_queue_bytes) {
        connection_->link->close(); // the peer does not read; the reader reports the end
        return;
    }
    if (connection_->writing) return;
    connection_->writing = true;
    group_.spawn("writer", run_writer(connection_));
}

Task<void> SessionActor::run_writer(ConnectionPtr connection)
{
    auto const self = shared_from_this();
    while (!connection->outgoing.empty()) {
        auto bytes = std::move(connection->outgoing.front());
        connection->outgoing.pop_front();
        connection->outgoing_bytes -= bytes.size();
        auto const written = co_await with_timeout(connection->link->write(std::move(bytes)), context_.write_limit);
        if (!written) {
            connection->link->close();
            break;
        }
    }
    connection->writing = false;
    if (connection->closing) connection->link->close();
}

Task<void> SessionActor::run_connection(ConnectionPtr connection)
{
    auto const self = shared_from_this();
    {
        auto const place = co_await connecting_.acquire();
        if (connection->closing) co_return;
        auto opened = co_await transport::open_link(context_.endpoint, context_.connect_limit);
        if (connection->closing) co_return;
        if (!opened) {
            log::debug("connect failed", {{"session", key_.name.value}, {"error", opened.error().message()}});
            connection_.reset();
            engine_->on_disconnected(engine::LinkEnd::connect_failed, current_time());
            pump();
            co_return;
        }
        connection->link = std::move(*opened);
    }
    engine_->on_connected(current_time());
    pump();
    while (!connection->closing) {
        auto const chunk = co_await connection->link->read();
        if (connection->closing) break;
        if (!chunk) {
            connection_.reset();
            connection->closing = true;
            connection->link->close();
            engine_->on_disconnected(engine::LinkEnd::closed, current_time());
            pump();
            break;
        }
        engine_->on_bytes(*chunk, current_time());
        pump();
    }
}

} // namespace wagate::gateway
