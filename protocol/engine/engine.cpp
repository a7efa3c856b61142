#include "protocol/engine/engine.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr auto handshake_limit = std::chrono::seconds{20}; // 1.5

class EngineCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.engine"; }
    std::string message(int value) const override
    {
        switch (static_cast<EngineErrc>(value)) {
        case EngineErrc::link_lost: return "the connection was lost";
        case EngineErrc::timed_out: return "the server did not reply in time";
        case EngineErrc::stopped: return "the session was stopped";
        case EngineErrc::refused: return "the server refused the request";
        }
        return "unknown engine error";
    }
};

} // namespace

boost::system::error_code make_error_code(EngineErrc error)
{
    static EngineCategory const category;
    return {static_cast<int>(error), category};
}

Engine::Engine(EngineOptions options, SessionReader const& reader, RandomSource& random)
    : core_(std::move(options), reader, random),
      directory_(core_),
      peer_messages_(core_,
                     [this](UnitOfWork work, OutboxEntry entry) {
                         outbox_.send_request(std::move(work), std::move(entry));
                     }),
      alterations_(core_),
      chat_log_(core_, directory_),
      groups_(core_, directory_),
      status_posts_(core_, directory_),
      media_hosts_(core_, directory_),
      app_state_sync_(core_, directory_, peer_messages_,
                      [this] {
                          login_.announce_presence();
                          core_.emit(StatusChanged{});
                      }),
      history_sync_(core_, directory_, peer_messages_, media_hosts_),
      presence_(core_, directory_),
      calls_(core_, directory_),
      profiles_(core_, directory_,
                // Without the phone's keys only the server is told; the name comes with the next presence.
                [this](std::string name) {
                    app_state_sync_.set_push_name(std::move(name), [](Result<void> const&) {});
                }),
      links_(core_),
      bots_(core_),
      push_(core_),
      privacy_tokens_(core_, directory_),
      channels_(core_, directory_, chat_log_),
      shop_(core_, directory_),
      account_limits_(core_, [this](WallTime until) { outbox_.note_time_lock(until); }),
      pairing_(
          core_,
          PairingFlow::Events{
              [this] { set_status(SessionStatus::scan_qr_code, StatusReason::waiting_for_scan, {}); },
              [this] { fail(StatusReason::qr_expired, {}); },
              [this] {
                  expects_restart_ = true;
                  set_status(SessionStatus::starting, StatusReason::paired, {});
              },
              [this](std::string_view detail) { fail(StatusReason::pairing_failed, std::string{detail}); },
              [this] { set_status(SessionStatus::passkey_required, StatusReason::waiting_for_passkey, {}); },
              [this] {
                  set_status(SessionStatus::passkey_confirmation_required,
                             StatusReason::waiting_for_confirmation, {});
              },
          }),
      login_(core_, LoginFlow::Events{
                        [this] {
                            set_status(SessionStatus::working, StatusReason::logged_in, {});
                            outbox_.on_active();
                            waiting_.on_active();
                            for (auto const& listener : core_.when_active)
                                listener();
                        },
                        [this](std::string_view detail) {
                            lost(StatusReason::connection_lost, std::string{detail});
                        },
                    }),
      outbox_(core_, directory_,
              [this](UnitOfWork& work, Message const& message) {
                  if (message.kind != MessageKind::control) {
                      chat_log_.appeared(work, message);
                      privacy_tokens_.written_to(message.chat);
                      return;
                  }
                  RecordOverlay step{core_.records};
                  alterations_.apply(work, step, message);
                  for (auto& [key, value] : step.take_changes())
                      work.records[key] = std::move(value);
              }),
      waiting_(core_, directory_, peer_messages_),
      inbox_(core_, directory_, waiting_, alterations_, chat_log_),
      receipts_(core_, directory_, [this](MessageId const& id) { outbox_.on_delivered(id); })
{
    core_.protocol_error = [this](std::string_view detail) {
        lost(StatusReason::connection_lost, std::string{detail});
    };
    core_.own_name_learned = [this] {
        login_.announce_presence();
        core_.emit(StatusChanged{});
    };
    core_.round_trip = [this](Milliseconds took) {
        keepalive_.on_round_trip(core_.now.monotonic);
        health_.on_round_trip(core_.now, took);
    };
}

