#include "protocol/engine/outbox.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/message/identifiers.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/stanza/iq.hpp"
#include "protocol/stanza/message.hpp"
#include "protocol/stanza/prekeys.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_found = 404;
constexpr int not_paired = 401;
constexpr int unavailable = 503;
constexpr int max_refusals = 5;
constexpr int max_server_retries = 3;
constexpr auto server_retry_delay = std::chrono::seconds{5};

bool is_temporary(int code)
{
    return code == 500 || code == 503;
}

} // namespace

void ensure_sessions(Core& core, std::vector<Jid> devices, std::function<void(ErrorCode)> done)
{
    std::erase_if(devices, [&](Jid const& device) {
        return signal::has_session(core.records, signal::Address::of(device));
    });
    if (devices.empty()) {
        done({});
        return;
    }
    auto const id = core.next_request_id();
    core.request(id, stanza::fetch_bundles(id, devices), [&core, done = std::move(done)](Result<Node> reply) {
        if (auto const failure = failure_of(reply)) {
            done(failure);
            return;
        }
        auto const fetched = stanza::parse_bundles(*reply);
        RecordOverlay step{core.records};
        // Device 0 first: its identity is the account key that companions are verified against.
        for (auto const primary_pass : {true, false}) {
            for (auto const& entry : fetched) {
                if ((entry.device.device == 0) != primary_pass || !entry.bundle) continue;
                if (entry.device.device != 0 && entry.device_identity) {
                    auto const account =
                        signal::stored_identity(step, signal::Address::of(entry.device.with_device(0)));
                    Bytes const account_key = account ? to_bytes(*account) : Bytes{};
                    if (!pairing::verify_companion(*entry.device_identity, entry.bundle->identity,
                                                   account_key))
                        continue;
                }
                (void)signal::process_bundle(step, core.account.identity, signal::Address::of(entry.device),
                                             *entry.bundle);
            }
        }
        if (!step.empty()) core.store(std::move(step));
        done({});
    });
}

void Outbox::restore()
{
    for (auto& entry : core_.reader.outbox()) {
        auto job = std::make_shared<Job>();
        job->entry = entry;
        auto message = core_.reader.find_message(entry.chat, entry.id);
        if (!message) continue;
        job->message = std::move(*message);
        job->order = next_order_++;
        job->is_stanza_durable = true;
        if (job->entry.stanza.empty())
            queue_.push_back(job);
        else
            awaiting_[job->entry.id.value] = job;
    }
}

void Outbox::submit(TextDraft draft)
{
    intake_.push_back(std::move(draft));
    if (intake_.size() == 1) take_in();
}

/// A number that was never written to is looked up before anything is promised, so that the message is kept
/// under the address it will have on the wire, and a number without an account is refused without a trace.
/// One at a time: what is submitted first is accepted first.
void Outbox::take_in()
{
    while (!intake_.empty()) {
        auto const chat = intake_.front().chat.bare();
        if (core_.active && chat.is_phone() && !directory_.lid_of(chat)) {
            directory_.resolve_phone(chat, [this](Result<std::optional<Jid>> found) {
                auto draft = std::move(intake_.front());
                intake_.pop_front();
                if (found && !*found) {
                    refuse(draft);
                } else {
                    // As the server spells the number; without an answer the lookup is repeated before
                    // sending.
                    if (found) draft.chat = directory_.phone_of(**found).value_or(**found);
                    accept(std::move(draft));
                }
                take_in();
            });
            return;
        }
        auto draft = std::move(intake_.front());
        intake_.pop_front();
        accept(std::move(draft));
    }
}

void Outbox::refuse(TextDraft const& draft)
{
    Message message;
    message.chat = draft.chat;
    message.id = draft.id;
    if (draft.command != 0)
        core_.emit(SendReport{draft.command, SendStage::rejected, std::move(message), not_found});
}

