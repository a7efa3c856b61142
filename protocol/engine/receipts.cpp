#include "protocol/engine/receipts.hpp"

#include "protocol/engine/chat_log.hpp"
#include "protocol/engine/envelope.hpp"
#include "protocol/engine/sender_keys.hpp"
#include "protocol/engine/sessions.hpp"
#include "protocol/message/content.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/stanza/prekeys.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

std::optional<Ack> ack_of(std::string_view type)
{
    if (type.empty() || type == "inactive" || type == "active") return Ack::device;
    if (type == "read" || type == "read-self") return Ack::read;
    if (type == "played") return Ack::played;
    return std::nullopt;
}

constexpr std::size_t ids_in_a_receipt = 256;

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
    on_progress(node, *receipt);
}

std::optional<Message> Receipts::find(Jid const& chat, MessageId const& id) const
{
    auto const lid = directory_.canonical(chat);
    if (auto found = core_.messages.find(lid, id)) return found;
    auto const phone = chat.is_phone() ? std::optional{chat} : directory_.phone_of(chat);
    if (phone) return core_.messages.find(phone->bare(), id);
    return std::nullopt;
}

bool Receipts::is_own(Jid const& jid) const
{
    return jid.bare() == core_.account.own_phone().bare() || jid.bare() == core_.account.own_lid().bare();
}

bool Receipts::is_news(Progress const& progress)
{
    for (auto& known : recent_) {
        if (known.id != progress.id || known.member != progress.member) continue;
        if (known.ack >= progress.ack) return false;
        known.ack = progress.ack;
        return true;
    }
    if (recent_.size() == remembered_acks) recent_.pop_front();
    recent_.push_back(progress);
    return true;
}

std::vector<Receipts::Progress> Receipts::progress_of(stanza::IncomingReceipt const& receipt)
{
    std::vector<Progress> found;
    for (auto const& member : receipt.members)
        if (auto const ack = ack_of(member.type))
            found.push_back({member.id, *ack, member.jid.bare(), member.timestamp});
    auto const ack = ack_of(receipt.type);
    if (!receipt.members.empty() || !ack) return found;
    std::optional<Jid> member;
    if (!receipt.from.is_user() && receipt.participant) member = receipt.participant->bare();
    for (auto const& id : receipt.ids)
        found.push_back({id, *ack, member, receipt.timestamp});
    return found;
}

void Receipts::on_progress(Node const& node, stanza::IncomingReceipt const& receipt)
{
    UnitOfWork work;
    auto const from = receipt.from.bare();
    if (is_own(from) || (receipt.participant && is_own(*receipt.participant))) {
        // Read or delivered on another device of ours: nothing about the peer.
        auto const chat = is_own(from) ? receipt.recipient : std::optional{from};
        if (chat && ack_of(receipt.type) == Ack::read) ChatLog::read(work, *chat);
    } else {
        for (auto const& progress : progress_of(receipt))
            if (!progress.member || !is_own(*progress.member)) advance(work, from, progress);
    }
    auto acknowledge = core_.acknowledger(node);
    if (work.empty())
        core_.after_stores(std::move(acknowledge)); // what it repeats may not be durable yet
    else
        core_.store(std::move(work), std::move(acknowledge));
}

void Receipts::advance(UnitOfWork& work, Jid const& chat, Progress const& progress)
{
    auto const message = find(chat, progress.id);
    if (!message || !message->from_me) return;
    delivered_(progress.id);
    auto named = progress;
    if (named.member) named.member = directory_.canonical(*named.member);
    auto const moves = message->ack < named.ack;
    // The message as a whole is as far as its furthest member; each of them is kept and told.
    if ((!moves && !named.member) || !is_news(named)) return;
    if (moves) work.acks.push_back({message->chat, named.id, named.ack});
    if (message->kind == MessageKind::control) return;
    if (named.member)
        work.receipts.push_back(
            {message->chat, named.id, *named.member, static_cast<std::int8_t>(named.ack), named.time});
    MessageAcknowledged acknowledged{message->chat, message->chat_phone, named.id,   true,
                                     named.member,  named.ack,           named.time, {}};
    work.events.push_back(Event{core_.now.wall, std::move(acknowledged)});
}

void Receipts::mark_read(Jid const& chat, std::optional<Jid> const& participant,
                         std::vector<MessageId> const& ids)
{
    tell(chat, participant, ids, stanza::ReceiptType::read);
    if (ids.empty()) return;
    UnitOfWork read;
    ChatLog::read(read, chat);
    core_.store(std::move(read));
}

void Receipts::mark_played(Jid const& chat, std::optional<Jid> const& participant,
                           std::vector<MessageId> const& ids)
{
    tell(chat, participant, ids, stanza::ReceiptType::played);
}

void Receipts::tell(Jid const& chat, std::optional<Jid> const& participant, std::vector<MessageId> const& ids,
                    stanza::ReceiptType type)
{
    auto const to = directory_.canonical(chat);
    for (std::size_t first = 0; first < ids.size(); first += ids_in_a_receipt) {
        auto const count = std::min(ids.size() - first, ids_in_a_receipt);
        std::vector<MessageId> const part(ids.begin() + static_cast<std::ptrdiff_t>(first),
                                          ids.begin() + static_cast<std::ptrdiff_t>(first + count));
        core_.send(stanza::make_read_receipt(to, participant, part, core_.now.wall, type));
    }
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
    RecordOverlay step{core_.records};
    auto plain = own_device ? message::wrap_device_sent(message.chat, message.content) : message.content;
    if (auto const source = core_.audiences.find(message.chat.server); source != core_.audiences.end()) {
        // 5.10: the key of the chat goes along, so that the next messages open too; to nobody who left.
        auto const key = own_sender_key(core_.account, message.chat);
        auto const distribution = signal::sender_key_distribution(step, key);
        if (!distribution ||
            (!own_device && !source->second.contains(message.chat, message.id, device.bare()))) {
            core_.send(stanza::make_ack(node));
            return;
        }
        plain = concat({message.content, message::make_sender_key_distribution(message.chat, *distribution)});
        add_key_holders(step, message.chat, {device});
    }
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
    dress(stanza, traits, message.timestamp);
    if (!message.chat.is_group() && !message.chat.is_broadcast()) stanza.set("device_fanout", "false");
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