// --------------------------------------------------------------------------------------------------------
// life

void Engine::start(Instant now, StatusReason why)
{
    core_.now = now;
    if (running_ || core_.has_given_up()) return;
    running_ = true;
    core_.cancel(come_back_);
    reconnect_.reset();
    if (!loaded_) {
        if (auto account = Account::load(core_.records)) {
            core_.account = std::move(*account);
            outbox_.restore();
        } else {
            core_.account = Account::generate(core_.random, now.wall);
            RecordOverlay step{core_.records};
            core_.account.save(step);
            signal::store_signed_prekey(step, core_.account.signed_prekey, now.wall);
            core_.store(std::move(step));
        }
        loaded_ = true;
    }
    set_status(SessionStatus::starting, why, {});
    open_link();
}

void Engine::stop(Instant now, StatusReason why)
{
    core_.now = now;
    if (core_.has_given_up() || (!running_ && status_ == SessionStatus::stopped)) return;
    close_link();
    if (!running_ && status_ == SessionStatus::stopped) return; // a logout has ended with the connection
    running_ = false;
    core_.cancel(reconnect_timer_);
    core_.cancel(come_back_);
    set_status(SessionStatus::stopped, why, {});
}

void Engine::open_link()
{
    link_ = Link::opening;
    core_.emit(OpenLink{});
}

void Engine::close_link()
{
    if (link_ == Link::opening || link_ == Link::open) core_.emit(CloseLink{});
    link_ = Link::none;
    keepalive_.stop();
    health_.on_link_lost();
    core_.cancel(handshake_timer_);
    core_.drop_connection(make_error_code(EngineErrc::link_lost));
    pairing_.on_disconnected();
    login_.on_disconnected();
    outbox_.on_disconnected();
    waiting_.on_disconnected();
    for (auto const& listener : core_.when_disconnected)
        listener();
}

/// The connection ended or has to end; tries again after a pause.
void Engine::lost(StatusReason reason, std::string detail)
{
    if (!running_ || link_ == Link::waiting) return;
    close_link();
    if (!running_) return; // a logout has ended with the connection
    expects_restart_ = false;
    link_ = Link::waiting;
    auto pause = reconnect_.on_disconnect(core_.now.monotonic, core_.random);
    if (reason == StatusReason::rate_limited) pause += std::chrono::seconds{60};
    set_status(SessionStatus::starting, reason, std::move(detail));
    core_.cancel(reconnect_timer_);
    reconnect_timer_ = core_.after(pause, [this] {
        reconnect_timer_ = 0;
        open_link();
    });
}

void Engine::reconnect_at_once(StatusReason reason)
{
    close_link();
    if (!running_) return; // a logout has ended with the connection
    expects_restart_ = false;
    set_status(SessionStatus::starting, reason, {});
    open_link();
}

/// Stream error 515. At once after pairing and from a working session; with a pause when the server keeps
/// doing it.
void Engine::restart_requested()
{
    if (expects_restart_ || core_.active)
        reconnect_at_once(core_.account.is_paired() ? StatusReason::paired : StatusReason::server_restart);
    else
        lost(StatusReason::server_restart, "515");
}

/// Ends in FAILED until somebody starts the session again.
void Engine::fail(StatusReason reason, std::string detail)
{
    close_link();
    if (!running_) return; // a logout has ended with the connection
    running_ = false;
    core_.cancel(reconnect_timer_);
    set_status(SessionStatus::failed, reason, std::move(detail));
}

void Engine::ended(StatusReason reason, std::string detail, std::int64_t code)
{
    switch (restart_policy(reason, code)) {
    case Restart::with_backoff: lost(reason, std::move(detail)); break;
    case Restart::at_once: reconnect_at_once(reason); break;
    case Restart::by_hand:
    case Restart::after_ban: fail(reason, std::move(detail)); break;
    }
}

