#include "protocol/engine/outbox.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/engine/envelope.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/engine/send_notes.hpp"
#include "protocol/engine/sender_keys.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/engine/sessions.hpp"
#include "protocol/engine/status_posts.hpp"
#include "protocol/message/identifiers.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/message/reporting.hpp"
#include "protocol/stanza/iq.hpp"
#include "protocol/stanza/message.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_found = 404;
constexpr int stale_addressing = 421; ///< phone numbers where LIDs are wanted, or the reverse (5.5)
constexpr int not_paired = 401;
constexpr int time_locked = 463;
constexpr int unavailable = 503;
constexpr int max_refusals = 5;
constexpr int max_server_retries = 3;
constexpr auto server_retry_delay = std::chrono::seconds{5};

/// The device set that an encoded stanza names; empty when it names none.
std::string sent_hash(ByteView stanza)
{
    auto const node = binary::decode(stanza);
    return node ? node->text("phash") : std::string{};
}

bool is_temporary(int code)
{
    return code == 500 || code == 503;
}

} // namespace

// ------------------------------------------------------------------------------ accepting

void Outbox::restore()
{
    policy_.restore(core_.records);
    for (auto& entry : core_.reader.outbox()) {
        auto job = std::make_shared<Job>();
        job->entry = entry;
        job->order = next_order_++;
        job->is_stanza_durable = !entry.stanza.empty();
        job->is_accepted = true;
        if (auto message = core_.reader.find_message(entry.chat, message_of(entry))) {
            job->is_batch = is_batch(entry);
            job->message = std::move(*message);
            job->lane = lane_of(entry.chat);
            lanes_[job->lane].jobs.push_back(job);
        } else {
            if (entry.stanza.empty()) continue;
            job->is_request = true;
        }
        job->wire_id = wire_id_of(entry);
        if (job->is_stanza_durable) awaiting_[job->wire_id] = job;
    }
}

void Outbox::submit(Draft draft)
{
    auto const chat = draft.chat.bare();
    auto& drafts = intake_[chat].drafts;
    drafts.push_back(std::move(draft));
    if (drafts.size() == 1) take_in(chat);
}

/// A number that was never written to is looked up before anything is promised, so that the message is kept
/// under the address it will have on the wire, and a number without an account is refused without a trace.
/// One at a time for each chat: what is submitted first is accepted first.
void Outbox::take_in(Jid const& chat)
{
    for (auto at = intake_.find(chat); at != intake_.end(); at = intake_.find(chat)) {
        auto& intake = at->second;
        // A chat that has messages under way without a look-up goes on so: there is one order for all of
        // them.
        if (core_.active && chat.is_phone() && !directory_.lid_of(chat) && !lanes_.contains(chat)) {
            if (lookups_ < max_lookups) {
                look_up(chat);
            } else if (!intake.is_queued) {
                intake.is_queued = true;
                lookups_waiting_.push_back(chat);
            }
            return;
        }
        auto draft = std::move(intake.drafts.front());
        intake.drafts.pop_front();
        if (intake.drafts.empty()) intake_.erase(at);
        accept(std::move(draft));
    }
}

void Outbox::look_up(Jid const& chat)
{
    ++lookups_;
    directory_.resolve_phone(chat, [this, chat](Result<std::optional<Jid>> found) {
        --lookups_;
        auto const at = intake_.find(chat);
        auto draft = std::move(at->second.drafts.front());
        at->second.drafts.pop_front();
        if (at->second.drafts.empty()) intake_.erase(at);
        if (found && !*found) {
            refuse(draft, server_error(not_found));
        } else {
            // As the server spells the number; without an answer the lookup is repeated before sending.
            if (found) draft.chat = directory_.phone_of(**found).value_or(**found);
            accept(std::move(draft));
        }
        take_in(chat);
        while (lookups_ < max_lookups && !lookups_waiting_.empty()) {
            auto const next = lookups_waiting_.front();
            lookups_waiting_.pop_front();
            if (auto const waiting = intake_.find(next); waiting != intake_.end())
                waiting->second.is_queued = false;
            take_in(next);
        }
    });
}

