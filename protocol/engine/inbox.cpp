#include "protocol/engine/inbox.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/engine/app_state_records.hpp"
#include "protocol/engine/draft.hpp"
#include "protocol/engine/status_posts.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/stanza/prekeys.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

// NACK codes of 7.6.
constexpr int nack_parsing = 487;
constexpr int nack_protobuf = 491;

constexpr std::uint32_t max_prekey_id = (1u << 24) - 1;

/// Changes of other messages say so, because only those who can open them know more.
bool is_hidden(Node const& stanza)
{
    auto const is_part = [](Node const& child) { return child.tag == "enc"; };
    auto const& children = stanza.children();
    return std::any_of(children.begin(), children.end(), is_part) &&
           std::all_of(children.begin(), children.end(), [&](Node const& child) {
               return !is_part(child) || child.text("decrypt-fail") == "hide";
           });
}

/// The same message again, and not another one under the same name.
bool is_same(Message const& known, Message const& message)
{
    return known.from_me == message.from_me && (!message.chat.is_group() || known.sender == message.sender);
}

} // namespace

int retry_reason(ErrorCode failure)
{
    if (failure == signal::SignalErrc::no_session) return 1;
    if (failure == signal::SignalErrc::invalid_key) return 2;
    if (failure == signal::SignalErrc::invalid_key_id) return 3;
    if (failure == signal::SignalErrc::invalid_message) return 4;
    if (failure == signal::SignalErrc::too_far_ahead) return 6;
    if (failure == pairing::PairingErrc::signature_mismatch || failure == pairing::PairingErrc::malformed)
        return 12;
    return 0;
}

void Inbox::on_message(Node const& stanza)
{
    auto source = stanza::parse_source(stanza, core_.account.own_phone(), core_.account.own_lid());
    if (!source) {
        core_.send(stanza::make_nack(stanza, nack_parsing));
        return;
    }
    // Only the own account has peers; from anybody else this is a message like others.
    source->is_peer = source->is_peer && source->from_me;
    // Channels arrive in plain text and are acknowledged, not receipted (7.6).
    auto const hash = stanza::stanza_hash(stanza);
    if (core_.reader.was_seen(hash)) {
        answer(stanza, *source, false);
        return;
    }
    if (stanza.child("enc") == nullptr) {
        if (stanza.child("unavailable") != nullptr)
            take_unavailable(stanza, *source);
        else
            core_.send(
                stanza::make_ack(stanza)); // of a kind that needs no decryption: nothing for this device
        return;
    }

    RecordOverlay step{core_.records};
    directory_.learn_pair(step, source->sender, source->sender_alt);
    directory_.learn_pair(step, source->chat, source->chat_alt);
    auto const opened = open_parts(step, stanza, *source);
    auto const is_duplicate = opened.failure == signal::SignalErrc::duplicate_message;

    if (opened.failure && !is_duplicate && opened.content &&
        std::holds_alternative<message::Nothing>(opened.typed.body)) {
        // The key distribution could be opened, the message itself could not.
        ask_again(std::move(step), stanza, *source, opened.failure);
        return;
    }
    if (!opened.content) {
        if (is_duplicate) {
            // An old counter: it was handled before, though perhaps that is not durable yet.
            core_.after_stores(core_.on_this_connection(
                [this, stanza, source = *source] { answer(stanza, source, false); }));
        } else if (!opened.any_known) {
            core_.send(stanza::make_ack(stanza));
        } else if (opened.malformed) {
            UnitOfWork work = Core::unit(std::move(step));
            work.seen.push_back(hash);
            // A refused status can stall the whole offline queue (7.6).
            auto const is_status = source->chat.is_broadcast();
            core_.store(std::move(work), core_.on_this_connection([this, stanza, is_status] {
                core_.send(is_status ? stanza::make_ack(stanza) : stanza::make_nack(stanza, nack_protobuf));
            }));
        } else {
            ask_again(std::move(step), stanza, *source, opened.failure);
        }
        return;
    }

    auto const& content = *opened.content;
    UnitOfWork work;
    auto recovered = false;
    if (source->from_me && !content.phone.empty() && source->sender.device == 0) {
        take_phone_content(step, content.phone);
        if (content.phone.is_history_notification)
            core_.history_notified(step, source->id, content.phone.history);
        for (auto const& resent : content.phone.resent)
            take_resent(work, step, resent);
        if (content.phone.recovered) recovered = core_.recovery_answered(step, *content.phone.recovered);
    }
    deliver(work, step, *source, content, opened.typed);
    work.records = step.take_changes();
    work.seen.push_back(hash);
    auto const history = content.phone.is_history_notification;
    auto reply = core_.on_this_connection(
        [this, stanza, source = *source, history] { answer(stanza, source, history); });
    core_.store(std::move(work), std::move(reply));
    waiting_.stored();
    if (history) core_.history_stored();
    if (recovered) core_.recovery_stored();
    if (!content.phone.app_state_keys.empty() && source->from_me && source->sender.device == 0) {
        for (auto const& listener : core_.when_app_state_keys)
            listener();
    }
}