void Engine::come_back_after(Milliseconds pause)
{
    if (running_ || core_.has_given_up() || status_ != SessionStatus::failed) return;
    core_.cancel(come_back_);
    come_back_ = core_.after(pause, [this] {
        come_back_ = 0;
        start(core_.now, StatusReason::connecting);
    });
}

void Engine::forget_account(UnitOfWork& work)
{
    work.wipe_credentials = true;
    outbox_.abandon(work);
    waiting_.forget();
    for (auto const& listener : core_.when_forgotten)
        listener();
    core_.account = Account{};
    loaded_ = false;
}

void Engine::logged_out(StatusReason reason, std::string detail)
{
    close_link();
    if (!running_) return; // a logout has ended with the connection
    running_ = false;
    core_.cancel(reconnect_timer_);
    UnitOfWork work;
    forget_account(work);
    set_status(SessionStatus::failed, reason, std::move(detail), std::move(work));
}

void Engine::set_status(SessionStatus status, StatusReason reason, std::string detail, UnitOfWork work)
{
    // Every new QR is an event of its own; otherwise only changes are.
    auto const changed = status != status_ || reason != reason_ || status == SessionStatus::scan_qr_code;
    status_ = status;
    reason_ = reason;
    detail_ = std::move(detail);
    if (changed) {
        work.events.push_back(status_event());
        core_.emit(StatusChanged{});
    }
    note_health(work);
    if (!work.empty()) core_.store(std::move(work));
}

Event Engine::status_event()
{
    // A repeated status, as each new QR is, does not lengthen the history.
    if (recent_.empty() || recent_.back().status != status_) recent_.push_back({status_, core_.now.wall});
    if (recent_.size() > kept_statuses) recent_.erase(recent_.begin());
    SessionStatusChanged change{status_, reason_, detail_, recent_};
    if (status_ == SessionStatus::passkey_required) change.data = pairing_.passkey().challenge().value_or("");
    if (status_ == SessionStatus::passkey_confirmation_required)
        change.data = R"({"code":")" + pairing_.passkey().code().value_or("") + R"("})";
    return Event{core_.now.wall, std::move(change)};
}

ConnectionHealth Engine::health() const
{
    auto health = health_.known();
    health.healthy = is_healthy_;
    health.offline_backlog = login_.offline_backlog();
    return health;
}

void Engine::note_health(UnitOfWork& work)
{
    auto const healthy = status_ == SessionStatus::working && health_.is_proven(core_.now.monotonic);
    if (healthy == is_healthy_) return;
    is_healthy_ = healthy;
    if (status_ == SessionStatus::stopped) return; // as somebody wished it
    work.events.push_back(Event{core_.now.wall, SessionHealthChanged{health()}});
}

void Engine::update_health()
{
    if (core_.has_given_up()) return;
    UnitOfWork work;
    note_health(work);
    if (!work.empty()) core_.store(std::move(work));
}

// --------------------------------------------------------------------------------------------------------
// transport

void Engine::on_connected(Instant now)
{
    core_.now = now;
    if (link_ != Link::opening) return;
    link_ = Link::open;
    auto payload = core_.account.is_paired()
                       ? stanza::login_payload(core_.options.version, core_.account.own_phone())
                       : stanza::registration_payload(core_.options.version, core_.options.device,
                                                      core_.account.identity, core_.account.signed_prekey);
    core_.wire =
        std::make_unique<Wire>(core_.account.noise, crypto::generate_key_pair(core_.random),
                               core_.options.root_key, std::move(payload), core_.account.routing_info);
    core_.emit(WriteFrame{core_.wire->open()});
    core_.cancel(handshake_timer_);
    handshake_timer_ = core_.after(handshake_limit, [this] {
        handshake_timer_ = 0;
        lost(StatusReason::handshake_failed, "no server hello in time");
    });
}