void Outbox::refuse(Draft const& draft, ErrorCode why) const
{
    Message message;
    message.chat = draft.chat;
    message.id = draft.id;
    if (draft.command != 0)
        core_.emit(SendReport{draft.command, SendStage::rejected, std::move(message), server_code(why), why});
}

void Outbox::accept(Draft draft)
{
    auto job = std::make_shared<Job>();
    job->command = draft.command;
    auto const own = core_.account.me.value_or(OwnIdentity{});
    auto& message = job->message;
    message.chat = directory_.canonical(draft.chat.bare());
    message.chat_phone =
        draft.chat.is_phone() ? std::optional{draft.chat.bare()} : directory_.phone_of(draft.chat.bare());
    message.id =
        draft.id.empty() ? message::generate_message_id(core_.now.wall, own.phone, core_.random) : draft.id;
    message.from_me = true;
    auto const speaks_as_lid =
        message.chat.is_lid() || message.chat.is_group() || message.chat.is_broadcast();
    message.sender = speaks_as_lid && !own.lid.user.empty() ? own.lid.bare() : own.phone.bare();
    message.sender_phone = own.phone.bare();
    // Whole seconds, as of all messages: so they stand in the order in which they came.
    message.timestamp = std::chrono::floor<std::chrono::seconds>(core_.now.wall);
    message.push_name = own.push_name;
    message.origin = MessageOrigin::api;
    message.ack = Ack::pending;
    auto content = draft.compose(DraftContext{core_.reader, own, message.chat, message.chat_phone, message.id,
                                              core_.now.wall, core_.random});
    if (!content) {
        refuse(draft, content.error());
        return;
    }
    describe(message, std::move(*content));
    // Others need it to answer encrypted, and for the reporting token.
    if (message.kind != MessageKind::control && !message.chat.is_newsletter())
        message.content = message::with_secret(std::move(message.content), core_.random);
    auto const continued = continues_post(*job);
    if (!continued) {
        refuse(draft, continued.error());
        return;
    }
    job->is_batch = *continued;
    auto const entry_id = job->is_batch ? batch_id(message.id, core_.random) : message.id;
    job->entry = OutboxEntry{entry_id, message.chat, {}, core_.now.wall};
    job->wire_id = message.id.value;
    job->lane = lane_of(message.chat);

    RecordOverlay step{core_.records};
    note(step, *job, draft);
    auto work = Core::unit(std::move(step));
    if (!job->is_batch) work.messages.push_back(message);
    work.outbox_put.push_back(job->entry);
    if (draft.key) work.idempotency.push_back({*draft.key, message.chat, message.id});
    bool const is_paired = core_.account.is_paired();
    auto accepted = [this, job, is_paired] {
        job->is_accepted = true;
        report(job, SendStage::accepted);
        if (job->is_abandoned)
            report(job, SendStage::rejected, not_paired);
        else if (!is_paired)
            reject(job, {not_paired, std::nullopt});
    };
    // What is encrypted at once, because all that it needs is known, is part of the same commit.
    core_.together([&] {
        core_.store(std::move(work), std::move(accepted));
        job->order = next_order_++;
        if (is_paired) enqueue(job);
    });
}

void Outbox::note(RecordOverlay& step, Job const& job, Draft const& draft) const
{
    if (!job.entry.chat.is_status() && !job.entry.chat.is_newsletter()) return;
    SendNote note{draft.audience, {}, draft.media_handle};
    if (job.entry.chat.is_status() && note.audience.empty()) {
        // What changes a post goes to those who have it.
        auto const typed = message::parse_body(job.message.content);
        if (auto const* target = message::target_of(typed.body); target != nullptr && target->from_me) {
            auto post = StatusPosts::receivers(step, target->id);
            note.audience = std::move(post.users);
            note.setting = std::move(post.setting);
        }
    }
    write_note(step, job.entry.id, note);
}

