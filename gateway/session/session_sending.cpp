// Sending a text: to the engine once, to everybody who asks for it the same answer.
#include "gateway/session/refused.hpp"
#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"
#include "protocol/engine/server_error.hpp"

namespace wagate::gateway {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int not_found = 404;

Outcome<engine::Draft> draft_of(SendRequest request)
{
    auto const chat = parse_chat(request.chat);
    if (!chat) return refused(GatewayErrc::invalid_recipient, "chatId is no phone number and no chat id");
    if (!chat->is_user() && !chat->is_group() && !chat->is_newsletter() && !chat->is_status())
        return refused(GatewayErrc::invalid_recipient, "this chat cannot be written to");
    engine::Draft draft;
    draft.key = request.key;
    draft.chat = *chat;
    draft.compose = std::move(request.compose);
    if (!request.audience.empty() && !chat->is_status())
        return refused(GatewayErrc::invalid_recipient, "only status posts have an audience of their own");
    for (auto const& person : request.audience) {
        auto jid = parse_chat(person);
        if (!jid || !jid->is_user())
            return refused(GatewayErrc::invalid_recipient,
                           "one of contacts is no phone number and no chat id");
        draft.audience.push_back(std::move(*jid));
    }
    if (request.id) {
        auto const id = parse_message_id(*request.id);
        if (!id) return refused(GatewayErrc::message_not_found, "id is no message id");
        draft.id = *id;
    }
    return draft;
}

Outcome<SendRequest> request_of(SendText text)
{
    message::TypedMessage message{message::Text{text.text, {}, {}}, {}, {}};
    for (auto const& mention : text.mentions) {
        if (mention == "all") {
            message.context.mentions_everyone = true;
            continue;
        }
        auto const jid = parse_chat(mention);
        if (!jid || !jid->is_user())
            return refused(GatewayErrc::invalid_recipient, "a mention is no phone number and no chat id");
        message.context.mentions.push_back(*jid);
    }
    std::optional<MessageId> reply_to;
    if (text.reply_to && !text.reply_to->empty()) {
        reply_to = parse_message_id(*text.reply_to);
        if (!reply_to) return refused(GatewayErrc::message_not_found, "reply_to is no message id");
    }
    SendRequest request;
    request.chat = std::move(text.chat);
    request.id = std::move(text.id);
    request.key = text.key;
    request.asker = std::move(text.asker);
    request.bytes = 2 * text.text.size(); // the text, and the message's content with it
    for (auto const& mention : text.mentions)
        request.bytes += sizeof(mention) + mention.size();
    request.compose = engine::compose_ready(std::move(message), std::move(reply_to));
    return request;
}

/// A draft that could not become a message.
Rejection refused_draft(ErrorCode error)
{
    if (error == engine::DraftErrc::message_not_found)
        return refused(GatewayErrc::message_not_found, error.message());
    return refused(GatewayErrc::not_possible, error.message());
}

/// The server has said no, now or when the same was asked before.
Rejection refused_by_server(SendFailure const& failure, std::string detail)
{
    auto rejection =
        refused(failure.code == not_found ? GatewayErrc::not_on_whatsapp : GatewayErrc::rejected_by_server,
                std::move(detail));
    rejection.server_code = failure.code;
    rejection.unlock = failure.unlock;
    return rejection;
}

Rejection reused_key()
{
    return refused(GatewayErrc::idempotency_key_reused,
                   "The idempotency key was used for another request before");
}

} // namespace

Task<Outcome<SentMessage>> SessionActor::send_text(SendText text)
{
    auto request = request_of(std::move(text));
    if (!request) co_return request.error();
    auto sending = send(std::move(*request));
    co_return co_await std::move(sending);
}