void Engine::on_bytes(ByteView bytes, Instant now)
{
    core_.now = now;
    if (link_ != Link::open || !core_.wire) return;
    keepalive_.on_received();
    auto const was_established = core_.wire->established();
    // The server's clock is not known before login, so certificates are checked against ours.
    auto received = core_.wire->on_bytes(bytes, unix_seconds(now.wall));
    if (!received) {
        lost(was_established ? StatusReason::connection_lost : StatusReason::handshake_failed,
             received.error().message());
        return;
    }
    if (!received->reply.empty()) {
        core_.emit(WriteFrame{std::move(received->reply)});
        core_.cancel(handshake_timer_);
        keepalive_.start(now.monotonic, core_.random);
    }
    for (auto const& node : received->nodes) {
        if (link_ != Link::open) return; // a stanza before has ended the connection
        health_.on_stanza(now.wall);
        handle(node);
    }
    if (received->stream_ended && link_ == Link::open)
        lost(StatusReason::connection_lost, "the server ended the stream");
    update_health();
}

void Engine::on_disconnected(LinkEnd end, Instant now)
{
    core_.now = now;
    if (link_ != Link::open && link_ != Link::opening) return;
    link_ = Link::none; // the owner has closed it already
    if (!running_) return;
    if (expects_restart_ && core_.account.is_paired()) {
        reconnect_at_once(StatusReason::paired);
        return;
    }
    switch (end) {
    case LinkEnd::closed: lost(StatusReason::connection_lost, "closed"); break;
    case LinkEnd::connect_failed: lost(StatusReason::connection_lost, "cannot connect"); break;
    case LinkEnd::refused: lost(StatusReason::connection_lost, "refused"); break;
    case LinkEnd::proxy_failed: lost(StatusReason::proxy_error, "cannot connect through the proxy"); break;
    }
}

// --------------------------------------------------------------------------------------------------------
// stanzas

void Engine::handle(Node const& node)
{
    if (node.has("offline")) login_.on_offline_stanza();
    if (node.tag == "iq") {
        on_iq(node);
    } else if (node.tag == "message") {
        if (!core_.account.is_paired()) return;
        if (auto const from = node.jid("from"); from && from->is_newsletter())
            channels_.on_message(node);
        else
            inbox_.on_message(node);
    } else if (node.tag == "receipt") {
        receipts_.on_receipt(node);
    } else if (node.tag == "notification") {
        on_notification(node);
    } else if (node.tag == "ack") {
        if (node.text("class") == "message")
            outbox_.on_ack(node);
        else if (node.text("class") == "call") // some are what was asked for: a link
            core_.requests.resolve(node.text("id"), node);
    } else if (node.tag == "success") {
        if (!core_.account.is_paired()) return;
        reconnect_.on_login(core_.now.monotonic);
        login_.on_success(node);
    } else if (node.tag == "ib") {
        if (node.child("downgrade_webclient") != nullptr) {
            fail(StatusReason::server_refused, "the phone was scanned without multi-device support");
            return;
        }
        login_.on_ib(node);
    } else if (node.tag == "failure") {
        on_failure(node);
    } else if (node.tag == "stream:error") {
        on_stream_error(node);
    } else if (auto const handler = core_.stanza_handlers.find(node.tag);
               handler != core_.stanza_handlers.end()) {
        handler->second(node);
    } else if (node.tag == "call" || node.tag == "status") {
        core_.send(stanza::make_ack(node));
    }
    // presence, chatstate and unknown tags need no answer (7.6).
}

void Engine::on_iq(Node const& iq)
{
    auto const type = iq.text("type");
    if (type == "result" || type == "error") {
        core_.requests.resolve(iq.text("id"), iq);
        return;
    }
    if (type == "get" && (iq.text("xmlns") == "urn:xmpp:ping" || iq.child("ping") != nullptr)) {
        core_.send(stanza::iq_result(iq)); // 3.6: the server drops clients that do not answer
        return;
    }
    pairing_.on_iq(iq);
}