Result<bool> Outbox::continues_post(Job& job) const
{
    if (!job.message.chat.is_status()) return false;
    auto const known = core_.messages.find(job.message.chat, job.message.id);
    if (!known || (known->from_me && known->ack == Ack::error)) return false;
    if (!known->from_me || known->revoked || known->kind != job.message.kind ||
        known->body != job.message.body)
        return DraftErrc::not_possible;
    job.message = *known;
    return true;
}

void Outbox::send_request(UnitOfWork work, OutboxEntry entry)
{
    auto job = std::make_shared<Job>();
    job->entry = std::move(entry);
    job->wire_id = job->entry.id.value;
    job->order = next_order_++;
    job->is_request = true;
    work.outbox_put.push_back(job->entry);
    awaiting_[job->wire_id] = job;
    core_.store(std::move(work), [this, job] {
        job->is_stanza_durable = true;
        transmit(job);
    });
}

std::size_t Outbox::pending() const noexcept
{
    std::size_t count = 0;
    for (auto const& [chat, lane] : lanes_)
        count += lane.jobs.size();
    return count;
}

SendingState Outbox::sending_state(WallTime now) const
{
    SendingState state;
    policy_.describe(state, now);
    for (auto const& [chat, lane] : lanes_) {
        for (auto const& job : lane.jobs)
            if (job->entry.stanza.empty()) ++state.waiting;
        if (!lane.waits_for || (state.until && *state.until <= lane.pause_end)) continue;
        state.waits_for = lane.waits_for->why;
        state.until = lane.pause_end;
    }
    if (policy_timer_ == 0) return state;
    if (auto const wait = policy_.wait(now, false)) {
        state.waits_for = wait->why;
        state.until = now + wait->time;
    }
    return state;
}

std::vector<WaitingSend> Outbox::waiting(WallTime now) const
{
    std::vector<WaitingSend> found;
    auto const held_for = policy_timer_ != 0 ? policy_.wait(now, false) : std::nullopt;
    for (auto const& [chat, lane] : lanes_) {
        for (auto const& job : lane.jobs) {
            WaitingSend send;
            send.id = job->message.id;
            send.chat = job->message.chat;
            send.chat_phone = job->message.chat_phone;
            send.accepted = job->entry.accepted;
            send.order = job->order;
            if (job != lane.jobs.front()) {
                send.waits_for = SendWait::order;
            } else if (!core_.active) {
                send.waits_for = SendWait::connection;
            } else if (!job->entry.stanza.empty()) {
                send.waits_for = SendWait::server;
            } else if (lane.pause != 0) {
                send.waits_for = lane.waits_for ? lane.waits_for->why : SendWait::retry;
                send.until = lane.pause_end;
            } else if (lane.is_held && held_for) {
                send.waits_for = held_for->why;
                send.until = now + held_for->time;
            } else {
                send.waits_for = SendWait::preparing;
            }
            found.push_back(std::move(send));
        }
    }
    std::sort(found.begin(), found.end(),
              [](WaitingSend const& a, WaitingSend const& b) { return a.order < b.order; });
    return found;
}

// ------------------------------------------------------------------------------ lanes

Jid Outbox::lane_of(Jid const& chat) const
{
    if (lanes_.contains(chat)) return chat;
    auto const other = chat.is_lid() ? directory_.phone_of(chat) : directory_.lid_of(chat);
    if (other && lanes_.contains(*other)) return *other;
    return directory_.canonical(chat);
}

void Outbox::enqueue(JobPtr const& job)
{
    auto& lane = lanes_[job->lane];
    lane.jobs.push_back(job);
    if (lane.jobs.size() == 1) ready_.push_back(job->lane);
    prepare_next();
}

