#include "protocol/engine/receipts.hpp"

#include "protocol/engine/envelope.hpp"
#include "protocol/engine/sessions.hpp"
#include "protocol/message/content.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/stanza/prekeys.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

std::optional<Ack> progress_of(std::string_view type)
{
    if (type.empty() || type == "inactive" || type == "active") return Ack::device;
    if (type == "read") return Ack::read;
    if (type == "played") return Ack::played;
    return std::nullopt;
}

} // namespace

void Receipts::on_receipt(Node const& node)
{
    auto const receipt = stanza::parse_receipt(node);
    if (!receipt) {
        core_.send(stanza::make_ack(node));
        return;
    }
    if (receipt->type == "retry") {
        on_retry(node, *receipt);
        return;
    }
    auto const ack = progress_of(receipt->type);
    if (!ack) {
        core_.send(stanza::make_ack(node));
        return;
    }
    on_progress(node, *receipt, *ack);
}

std::optional<Message> Receipts::find(Jid const& chat, MessageId const& id) const
{
    auto const lid = directory_.canonical(chat);
    if (auto found = core_.reader.find_message(lid, id)) return found;
    auto const phone = chat.is_phone() ? std::optional{chat} : directory_.phone_of(chat);
    if (phone) return core_.reader.find_message(phone->bare(), id);
    return std::nullopt;
}

bool Receipts::is_news(MessageId const& id, Ack ack)
{
    for (auto& [known, level] : recent_) {
        if (known != id) continue;
        if (level >= ack) return false;
        level = ack;
        return true;
    }
    if (recent_.size() == remembered_acks) recent_.pop_front();
    recent_.emplace_back(id, ack);
    return true;
}

void Receipts::on_progress(Node const& node, stanza::IncomingReceipt const& receipt, Ack ack)
{
    auto const from = receipt.from.bare();
    // Read or delivered on another device of ours: nothing about the peer.
    if (from == core_.account.own_phone().bare() || from == core_.account.own_lid().bare()) {
        core_.send(stanza::make_ack(node));
        return;
    }
    UnitOfWork work;
    for (auto const& id : receipt.ids) {
        auto const message = find(from, id);
        if (!message || !message->from_me) continue;
        delivered_(id);
        if (message->ack >= ack || !is_news(id, ack)) continue;
        work.acks.push_back({message->chat, id, ack});
        MessageAcknowledged acknowledged{message->chat, message->chat_phone, id, true, std::nullopt,
                                         ack,           receipt.timestamp,   {}};
        if (message->chat.is_group() && receipt.participant)
            acknowledged.participant = receipt.participant->bare();
        work.events.push_back(Event{core_.now.wall, std::move(acknowledged)});
    }
    auto acknowledge = core_.on_this_connection([this, node] { core_.send(stanza::make_ack(node)); });
    if (work.empty())
        core_.after_stores(std::move(acknowledge)); // what it repeats may not be durable yet
    else
        core_.store(std::move(work), std::move(acknowledge));
}

void Receipts::mark_read(Jid const& chat, std::optional<Jid> const& participant,
                         std::vector<MessageId> const& ids)
{
    if (!ids.empty())
        core_.send(stanza::make_read_receipt(directory_.canonical(chat), participant, ids, core_.now.wall));
}

void Receipts::on_retry(Node const& node, stanza::IncomingReceipt const& receipt)
{
    auto const* retry = node.child("retry");
    auto const count = retry != nullptr ? static_cast<int>(retry->integer("count").value_or(1)) : 1;
    auto const& id = receipt.ids.front();
    auto const device = directory_.canonical(receipt.participant.value_or(receipt.from));
    auto const own =
        device.bare() == core_.account.own_lid().bare() || device.bare() == core_.account.own_phone().bare();
    auto const chat = own && receipt.recipient ? receipt.recipient->bare() : receipt.from.bare();
    auto const message = find(chat, id);
    if (!message || !message->from_me || message->content.empty() || count > max_resends) {
        core_.send(stanza::make_ack(node));
        return;
    }
    RecordOverlay step{core_.records};
    repair_session(step, node, device, id, count);
    if (!step.empty()) core_.store(std::move(step));
    ensure_sessions(core_, {device}, [this, node, message = *message, device, count](ErrorCode error) {
        // Without an ack the server delivers the request again, at the latest after the next login.
        if (error == EngineErrc::link_lost || error == EngineErrc::timed_out) return;
        resend(node, message, device, count);
    });
}