Inbox::Opened Inbox::open_parts(RecordOverlay& step, Node const& stanza,
                                stanza::MessageSource const& source) const
{
    Opened opened;
    for (auto const& part : stanza::enc_parts(stanza)) {
        if (!part.kind) continue;
        opened.any_known = true;
        auto plain = decrypt(step, stanza, source, part);
        if (!plain) {
            opened.failure = plain.error();
            continue;
        }
        ByteView body = *plain;
        if (part.version == 2) {
            auto const unpadded = message::unpad(body);
            if (!unpadded) {
                opened.malformed = true;
                continue;
            }
            body = *unpadded;
        }
        auto content = message::parse_content(body);
        if (!content) {
            opened.malformed = true;
            continue;
        }
        if (content->distribution) {
            signal::SenderKeyName const name{source.chat.to_string(),
                                             signal::Address::of(directory_.canonical(source.sender))};
            // A bad distribution shows itself when the group message does not open.
            (void)signal::process_sender_key_distribution(step, name, content->distribution->bytes);
        }
        // Only the own account may speak for itself (5.8 rule 4).
        if (content->device_sent_to && !source.from_me) content->device_sent_to.reset();
        auto typed = message::parse_body(content->message);
        if (opened.content && std::holds_alternative<message::Nothing>(typed.body)) continue;
        opened.content = std::move(content);
        opened.typed = std::move(typed);
    }
    return opened;
}

Result<Bytes> Inbox::decrypt(RecordOverlay& step, Node const& stanza, stanza::MessageSource const& source,
                             stanza::EncPart const& part) const
{
    // `step` may already hold a new mapping, so it is asked instead of the directory.
    auto sender = source.sender;
    if (sender.is_phone()) {
        if (auto const lid = step.read(RecordKind::lid_of_phone, sender.user); lid && !lid->empty())
            sender = Jid{to_text(*lid),
                         sender.server == JidServer::hosted ? JidServer::hosted_lid : JidServer::lid,
                         sender.device};
    }
    auto const address = signal::Address::of(sender);
    if (*part.kind == signal::CiphertextKind::sender_key_message)
        return signal::group_decrypt(step, signal::SenderKeyName{source.chat.to_string(), address},
                                     part.ciphertext);

    RecordOverlay attempt{step};
    auto plain = signal::decrypt(attempt, core_.account.identity, address, *part.kind, part.ciphertext);
    if (plain && *part.kind == signal::CiphertextKind::prekey_message && sender.device != 0)
        WAGATE_CHECK_OK(verify_sender(step, stanza, sender, part));
    if (plain) {
        step.absorb(std::move(attempt));
        return plain;
    }
    if (sender != source.sender && signal::has_session(step, signal::Address::of(source.sender))) {
        // State that was left under the phone number, for example by a crash between learning and moving.
        RecordOverlay legacy{step};
        auto old = signal::decrypt(legacy, core_.account.identity, signal::Address::of(source.sender),
                                   *part.kind, part.ciphertext);
        if (old) {
            signal::move_records(legacy, signal::Address::of(source.sender), address);
            step.absorb(std::move(legacy));
            return old;
        }
    }
    return plain;
}