void Outbox::on_active()
{
    preparing_ = 0;
    std::vector<JobPtr> first;
    held_.clear();
    core_.cancel(policy_timer_);
    for (auto& [chat, lane] : lanes_) {
        lane.is_preparing = false;
        lane.is_held = false;
        core_.cancel(lane.pause);
        lane.waits_for.reset();
        if (!lane.jobs.empty()) first.push_back(lane.jobs.front());
    }
    for (auto const& [id, job] : awaiting_)
        if (job->is_request) first.push_back(job);
    std::sort(first.begin(), first.end(),
              [](JobPtr const& a, JobPtr const& b) { return a->order < b->order; });
    ready_.clear();
    for (auto const& job : first) {
        if (job->is_request)
            transmit(job);
        else
            ready_.push_back(job->lane);
    }
    prepare_next();
}

void Outbox::on_disconnected()
{
    preparing_ = 0;
    ready_.clear();
    held_.clear();
    core_.cancel(policy_timer_);
    for (auto& [chat, lane] : lanes_) {
        lane.is_preparing = false;
        lane.is_held = false;
        core_.cancel(lane.pause);
        lane.waits_for.reset();
    }
    core_.cancel(resend_timer_);
}

void Outbox::prepare_next()
{
    if (in_prepare_) return;
    in_prepare_ = true; // a loop: thousands of messages that need no request must not nest
    do {
        while (preparing_ < max_preparing && core_.active && !ready_.empty()) {
            auto const lane = lanes_.find(ready_.front());
            ready_.pop_front();
            if (lane != lanes_.end()) start(lane->second);
        }
        release_held();
    } while (preparing_ < max_preparing && core_.active && !ready_.empty());
    in_prepare_ = false;
}

void Outbox::start(Lane& lane)
{
    if (lane.jobs.empty() || lane.is_preparing || lane.pause != 0) return;
    auto const job = lane.jobs.front();
    if (!job->entry.stanza.empty()) {
        transmit(job);
        return;
    }
    if (!job->is_admitted) {
        if (!std::exchange(lane.is_held, true)) held_.push_back(job->lane);
        return;
    }
    lane.is_preparing = true;
    ++preparing_;
    resolve(job);
}

void Outbox::release_held()
{
    if (policy_timer_ != 0) return;
    while (preparing_ < max_preparing && core_.active && !held_.empty()) {
        auto const chat = held_.front();
        auto const at = lanes_.find(chat);
        bool const is_due = at != lanes_.end() && at->second.is_held && !at->second.jobs.empty();
        if (!is_due) {
            held_.pop_front();
            continue;
        }
        auto& lane = at->second;
        auto const job = lane.jobs.front();
        bool const is_new = policy_.asks_for_new_chats(core_.now.wall) && is_new_chat(*job);
        auto const wait = policy_.wait(core_.now.wall, is_new);
        if (wait && !wait->is_for_new_chats()) {
            policy_timer_ = core_.after(wait->time, [this] {
                policy_timer_ = 0;
                prepare_next();
            });
            return;
        }
        held_.pop_front();
        lane.is_held = false;
        if (wait) { // the others may go on meanwhile
            pause_lane(chat, wait->time, wait);
            continue;
        }
        policy_.admit(core_.now.wall, is_new, core_.random);
        job->is_admitted = true;
        start(lane);
    }
}

/// Nobody has written there but what the server has not taken yet.
bool Outbox::is_new_chat(Job const& job) const
{
    constexpr std::size_t enough = 20;
    auto const& chat = job.message.chat;
    if (!chat.is_user()) return false;
    auto const is_known = [&](Jid const& address) {
        auto const newest = core_.reader.newest_messages(address, enough);
        return std::any_of(newest.begin(), newest.end(), [this](Message const& stored) {
            if (!stored.from_me) return true;
            auto const ack = core_.messages.find(stored.chat, stored.id).value_or(stored).ack;
            return ack != Ack::pending && ack != Ack::error;
        });
    };
    auto const other = chat.is_lid() ? directory_.phone_of(chat) : directory_.lid_of(chat);
    return !is_known(chat) && !(other && is_known(*other));
}