void Outbox::accept(TextDraft draft)
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
    message.sender = message.chat.is_lid() && !own.lid.user.empty() ? own.lid.bare() : own.phone.bare();
    message.sender_phone = own.phone.bare();
    message.timestamp = core_.now.wall;
    message.push_name = own.push_name;
    message.kind = MessageKind::text;
    message.origin = MessageOrigin::api;
    message.body = draft.text;
    message.ack = Ack::pending;

    message::TextContent content{draft.text, std::nullopt, {}, draft.mentions};
    if (draft.reply_to) {
        auto quoted = core_.reader.find_message(message.chat, *draft.reply_to);
        if (!quoted && message.chat_phone)
            quoted = core_.reader.find_message(*message.chat_phone, *draft.reply_to);
        content.quoted = QuotedMessage{*draft.reply_to, quoted ? quoted->sender : message.chat,
                                       quoted ? quoted->body : std::string{}};
        if (quoted) content.quoted_content = quoted->content;
    }
    message.quoted = content.quoted;
    message.content = message::make_text(content);
    job->entry = OutboxEntry{message.id, message.chat, {}, core_.now.wall};

    UnitOfWork work;
    work.messages.push_back(message);
    work.outbox_put.push_back(job->entry);
    if (draft.key) work.idempotency.push_back({*draft.key, message.chat, message.id});
    core_.store(std::move(work), [this, job] {
        report(job, SendStage::accepted);
        job->order = next_order_++;
        queue_.push_back(job);
        if (core_.account.is_paired())
            prepare_next();
        else
            reject(job, not_paired);
    });
}

void Outbox::on_active()
{
    preparing_ = false;
    core_.cancel(pause_);
    std::vector<JobPtr> unacknowledged;
    for (auto const& [id, job] : awaiting_)
        if (job->is_stanza_durable) unacknowledged.push_back(job); // the others follow their commit
    std::sort(unacknowledged.begin(), unacknowledged.end(),
              [](JobPtr const& a, JobPtr const& b) { return a->order < b->order; });
    for (auto const& job : unacknowledged)
        core_.send_encoded(job->entry.stanza);
    prepare_next();
}

void Outbox::on_disconnected()
{
    preparing_ = false;
}

void Outbox::prepare_next()
{
    if (in_prepare_) return;
    in_prepare_ = true; // a loop: thousands of messages that need no request must not nest
    while (!preparing_ && pause_ == 0 && core_.active && !queue_.empty()) {
        preparing_ = true;
        resolve(queue_.front());
    }
    in_prepare_ = false;
}

void Outbox::pause(JobPtr const& job, ErrorCode reason)
{
    if (reason == EngineErrc::refused && ++job->refusals >= max_refusals) {
        reject(job, unavailable);
        return;
    }
    // The job stays at the front; on_active or the next attempt takes it up again.
    preparing_ = false;
    if (!core_.active || pause_ != 0) return;
    pause_ = core_.after(server_retry_delay, [this] {
        pause_ = 0;
        prepare_next();
    });
}

void Outbox::abandon(UnitOfWork& work)
{
    for (auto const& [id, job] : std::exchange(awaiting_, {}))
        queue_.push_back(job);
    for (auto const& job : std::exchange(queue_, {})) {
        mark_failed(work, *job, not_paired);
        report(job, SendStage::rejected, not_paired);
    }
    preparing_ = false;
    core_.cancel(pause_);
}