Result<void> Inbox::verify_sender(RecordOverlay const& step, Node const& stanza, Jid const& sender,
                                  stanza::EncPart const& part) const
{
    auto const* node = stanza.child("device-identity");
    if (node == nullptr) return make_error_code(pairing::PairingErrc::malformed);
    WAGATE_TRY(auto identity, pairing::parse_signed_identity(node->bytes()));
    auto const key = signal::identity_in_prekey_message(part.ciphertext);
    if (!key) return make_error_code(pairing::PairingErrc::malformed);
    Bytes account_key;
    if (auto const primary = signal::stored_identity(step, signal::Address::of(sender.with_device(0))))
        account_key = to_bytes(*primary);
    return pairing::verify_companion(identity, *key, account_key);
}

void Inbox::deliver(UnitOfWork& work, RecordOverlay& step, stanza::MessageSource const& source,
                    message::Content const& content, message::TypedMessage const& typed)
{
    if (!source.from_me) chat_log_.named(work, source.sender, source.push_name, source.verified_name);
    auto const awaited = waiting_.find(source);
    if (awaited) waiting_.done(work, awaited->key);
    if (source.is_peer) return;

    auto chat = source.chat;
    if (source.from_me && content.device_sent_to && !chat.is_group() && !chat.is_broadcast())
        chat = content.device_sent_to->bare();
    auto message = envelope(step, source, chat);
    describe(message, typed, content.message);

    auto const holder = find(work, message);
    auto const announced = holder && holder->kind == MessageKind::waiting;
    if (holder && !announced && is_same(*holder, message)) return;
    // A name can be taken: whoever reuses another's must not replace that one's message.
    auto const is_free = !holder || (announced && is_same(*holder, message));
    if (message.kind != MessageKind::control) {
        auto later = alterations_.make_good(step, message);
        if (is_free) {
            work.messages.push_back(message);
            chat_log_.appeared(work, message);
        }
        work.events.push_back(Event{core_.now.wall, MessageAppeared{std::move(message)}});
        for (auto& event : later)
            work.events.push_back(Event{core_.now.wall, std::move(event)});
        return;
    }
    auto const concerns = Alterations::concerns(typed.body);
    // What was announced is resolved, also when it turns out not to be a message of its own.
    if (!concerns && !announced) return;
    if (is_free) work.messages.push_back(message);
    if (announced) work.events.push_back(Event{core_.now.wall, MessageAppeared{message}});
    if (concerns) alterations_.apply(work, step, message);
}

Message Inbox::envelope(RecordOverlay const& step, stanza::MessageSource const& source, Jid const& chat) const
{
    auto const lid_form = [&](Jid const& jid) {
        if (!jid.is_phone()) return jid.bare();
        auto const lid = step.read(RecordKind::lid_of_phone, jid.user);
        return lid && !lid->empty() ? Jid::hidden(to_text(*lid)) : Jid::phone(jid.user);
    };
    auto const phone_form = [&](Jid const& jid) -> std::optional<Jid> {
        if (jid.is_phone()) return Jid::phone(jid.user);
        if (!jid.is_lid()) return std::nullopt;
        auto const phone = step.read(RecordKind::phone_of_lid, jid.user);
        if (!phone || phone->empty()) return std::nullopt;
        return Jid::phone(to_text(*phone));
    };
    Message message;
    message.chat = lid_form(chat);
    message.chat_phone = phone_form(chat);
    message.id = source.id;
    message.from_me = source.from_me;
    message.sender = lid_form(source.sender);
    message.sender_phone = phone_form(source.sender);
    message.timestamp = source.timestamp;
    message.push_name = source.push_name;
    message.origin = MessageOrigin::app;
    message.ack = source.from_me ? Ack::server : Ack::device;
    return message;
}