void Outbox::pause_lane(Jid const& chat, Milliseconds time, std::optional<SendingPolicy::Wait> why)
{
    auto const lane = lanes_.find(chat);
    if (!core_.active || lane == lanes_.end() || lane->second.pause != 0) return;
    lane->second.waits_for = why;
    lane->second.pause_end = core_.now.wall + time;
    lane->second.pause = core_.after(time, [this, chat] {
        auto const paused = lanes_.find(chat);
        if (paused == lanes_.end()) return;
        paused->second.pause = 0;
        paused->second.waits_for.reset();
        ready_.push_back(chat);
        prepare_next();
    });
}

void Outbox::end_preparing(Job const& job)
{
    auto const lane = lanes_.find(job.lane);
    if (lane == lanes_.end() || !lane->second.is_preparing || lane->second.jobs.front().get() != &job) return;
    lane->second.is_preparing = false;
    --preparing_;
}

void Outbox::pause(JobPtr const& job, ErrorCode reason)
{
    end_preparing(*job);
    if (reason == EngineErrc::refused && ++job->refusals >= max_refusals) {
        reject(job, {unavailable, std::nullopt});
        return;
    }
    // The job stays at the front of its lane; on_active or the next attempt takes it up again.
    pause_lane(job->lane, server_retry_delay);
    prepare_next();
}

void Outbox::remove(JobPtr const& job)
{
    end_preparing(*job);
    awaiting_.erase(job->wire_id);
    auto const at = lanes_.find(job->lane);
    if (job->is_request || at == lanes_.end()) return;
    auto& lane = at->second;
    auto const was_front = !lane.jobs.empty() && lane.jobs.front() == job;
    std::erase(lane.jobs, job);
    if (was_front) {
        core_.cancel(lane.pause);
        ready_.push_back(job->lane);
    }
    close_if_idle(job->lane);
}

void Outbox::close_if_idle(Jid const& chat)
{
    auto const at = lanes_.find(chat);
    if (at != lanes_.end() && at->second.jobs.empty()) lanes_.erase(at);
}

void Outbox::abandon(UnitOfWork& work)
{
    for (auto& [id, job] : std::exchange(awaiting_, {}))
        if (job->is_request) work.outbox_done.push_back(job->entry.id);
    for (auto& [chat, lane] : lanes_)
        core_.cancel(lane.pause);
    SendFailure const failure{not_paired, std::nullopt};
    for (auto const& [chat, lane] : std::exchange(lanes_, {})) {
        for (auto const& job : lane.jobs) {
            mark_failed(work, *job, failure);
            job->is_abandoned = true;
            if (job->is_accepted) report(job, SendStage::rejected, not_paired);
        }
    }
    time_locked_.clear();
    ready_.clear();
    held_.clear();
    core_.cancel(policy_timer_);
    policy_ = SendingPolicy(core_.options.sending);
    preparing_ = 0;
    core_.cancel(resend_timer_);
}

// ------------------------------------------------------------------------------ preparing

void Outbox::resolve(JobPtr const& job)
{
    auto const& chat = job->entry.chat;
    if (chat.is_newsletter()) {
        post_to_channel(job);
        return;
    }
    if (goes_to_many(chat)) {
        resolve_audience(job);
        return;
    }
    auto const known = directory_.canonical(chat);
    if (known.is_lid()) {
        with_recipient(job, known);
        return;
    }
    directory_.resolve_phone(chat, [this, job](Result<std::optional<Jid>> found) {
        if (!found)
            pause(job, found.error());
        else if (!*found)
            reject(job, {not_found, std::nullopt});
        else
            with_recipient(job, **found);
    });
}

void Outbox::with_recipient(JobPtr const& job, Jid recipient)
{
    // 6.1: everything in one envelope has one addressing.
    auto const own = recipient.is_lid() ? core_.account.own_lid().bare() : core_.account.own_phone().bare();
    directory_.devices({recipient, own}, [this, job, recipient](Result<Directory::Devices> devices) {
        if (!devices)
            pause(job, devices.error());
        else
            with_devices(job, recipient, std::move(*devices));
    });
}