Task<Outcome<SentMessage>> SessionActor::send(SendRequest request)
{
    auto const bytes = sizeof(Message) + request.bytes;
    auto prepare = std::move(request.prepare);
    auto asker = std::move(request.asker);
    auto draft = draft_of(std::move(request));
    if (!draft) co_return draft.error();
    if (prepare) {
        auto preparing = send_prepared(std::move(*draft), bytes, std::move(asker), std::move(prepare));
        co_return co_await std::move(preparing);
    }
    auto sending = send_draft(std::move(*draft), bytes, std::move(asker));
    co_return co_await std::move(sending);
}

Task<Outcome<SentMessage>> SessionActor::send_draft(engine::Draft draft, std::size_t bytes, std::string asker)
{
    auto const self = shared_from_this();
    // What was promised is answered whatever the session does now.
    auto earlier = find_earlier(draft.key);
    if (!earlier.is_found()) {
        if (auto refusal = reason_to_refuse()) co_return std::move(*refusal);
        auto place = send_budget_.take(bytes, engine_->unfinished_sends());
        if (!place) co_return refused(GatewayErrc::overloaded, "too many messages wait to be sent");
        bool const working = co_await wait_for_status(SessionStatus::working, context_.status_wait);
        // From here to the engine without a pause: of two requests with the same key the second finds the
        // first.
        earlier = find_earlier(draft.key);
        if (!earlier.is_found()) {
            if (auto refusal = reason_to_refuse()) co_return std::move(*refusal);
            if (!working) co_return wrong_status({SessionStatus::working});
            if (auto refusal = limit_of(draft, asker, true)) co_return std::move(*refusal);
            earlier.running = submit(std::move(draft), std::move(*place));
        }
    }
    if (earlier.answer) co_return std::move(*earlier.answer);
    co_return co_await wait_for_outcome(earlier.running);
}

SessionActor::Earlier SessionActor::find_earlier(std::optional<IdempotencyKey> const& key) const
{
    Earlier earlier;
    if (!key) return earlier;
    if (auto const found = keyed_sends_.find(key->key_hash); found != keyed_sends_.end()) {
        if (*found->second->key == *key)
            earlier.running = found->second;
        else
            earlier.answer = reused_key();
        return earlier;
    }
    try {
        auto const entry = reader_->find_idempotency(key->key_hash);
        if (entry && entry->key == *key)
            earlier.answer = stored_outcome(*entry);
        else if (entry)
            earlier.answer = reused_key();
    } catch (std::exception const& failure) {
        // Not knowing whether it was sent is no reason to send it.
        log::error("idempotency key not read", {{"session", key_.name.value}, {"error", failure.what()}});
        earlier.answer = refused(GatewayErrc::storage_failed, "the storage could not be read");
    }
    return earlier;
}

Outcome<SentMessage> SessionActor::stored_outcome(IdempotencyEntry const& entry) const
{
    auto message = reader_->find_message(entry.chat, entry.id);
    if (!message) // deleted with its chat; that it was sent still holds
        return refused(GatewayErrc::message_not_found,
                       "The message of this idempotency key was sent and has been deleted since");
    if (message->ack == Ack::error)
        return refused_by_server(message->failure.value_or(SendFailure{}),
                                 "The message was accepted and then rejected");
    SentMessage sent;
    sent.message = std::move(*message);
    return sent;
}

/// Why no message can be taken on now, whatever it is.
std::optional<Rejection> SessionActor::reason_to_refuse() const
{
    if (drain_end_) return refused(GatewayErrc::shutting_down, {});
    if (context_.store.is_disk_full())
        return refused(GatewayErrc::storage_full, "the disk is full: nothing can be stored");
    if (is_queue_full()) return refused(GatewayErrc::overloaded, "storage is behind");
    return std::nullopt;
}