void Outbox::resolve(JobPtr const& job)
{
    auto const& chat = job->entry.chat;
    auto const known = directory_.canonical(chat);
    if (known.is_lid()) {
        with_recipient(job, known);
        return;
    }
    directory_.resolve_phone(chat, [this, job](Result<std::optional<Jid>> found) {
        if (!found)
            pause(job, found.error());
        else if (!*found)
            reject(job, not_found);
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
        to.set("jid", device).add(stanza::enc_node(*ciphertext));
        participants.add(std::move(to));
    }
    if (!reached_recipient) {
        directory_.forget_devices(step, recipient);
        core_.store(std::move(step));
        reject(job, not_found);
        return;
    }
    Node stanza{"message"};
    stanza.set("to", recipient).set("id", job->entry.id.value).set("type", "text");
    if (auto const phone = directory_.phone_of(recipient)) stanza.set("peer_recipient_pn", *phone);
    stanza.add(std::move(participants));
    if (any_prekey) stanza.add(Node{"device-identity"}.with_bytes(core_.account.signed_device_identity));
    job->entry.stanza = binary::encode(stanza);

    auto work = Core::unit(std::move(step));
    work.outbox_put.push_back(job->entry);
    awaiting_[job->entry.id.value] = job;
    if (!queue_.empty() && queue_.front() == job) queue_.pop_front();
    // D2: the advanced ratchets and the exact bytes are durable before a byte leaves.
    core_.store(std::move(work), [this, job] {
        job->is_stanza_durable = true;
        if (core_.active && awaiting_.contains(job->entry.id.value)) core_.send_encoded(job->entry.stanza);
    });
    preparing_ = false;
    prepare_next();
}

void Outbox::reject(JobPtr const& job, int code)
{
    if (!queue_.empty() && queue_.front() == job) {
        queue_.pop_front();
        preparing_ = false;
    }
    awaiting_.erase(job->entry.id.value);
    UnitOfWork work;
    mark_failed(work, *job, code);
    core_.store(std::move(work), [this, job, code] { report(job, SendStage::rejected, code); });
    prepare_next();
}

void Outbox::mark_failed(UnitOfWork& work, Job& job, int code) const
{
    job.message.ack = Ack::error;
    work.acks.push_back({job.message.chat, job.message.id, Ack::error});
    work.outbox_done.push_back(job.entry.id);
    MessageAcknowledged acknowledged{
        job.message.chat, job.message.chat_phone, job.message.id,      true, std::nullopt,
        Ack::error,       core_.now.wall,         std::to_string(code)};
    work.events.push_back(Event{core_.now.wall, std::move(acknowledged)});
}

void Outbox::report(JobPtr const& job, SendStage stage, int code)
{
    if (job->command != 0) core_.emit(SendReport{job->command, stage, job->message, code});
}

void Outbox::on_ack(Node const& ack)
{
    auto const found = awaiting_.find(ack.text("id"));
    if (found == awaiting_.end()) return;
    auto const job = found->second;
    if (auto const error = ack.integer("error"); error && *error != 0)
        on_refused(job, static_cast<int>(*error));
    else
        on_server_ack(job, ack);
}

void Outbox::on_delivered(MessageId const& id)
{
    if (auto const found = awaiting_.find(id.value); found != awaiting_.end())
        on_server_ack(JobPtr{found->second}, Node{"ack"});
}

void Outbox::on_server_ack(JobPtr const& job, Node const& ack)
{
    awaiting_.erase(job->entry.id.value);
    RecordOverlay step{core_.records};
    if (ack.has("phash")) {
        // The server knows other devices than we addressed (5.4): ask again before the next message.
        directory_.forget_devices(step, job->message.chat);
        directory_.forget_devices(step, core_.account.own_phone());
    }
    job->message.ack = Ack::server;
    if (auto const t = ack.integer("t")) job->message.timestamp = wall_from_seconds(*t);
    auto work = Core::unit(std::move(step));
    work.messages.push_back(job->message);
    work.outbox_done.push_back(job->entry.id);
    work.events.push_back(Event{core_.now.wall, MessageAppeared{job->message}});
    work.events.push_back(Event{core_.now.wall, MessageAcknowledged{job->message.chat,
                                                                    job->message.chat_phone,
                                                                    job->message.id,
                                                                    true,
                                                                    std::nullopt,
                                                                    Ack::server,
                                                                    job->message.timestamp,
                                                                    {}}});
    core_.store(std::move(work), [this, job] { report(job, SendStage::sent); });
}

void Outbox::on_refused(JobPtr const& job, int code)
{
    if (is_temporary(code) && job->server_retries < max_server_retries) {
        ++job->server_retries;
        core_.after(server_retry_delay, [this, job] {
            if (core_.active && awaiting_.contains(job->entry.id.value))
                core_.send_encoded(job->entry.stanza);
        });
        return;
    }
    RecordOverlay step{core_.records};
    directory_.forget_devices(step, job->message.chat);
    core_.store(std::move(step));
    reject(job, code);
}

} // namespace wagate::engine