void Outbox::with_devices(JobPtr const& job, Jid recipient, std::vector<Jid> devices)
{
    ensure_sessions(core_, devices, [this, job, recipient, devices](ErrorCode error) {
        if (error)
            pause(job, error);
        else
            encrypt(job, recipient, devices);
    });
}

void Outbox::encrypt(JobPtr const& job, Jid recipient, std::vector<Jid> const& devices)
{
    RecordOverlay step{core_.records};
    auto const own_user = recipient.is_lid() ? core_.account.own_lid() : core_.account.own_phone();
    auto const for_recipient = job->message.content;
    auto const for_own = message::wrap_device_sent(recipient, job->message.content);
    auto const traits = message::stanza_traits(message::parse_body(for_recipient));
    Node participants{"participants"};
    bool any_prekey = false;
    bool reached_recipient = recipient.same_user(own_user); // a note to self needs no other device
    for (auto const& device : devices) {
        auto const own_device = device.user == own_user.user;
        auto const padded = message::pad(own_device ? for_own : for_recipient, core_.random);
        auto const ciphertext =
            signal::encrypt(step, core_.account.identity, signal::Address::of(device), padded);
        if (!ciphertext) continue; // no session: its bundle could not be had
        any_prekey = any_prekey || ciphertext->kind == signal::CiphertextKind::prekey_message;
        reached_recipient = reached_recipient || !own_device;
        Node to{"to"};
        to.set("jid", device).add(message_enc(*ciphertext, traits));
        participants.add(std::move(to));
    }
    if (!reached_recipient) {
        RecordOverlay forgotten{core_.records}; // nothing is sent: the ratchets stay where they are
        directory_.forget_devices(forgotten, recipient);
        core_.store(std::move(forgotten));
        reject(job, {not_found, std::nullopt});
        return;
    }
    Node stanza{"message"};
    stanza.set("to", recipient).set("id", job->entry.id.value);
    dress(stanza, traits, job->message.timestamp);
    if (auto const phone = directory_.phone_of(recipient)) stanza.set("peer_recipient_pn", *phone);
    stanza.add(std::move(participants));
    if (auto token = privacy_token(core_, directory_, recipient)) stanza.add(std::move(*token));
    if (any_prekey) stanza.add(Node{"device-identity"}.with_bytes(core_.account.signed_device_identity));
    add_reporting_token(stanza, for_recipient, job->entry.id, own_user.bare(), recipient);
    commit_stanza(job, stanza, std::move(step));
}

void Outbox::commit_stanza(JobPtr const& job, Node const& stanza, RecordOverlay step)
{
    job->entry.stanza = binary::encode(stanza);
    policy_.save(step);
    auto work = Core::unit(std::move(step));
    work.outbox_put.push_back(job->entry);
    awaiting_[job->wire_id] = job;
    // D2: the advanced ratchets and the exact bytes are durable before a byte leaves.
    core_.store(std::move(work), [this, job] {
        job->is_stanza_durable = true;
        transmit(job);
    });
    end_preparing(*job);
    prepare_next();
}

// ------------------------------------------------------------------------------ on the wire

/// Does nothing for what is not durable (its commit comes here again) and for what needs no sending any more.
void Outbox::transmit(JobPtr const& job)
{
    if (!core_.active || !job->is_stanza_durable || job->is_refused || !awaiting_.contains(job->wire_id))
        return;
    job->sent = core_.now.monotonic;
    core_.send_encoded(job->entry.stanza);
    if (resend_timer_ == 0) arm_resend();
}

void Outbox::arm_resend()
{
    core_.cancel(resend_timer_);
    std::optional<MonotonicTime> oldest;
    for (auto const& [id, job] : awaiting_)
        if (job->sent != MonotonicTime{} && (!oldest || job->sent < *oldest)) oldest = job->sent;
    if (!oldest) return;
    auto const wait = std::max(Milliseconds{1},
                               std::chrono::ceil<Milliseconds>(*oldest + resend_after - core_.now.monotonic));
    resend_timer_ = core_.after(wait, [this] {
        resend_timer_ = 0;
        resend_overdue();
    });
}