std::optional<Message> Inbox::find(UnitOfWork const& work, Message const& message) const
{
    for (auto const& chat : {std::optional{message.chat}, message.chat_phone}) {
        if (!chat) continue;
        for (auto const& known : work.messages)
            if (known.chat == *chat && known.id == message.id) return known;
        if (auto known = core_.messages.find(*chat, message.id)) return known;
    }
    return std::nullopt;
}

bool Inbox::is_known(Message const& message) const
{
    auto const known = find({}, message);
    return known && known->kind != MessageKind::waiting && is_same(*known, message);
}

void Inbox::take_resent(UnitOfWork& work, RecordOverlay& step, message::ResentMessage const& resent)
{
    auto const entry = waiting_.find_answered(resent);
    if (!entry) return; // it came from its sender, or nobody asked
    auto const node = binary::decode(entry->stanza);
    if (!node) return;
    auto source = stanza::parse_source(*node, core_.account.own_phone(), core_.account.own_lid());
    auto content = message::parse_content(resent.content);
    if (!source || source->id != resent.id || !content) return;
    if (!source->from_me) content->device_sent_to.reset();
    if (source->push_name.empty()) source->push_name = resent.push_name;
    if (source->timestamp == WallTime{}) source->timestamp = resent.timestamp;
    deliver(work, step, *source, *content, message::parse_body(content->message));
}

void Inbox::take_phone_content(RecordOverlay& step, message::PhoneContent const& phone)
{
    for (auto const& key : phone.app_state_keys)
        store_app_state_key(step, key.id, key.data);
    for (auto const& [number, lid] : phone.lid_mappings)
        directory_.learn(step, Jid::phone(number), Jid::hidden(lid));
}

void Inbox::answer(Node const& stanza, stanza::MessageSource const& source, bool history) const
{
    using stanza::ReceiptType;
    if (source.chat.is_newsletter()) {
        core_.send(stanza::make_ack(stanza));
        return;
    }
    auto const own_state = core_.online_presence ? ReceiptType::delivered : ReceiptType::inactive;
    auto const type = source.is_peer   ? ReceiptType::peer_msg
                      : source.from_me ? ReceiptType::sender
                                       : own_state;
    if (history) core_.send(stanza::make_receipt(stanza, ReceiptType::hist_sync));
    core_.send(stanza::make_receipt(stanza, type));
}

bool Inbox::announce(UnitOfWork& work, RecordOverlay const& step, Node const& stanza,
                     stanza::MessageSource const& source, bool is_waiting) const
{
    if (source.is_peer) return true;
    auto message = envelope(step, source, source.chat);
    message.kind = MessageKind::waiting;
    if (is_known(message)) return false;
    if (is_hidden(stanza)) return true;
    if (is_waiting || core_.messages.find(message.chat, message.id)) return true; // announced before
    work.messages.push_back(message);
    work.events.push_back(Event{core_.now.wall, MessageAppeared{std::move(message)}});
    return true;
}

void Inbox::take_unavailable(Node const& stanza, stanza::MessageSource const& source)
{
    auto acknowledge = core_.on_this_connection([this, stanza] { core_.send(stanza::make_ack(stanza)); });
    RecordOverlay step{core_.records};
    directory_.learn_pair(step, source.sender, source.sender_alt);
    directory_.learn_pair(step, source.chat, source.chat_alt);
    UnitOfWork work;
    if (waiting_.find(source) || !announce(work, step, stanza, source, false)) {
        core_.after_stores(
            std::move(acknowledge)); // it is here, or waited for, though perhaps not durably yet
        return;
    }
    auto const key = WaitingRoom::key_of(source);
    waiting_.put(work, WaitingStanza{key, binary::encode(stanza), 0, {}, core_.now.wall});
    work.records = step.take_changes();
    core_.store(std::move(work), std::move(acknowledge));
    waiting_.stored();
    waiting_.ask_later(key, Milliseconds{0}); // nobody else can help
}