void Engine::on_notification(Node const& notification)
{
    auto const type = notification.text("type");
    auto const from = notification.jid("from").value_or(Jid{});
    auto const ack = [this, notification] { core_.send(stanza::make_ack(notification)); };
    if (pairing_.on_notification(notification)) {
        ack();
        return;
    }
    if (auto const handler = core_.notification_handlers.find(type);
        handler != core_.notification_handlers.end()) {
        handler->second(notification);
        return;
    }
    RecordOverlay step{core_.records};
    if (type == "encrypt") {
        if (notification.child("identity") != nullptr) {
            // 5.11: the peer registered anew. Only the primary device counts, and never ourselves.
            auto const own = from.bare() == core_.account.own_phone().bare() ||
                             from.bare() == core_.account.own_lid().bare();
            if (from.device == 0 && !own) {
                directory_.forget_signal_state(step, from);
                directory_.forget_devices(step, from);
                privacy_tokens_.identity_changed(from);
                auto const person = directory_.canonical(from.bare());
                auto const phone = person.is_lid() ? directory_.phone_of(person) : std::nullopt;
                auto work = Core::unit(std::move(step));
                work.events.push_back(Event{core_.now.wall, IdentityChanged{person, phone}});
                core_.store(std::move(work), core_.on_this_connection(ack));
                return;
            }
        } else {
            login_.on_encrypt_notification(notification);
        }
    } else if (type == "devices") {
        directory_.learn_pair(step, from, notification.jid("lid"));
        directory_.forget_devices(step, from);
    }
    if (step.empty())
        ack();
    else
        core_.store(std::move(step), core_.on_this_connection(ack));
}

void Engine::on_stream_error(Node const& error)
{
    auto const code = error.text("code");
    auto const* conflict = error.child("conflict");
    if (code == "515") {
        restart_requested();
    } else if (code == "516" || (conflict != nullptr && conflict->text("type") == "device_removed")) {
        logged_out(StatusReason::logged_out_by_phone, "device_removed");
    } else if (conflict != nullptr) {
        fail(StatusReason::replaced,
             "another connection uses the same credentials"); // reconnecting would start a tug of war
    } else if (code == "401") {
        logged_out(StatusReason::logged_out_by_phone, code);
    } else if (code == "503") {
        lost(StatusReason::server_restart, code);
    } else if (code == "429") {
        lost(StatusReason::rate_limited, code);
    } else if (auto const* ack = error.child("ack")) {
        lost(StatusReason::connection_lost, "the server waits for an ack of class " + ack->text("class"));
    } else {
        lost(StatusReason::connection_lost, code.empty() ? "stream error" : code);
    }
}

void Engine::on_failure(Node const& failure)
{
    auto const reason = failure.integer("reason").value_or(0);
    auto const code = std::to_string(reason);
    switch (reason) {
    case 401: logged_out(StatusReason::logged_out_by_phone, code); break;
    case 402:
        ended(StatusReason::temporarily_banned,
              failure.text("code") + ", seconds left: " + failure.text("expire"), reason);
        come_back_after(ban_duration(failure.integer("expire")));
        break;
    case 403: ended(StatusReason::account_locked, code, reason); break;
    case 405: ended(StatusReason::client_outdated, core_.options.version.dotted(), reason); break;
    case 406: ended(StatusReason::banned, code, reason); break;
    case 500:
    case 503: ended(StatusReason::server_restart, code, reason); break;
    default: ended(StatusReason::server_refused, code, reason); break;
    }
}

// --------------------------------------------------------------------------------------------------------
// other inputs

void Engine::on_stored(Ticket ticket, ErrorCode error, Instant now)
{
    core_.now = now;
    if (error) {
        // D6: nothing is acknowledged any more.
        running_ = false;
        if (link_ == Link::open || link_ == Link::opening) core_.emit(CloseLink{});
        link_ = Link::none;
        core_.give_up(make_error_code(EngineErrc::stopped));
        is_healthy_ = false;
        status_ = SessionStatus::failed;
        reason_ = StatusReason::storage_failed;
        detail_ = error.message();
        core_.emit(StatusChanged{});
        return;
    }
    core_.on_stored(ticket);
}