void Outbox::resend_overdue()
{
    std::vector<JobPtr> overdue;
    for (auto const& [id, job] : awaiting_)
        if (job->sent != MonotonicTime{} && core_.now.monotonic - job->sent >= resend_after)
            overdue.push_back(job);
    std::sort(overdue.begin(), overdue.end(),
              [](JobPtr const& a, JobPtr const& b) { return a->order < b->order; });
    for (auto const& job : overdue) {
        job->sent = {}; // those that cannot be sent now do not wake anybody again
        transmit(job);
    }
    arm_resend();
}

// ------------------------------------------------------------------------------ the server's answer

void Outbox::reject(JobPtr const& job, SendFailure failure)
{
    remove(job);
    UnitOfWork work;
    mark_failed(work, *job, failure);
    core_.store(std::move(work),
                [this, job, code = failure.code] { report(job, SendStage::rejected, code); });
    prepare_next();
}

void Outbox::mark_failed(UnitOfWork& work, Job& job, SendFailure const& failure) const
{
    work.outbox_done.push_back(job.entry.id);
    if (job.is_request) return;
    RecordOverlay step{core_.records};
    forget_note(step, job.entry);
    for (auto& [key, value] : step.take_changes())
        work.records[key] = std::move(value);
    auto& message = job.message;
    if (job.is_batch) { // others have the post
        work.events.push_back(
            Event{core_.now.wall, MessageFailed{message.chat, message.chat_phone, message.id, failure}});
        return;
    }
    message.ack = Ack::error;
    message.failure = failure;
    work.messages.push_back(message);
    work.acks.push_back({message.chat, message.id, Ack::error});
    MessageAcknowledged acknowledged{
        message.chat, message.chat_phone, message.id,     true,
        std::nullopt, Ack::error,         core_.now.wall, std::to_string(failure.code)};
    work.events.push_back(Event{core_.now.wall, std::move(acknowledged)});
    work.events.push_back(
        Event{core_.now.wall, MessageFailed{message.chat, message.chat_phone, message.id, failure}});
}

void Outbox::report(JobPtr const& job, SendStage stage, int code)
{
    if (job->command != 0) core_.emit(SendReport{job->command, stage, job->message, code});
}

void Outbox::on_ack(Node const& ack)
{
    auto const found = awaiting_.find(ack.text("id"));
    if (found == awaiting_.end() || found->second->is_refused) return;
    auto const job = found->second;
    if (auto const error = ack.integer("error"); error && *error != 0)
        on_refused(job, static_cast<int>(*error));
    else
        on_server_ack(job, ack);
}

void Outbox::on_delivered(MessageId const& id)
{
    auto const found = awaiting_.find(id.value);
    if (found == awaiting_.end() || found->second->is_request) return;
    // A post has its id in every batch: this may be about an earlier one.
    if (found->second->entry.chat.is_broadcast()) return;
    on_server_ack(JobPtr{found->second}, Node{"ack"});
}