void Inbox::ask_again(RecordOverlay&& step, Node const& stanza, stanza::MessageSource const& source,
                      ErrorCode failure)
{
    if (source.chat.is_status() && core_.now.wall - source.timestamp >= StatusPosts::lifetime) {
        core_.send(stanza::make_ack(stanza)); // nobody would see it any more
        return;
    }
    auto const known = waiting_.find(source);
    auto entry = known.value_or(
        WaitingStanza{WaitingRoom::key_of(source), binary::encode(stanza), 0, {}, core_.now.wall});
    auto count = entry.retries;
    for (auto const& part : stanza::enc_parts(stanza))
        count = std::max(count, part.retry_count);
    ++count;

    UnitOfWork work;
    auto const is_wanted = announce(work, step, stanza, source, known.has_value());
    auto const asks = is_wanted && count <= max_retries;
    std::optional<Node> receipt;
    if (asks) receipt = retry_receipt(step, stanza, source, count, failure);
    if (is_wanted && (!known || asks)) {
        entry.retries = std::min(count, max_retries);
        waiting_.put(work, entry);
    }
    work.records = step.take_changes();
    // Acknowledged in any case, so that the server does not deliver it for ever; never refused (7.6).
    auto answers = core_.on_this_connection([this, stanza, receipt = std::move(receipt)] {
        if (receipt) core_.send(*receipt);
        core_.send(stanza::make_ack(stanza));
    });
    if (work.empty())
        core_.after_stores(std::move(answers));
    else
        core_.store(std::move(work), std::move(answers));
    waiting_.stored();
    if (is_wanted && !known) waiting_.ask_later(entry.key, WaitingRoom::patience);
}

Node Inbox::retry_receipt(RecordOverlay& step, Node const& stanza, stanza::MessageSource const& source,
                          int count, ErrorCode failure)
{
    Node receipt{"receipt"};
    receipt.set("id", source.id.value).set("to", source.from).set("type", "retry");
    for (auto const attribute : {"participant", "recipient"})
        if (auto const jid = stanza.jid(attribute)) receipt.set(attribute, *jid);
    if (source.is_peer) receipt.set("category", "peer");
    Node retry{"retry"};
    retry.set("count", std::int64_t{count})
        .set("id", source.id.value)
        .set("t", stanza.text("t"))
        .set("v", "1");
    if (auto const reason = retry_reason(failure); reason != 0) retry.set("error", std::int64_t{reason});
    receipt.add(std::move(retry));
    receipt.add(Node{"registration"}.with_bytes(big_endian(core_.account.identity.registration_id, 4)));
    // Keys from the second request on, or at once when the sender has to build a new session anyway (5.9).
    if (count > 1 || failure == signal::SignalErrc::no_session ||
        failure == signal::SignalErrc::invalid_key_id) {
        auto const one_time = signal::generate_prekeys(core_.account.next_prekey_id, 1, core_.random).front();
        core_.account.next_prekey_id = core_.account.next_prekey_id % max_prekey_id + 1;
        signal::store_prekey(step, one_time);
        core_.account.save(step);
        Node keys{"keys"};
        keys.add(Node{"type"}.with_bytes(Bytes{5}));
        keys.add(Node{"identity"}.with_bytes(to_bytes(core_.account.identity.identity.public_key)));
        keys.add(stanza::prekey_node(one_time.id, one_time.keys.public_key));
        keys.add(stanza::signed_prekey_node(core_.account.signed_prekey));
        keys.add(Node{"device-identity"}.with_bytes(core_.account.signed_device_identity));
        receipt.add(std::move(keys));
    }
    return receipt;
}

} // namespace wagate::engine