void Engine::on_time(Instant now)
{
    core_.now = now;
    announced_wake_.reset();
    core_.requests.expire(now.monotonic);
    core_.run_timers();
    if (link_ != Link::open) return;
    switch (keepalive_.on_time(now.monotonic, core_.random)) {
    case KeepalivePolicy::Action::none: break;
    case KeepalivePolicy::Action::ping: {
        health_.on_ping(now.monotonic);
        auto const id = core_.next_request_id();
        core_.request(id, stanza::keepalive(id), [](Result<Node>) {});
        break;
    }
    case KeepalivePolicy::Action::dead: lost(StatusReason::keepalive_timeout, {}); break;
    }
    update_health();
}

void Engine::on_computed(std::function<void()> const& continuation, Instant now)
{
    core_.now = now;
    if (loaded_) continuation();
}

// --------------------------------------------------------------------------------------------------------
// commands

void Engine::send(Draft draft, Instant now)
{
    core_.now = now;
    if (core_.has_given_up()) {
        core_.emit(SendReport{draft.command, SendStage::rejected, {}, 503, {}});
        return;
    }
    outbox_.submit(std::move(draft));
}

void Engine::request_code(CommandId command, std::string phone_user, Instant now)
{
    core_.now = now;
    if (status_ != SessionStatus::scan_qr_code) {
        core_.emit(CodeReport{command, {}, 409});
        return;
    }
    pairing_.request_code(command, std::move(phone_user));
}

void Engine::logout(CommandId command, Instant now)
{
    core_.now = now;
    if (core_.has_given_up()) return;
    logouts_.push_back(command);
    if (logouts_.size() > 1) return; // asked already
    if (!core_.active || !core_.account.is_paired()) {
        finish_logout();
        return;
    }
    auto const id = core_.next_request_id();
    // Whatever the server says, and also when it says nothing, this device forgets its keys.
    core_.request(id, stanza::remove_companion(id, core_.account.own_phone()),
                  [this](Result<Node>) { finish_logout(); });
}

void Engine::finish_logout()
{
    if (core_.has_given_up()) return;
    running_ = false;
    close_link();
    core_.cancel(reconnect_timer_);
    core_.cancel(come_back_);
    is_healthy_ = false;
    UnitOfWork work;
    forget_account(work);
    status_ = SessionStatus::stopped;
    reason_ = StatusReason::logged_out;
    detail_.clear();
    work.events.push_back(status_event());
    core_.emit(StatusChanged{});
    core_.store(std::move(work), [this, commands = std::exchange(logouts_, {})] {
        for (auto const command : commands)
            core_.emit(LogoutReport{command});
    });
}

void Engine::mark_read(Jid const& chat, std::optional<Jid> const& participant,
                       std::vector<MessageId> const& ids, Instant now)
{
    core_.now = now;
    receipts_.mark_read(chat, participant, ids);
}

void Engine::mark_played(Jid const& chat, std::optional<Jid> const& participant,
                         std::vector<MessageId> const& ids, Instant now)
{
    core_.now = now;
    receipts_.mark_played(chat, participant, ids);
}

std::vector<Effect> Engine::take_effects()
{
    std::optional<MonotonicTime> wake = core_.next_timer();
    auto const consider = [&](std::optional<MonotonicTime> time) {
        if (time && (!wake || *time < *wake)) wake = time;
    };
    consider(core_.requests.next_deadline());
    if (link_ == Link::open) consider(keepalive_.next());
    if (is_healthy_) consider(health_.doubtful_at());
    if (wake && wake != announced_wake_) {
        announced_wake_ = wake;
        core_.emit(WakeAt{*wake});
    }
    return core_.take_effects();
}

} // namespace wagate::engine