void Receipts::repair_session(RecordOverlay& step, Node const& node, Jid const& device, MessageId const& id,
                              int count)
{
    auto const address = signal::Address::of(device);
    auto const* registration = node.child("registration");
    auto const registration_bytes = registration != nullptr ? registration->bytes() : ByteView{};
    if (auto const* keys = node.child("keys")) {
        auto const bundle = stanza::parse_bundle(*keys, registration_bytes);
        if (!bundle) return;
        if (device.device != 0) {
            auto const* identity_node = keys->child("device-identity");
            auto const identity =
                identity_node != nullptr
                    ? pairing::parse_signed_identity(identity_node->bytes())
                    : Result<pairing::SignedDeviceIdentity>{pairing::PairingErrc::malformed};
            auto const account = signal::stored_identity(step, signal::Address::of(device.with_device(0)));
            Bytes const account_key = account ? to_bytes(*account) : Bytes{};
            if (!identity || !pairing::verify_companion(*identity, bundle->identity, account_key)) return;
        }
        (void)signal::process_bundle(step, core_.account.identity, address, *bundle);
        return;
    }
    auto const remote = signal::remote_registration_id(step, address);
    if (remote && registration != nullptr && registration_bytes.size() <= 4 &&
        *remote != read_big_endian(registration_bytes)) {
        signal::erase_session(step, address); // another installation behind the same address
        return;
    }
    auto const base = signal::session_base_key(step, address);
    auto const is_same = [&](AskedAgain const& asked) { return asked.id == id && asked.device == device; };
    auto const known = std::find_if(asked_again_.begin(), asked_again_.end(), is_same);
    if (known == asked_again_.end()) {
        if (count < 2) return;
        if (asked_again_.size() == remembered_sessions) asked_again_.pop_front();
        asked_again_.push_back({id, device, base});
    } else if (count == 2) {
        known->base_key = base;
    } else if (count > 2 && known->base_key == base) {
        signal::erase_session(step, address);
    }
}

void Receipts::resend(Node const& node, Message const& message, Jid const& device, int count)
{
    auto const own_bare = device.is_lid() ? core_.account.own_lid().bare() : core_.account.own_phone().bare();
    auto const own_device = device.bare() == own_bare;
    auto const plain =
        own_device ? message::wrap_device_sent(message.chat, message.content) : message.content;
    RecordOverlay step{core_.records};
    auto const ciphertext = signal::encrypt(step, core_.account.identity, signal::Address::of(device),
                                            message::pad(plain, core_.random));
    if (!ciphertext) {
        core_.send(stanza::make_ack(node));
        return;
    }
    Node stanza{"message"};
    auto const traits = message::stanza_traits(message::parse_body(message.content));
    stanza.set("to", node.jid("from").value_or(device))
        .set("id", message.id.value)
        .set("t", unix_seconds(message.timestamp));
    dress(stanza, traits);
    if (!message.chat.is_group()) stanza.set("device_fanout", "false");
    for (auto const attribute : {"participant", "recipient"})
        if (auto const jid = node.jid(attribute)) stanza.set(attribute, *jid);
    stanza.add(message_enc(*ciphertext, traits, count));
    if (ciphertext->kind == signal::CiphertextKind::prekey_message)
        stanza.add(Node{"device-identity"}.with_bytes(core_.account.signed_device_identity));
    core_.store(std::move(step), core_.on_this_connection([this, node, stanza = std::move(stanza)] {
        core_.send(stanza);
        core_.send(stanza::make_ack(node)); // only once it has been handled
    }));
}

} // namespace wagate::engine