void Outbox::on_server_ack(JobPtr const& job, Node const& ack)
{
    remove(job);
    RecordOverlay step{core_.records};
    if (ack.has("phash") && ack.text("phash") != sent_hash(job->entry.stanza)) {
        // The server knows other devices than we addressed (5.4): ask again before the next message.
        forget_receivers(step, job->message.chat);
        directory_.forget_devices(step, core_.account.own_phone());
    }
    if (job->is_request) {
        auto work = Core::unit(std::move(step));
        work.outbox_done.push_back(job->entry.id);
        core_.store(std::move(work));
        return;
    }
    forget_note(step, job->entry);
    if (job->is_batch) {
        auto work = Core::unit(std::move(step));
        work.outbox_done.push_back(job->entry.id);
        core_.store(std::move(work), [this, job] { report(job, SendStage::sent); });
        prepare_next();
        return;
    }
    // It may have been edited or deleted meanwhile, on the phone for example.
    auto const stored = core_.messages.find(job->message.chat, job->message.id);
    if (stored && (stored->edited || stored->revoked)) job->message = *stored;
    job->message.ack = Ack::server;
    if (auto const t = ack.integer("t")) job->message.timestamp = wall_from_seconds(*t);
    if (auto const number = ack.integer("server_id")) job->message.server_id = *number;
    auto work = Core::unit(std::move(step));
    work.messages.push_back(job->message);
    work.outbox_done.push_back(job->entry.id);
    if (job->message.kind != MessageKind::control) {
        work.events.push_back(Event{core_.now.wall, MessageAppeared{job->message}});
        work.events.push_back(Event{core_.now.wall, MessageAcknowledged{job->message.chat,
                                                                        job->message.chat_phone,
                                                                        job->message.id,
                                                                        true,
                                                                        std::nullopt,
                                                                        Ack::server,
                                                                        job->message.timestamp,
                                                                        {}}});
    }
    taken_(work, job->message);
    // What was promised is durable since it was accepted: a kill now sends the same bytes again. Whoever
    // reads what a change was made to finds it changed.
    bool const changes_something = job->message.kind == MessageKind::control;
    work.is_awaited = changes_something;
    if (!changes_something) report(job, SendStage::sent);
    core_.store(std::move(work), [this, job, changes_something] {
        if (changes_something) report(job, SendStage::sent);
    });
    prepare_next();
}

void Outbox::on_refused(JobPtr const& job, int code)
{
    if (is_temporary(code) && job->server_retries < max_server_retries) {
        ++job->server_retries;
        core_.after(server_retry_delay, core_.on_this_connection([this, job] { transmit(job); }));
        return;
    }
    if (code == stale_addressing && !job->is_request && !job->is_readdressed) {
        readdress(job);
        return;
    }
    job->is_refused = true;
    if (!job->is_request) {
        RecordOverlay step{core_.records};
        forget_receivers(step, job->message.chat);
        // What came with the message went nowhere either.
        if (goes_to_many(job->message.chat)) forget_key_holders(step, job->message.chat);
        core_.store(std::move(step));
    }
    if (code == time_locked && !job->is_request)
        ask_unlock(job);
    else
        reject(job, {code, std::nullopt});
}

/// What is known of the chat is asked for anew, and the message encrypted once more, under the same id: the
/// one that was refused has reached nobody.
void Outbox::readdress(JobPtr const& job)
{
    job->is_readdressed = true;
    awaiting_.erase(job->wire_id);
    job->entry.stanza.clear();
    job->is_stanza_durable = false;
    job->sent = {};
    RecordOverlay step{core_.records};
    forget_receivers(step, job->message.chat);
    if (goes_to_many(job->message.chat)) forget_key_holders(step, job->message.chat);
    auto work = Core::unit(std::move(step));
    work.outbox_put.push_back(job->entry);
    core_.store(std::move(work));
    ready_.push_back(job->lane);
    prepare_next();
}

void Outbox::note_time_lock(WallTime until)
{
    policy_.lock(core_.now.wall, until);
    RecordOverlay step{core_.records};
    policy_.save(step);
    if (!step.empty()) core_.store(std::move(step));
    if (until > core_.now.wall) return;
    for (auto& [chat, lane] : lanes_) {
        if (!lane.waits_for || lane.waits_for->why != SendWait::time_lock) continue;
        core_.cancel(lane.pause);
        lane.waits_for.reset();
        ready_.push_back(chat);
    }
    prepare_next();
}

/// The refusal is reported with the end of the lock; once for all that are refused meanwhile.
void Outbox::ask_unlock(JobPtr const& job)
{
    time_locked_.push_back(job);
    if (time_locked_.size() > 1) return;
    auto const id = core_.next_request_id();
    core_.request(id, stanza::reachout_timelock(id), unlock_limit, [this](Result<Node> reply) {
        auto const unlock = reply ? stanza::reachout_unlock(*reply) : std::nullopt;
        if (unlock) note_time_lock(*unlock);
        for (auto const& refused : std::exchange(time_locked_, {}))
            reject(refused, {time_locked, unlock});
    });
}

} // namespace wagate::engine