std::optional<Rejection> SessionActor::limit_of(engine::Draft const& draft, std::string_view asker,
                                                bool takes)
{
    if (context_.limits == nullptr) return std::nullopt;
    auto& limits = *context_.limits;
    bool const is_new = limits.counts_new_chats(key_, asker) && is_new_chat(draft.chat);
    auto const hit =
        takes ? limits.take_message(key_, is_new, asker) : limits.look_message(key_, is_new, asker);
    if (hit) return refused(*hit);
    constexpr std::size_t most_remembered = 1'000;
    if (takes && is_new && counted_chats_.size() < most_remembered) counted_chats_.insert(draft.chat.bare());
    return std::nullopt;
}

/// Nobody has written there yet.
bool SessionActor::is_new_chat(Jid const& address) const
{
    auto const chat = address.bare();
    if (!chat.is_user() || counted_chats_.contains(chat)) return false;
    auto const has_messages = [this](Jid const& one) { return !reader_->newest_messages(one, 1).empty(); };
    auto const other = chat.is_lid() ? engine_->phone_of(chat) : engine_->lid_of(chat);
    try {
        return !has_messages(chat) && !(other && has_messages(*other));
    } catch (std::exception const& failure) {
        log::error("messages not read", {{"session", key_.name.value}, {"error", failure.what()}});
        return true;
    }
}

std::vector<engine::WaitingSend> SessionActor::waiting_sends() const
{
    return engine_->waiting_sends(current_time().wall);
}

SessionActor::SendPtr SessionActor::submit(engine::Draft draft, SendBudget::Place place)
{
    auto const send = std::make_shared<Send>();
    send->command = next_command_++;
    send->key = draft.key;
    draft.command = send->command;
    sends_.emplace(send->command, send);
    unfinished_.emplace(send->command, std::move(place));
    if (send->key) keyed_sends_.emplace(send->key->key_hash, send);
    drive([&draft](engine::Engine& engine) { engine.send(std::move(draft), current_time()); });
    return send;
}

Task<Outcome<SentMessage>> SessionActor::wait_for_outcome(SendPtr send)
{
    struct Presence {
        SessionActor& actor;
        Send& send;
        std::list<Wakeup*>::iterator place;
        ~Presence()
        {
            send.waiters.erase(place);
            actor.forget_if_unused(send);
        }
    };
    Wakeup wakeup{executor_};
    Presence const presence{*this, *send, send->waiters.insert(send->waiters.end(), &wakeup)};
    auto const deadline = Clock::now() + context_.ack_wait;
    auto const& report = send->report;
    while (!is_over() && (!report || report->stage == engine::SendStage::accepted)) {
        auto const left = time_left(deadline);
        if (left <= Clock::duration::zero()) break;
        co_await wakeup.wait_for(left);
    }
    // Not even durable: nothing has been promised.
    if (!report && !is_over()) {
        if (auto refusal = reason_to_refuse()) co_return std::move(*refusal);
    }
    if (!report) co_return refused(GatewayErrc::storage_failed, "the message could not be stored");
    if (report->error && engine::server_code(report->error) == 0) co_return refused_draft(report->error);
    if (report->stage == engine::SendStage::rejected) {
        SendFailure failure = report->message.failure.value_or(SendFailure{});
        failure.code = report->code;
        co_return refused_by_server(failure, {});
    }
    SentMessage sent;
    sent.message = report->message;
    co_return sent;
}

void SessionActor::on_send_report(engine::SendReport report)
{
    bool const is_last = report.stage != engine::SendStage::accepted;
    if (is_last) unfinished_.erase(report.command);
    auto const found = sends_.find(report.command);
    if (found == sends_.end()) return;
    auto const send = found->second;
    send->report = std::move(report);
    for (auto* waiter : send->waiters)
        waiter->notify();
    // What was accepted is found in the store from now on; what was refused may be tried again.
    if (is_last && send->key) {
        keyed_sends_.erase(send->key->key_hash);
        send->key.reset();
        forget_if_unused(*send);
    }
}

void SessionActor::forget_if_unused(Send const& send)
{
    if (send.waiters.empty() && !send.key) sends_.erase(send.command);
}

} // namespace wagate::gateway
