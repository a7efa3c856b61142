#include "protocol/stanza/message.hpp"

#include "protocol/crypto/crypto.hpp"
#include "protocol/stanza/usync.hpp"

namespace wagate::stanza {

using binary::Node;

namespace {

void copy_jid(Node& target, Node const& source, std::string_view key)
{
    if (auto const value = source.jid(key)) target.set(key, *value);
}

/// The other address of a user: from the named attribute, with the device of `like` when it has none.
std::optional<Jid> alternate(Node const& node, std::string_view key, Jid const& like)
{
    auto found = node.jid(key);
    if (!found || !found->is_user()) return std::nullopt;
    if (found->device == 0) found->device = like.device;
    return found;
}

Jid unhosted(Jid jid)
{
    if (jid.server == JidServer::hosted) jid.server = JidServer::user;
    if (jid.server == JidServer::hosted_lid) jid.server = JidServer::lid;
    return jid;
}

} // namespace

std::optional<MessageSource> parse_source(Node const& message, Jid const& own_phone, Jid const& own_lid)
{
    auto const from = message.jid("from");
    auto const id = message.text("id");
    if (!from || id.empty()) return std::nullopt;
    MessageSource source;
    source.from = *from;
    source.id = MessageId{id};
    source.timestamp = wall_from_seconds(message.integer("t").value_or(0));
    source.push_name = message.text("notify");
    if (auto const* name = message.child("verified_name"))
        source.verified_name = verified_name_in(name->bytes());
    source.is_peer = message.text("category") == "peer";
    source.offline = message.has("offline");
    auto const is_own = [&](Jid const& jid) {
        return jid.bare() == own_phone.bare() || (!own_lid.user.empty() && jid.bare() == own_lid.bare());
    };

    if (from->is_group() || from->is_broadcast()) {
        auto const participant = message.jid("participant");
        if (!participant) return std::nullopt;
        source.chat = from->bare();
        source.sender = *participant;
        source.from_me = is_own(*participant);
        source.sender_alt = participant->is_lid() ? alternate(message, "participant_pn", *participant)
                                                  : alternate(message, "participant_lid", *participant);
    } else if (from->is_newsletter()) {
        source.chat = *from;
        source.sender = *from;
    } else if (is_own(*from)) {
        auto const recipient = message.jid("recipient");
        source.chat = recipient.value_or(*from).bare();
        source.sender = *from;
        source.from_me = true;
        if (recipient)
            source.chat_alt = recipient->is_lid() ? alternate(message, "peer_recipient_pn", *recipient)
                                                  : alternate(message, "peer_recipient_lid", *recipient);
    } else {
        source.sender = *from;
        source.chat = unhosted(from->bare());
        source.sender_alt =
            from->is_lid() ? alternate(message, "sender_pn", *from) : alternate(message, "sender_lid", *from);
        if (source.sender_alt) source.chat_alt = source.sender_alt->bare();
    }
    return source;
}

std::vector<EncPart> enc_parts(Node const& message)
{
    std::vector<EncPart> parts;
    for (auto const& child : message.children()) {
        if (child.tag != "enc") continue;
        EncPart part;
        part.type = child.text("type");
        part.kind = signal::kind_from_enc_type(part.type);
        part.ciphertext = to_bytes(child.bytes());
        part.version = static_cast<int>(child.integer("v").value_or(2));
        part.retry_count = static_cast<int>(child.integer("count").value_or(0));
        parts.push_back(std::move(part));
    }
    return parts;
}

bool phone_can_resend(Node const& message)
{
    if (message.text("category") == "peer" || message.child("bot") != nullptr) return false;
    if (auto const from = message.jid("from"); !from || from->is_newsletter()) return false;
    auto const* unavailable = message.child("unavailable");
    return unavailable == nullptr ||
           (unavailable->text("type") != "view_once" && unavailable->text("hosted") != "true");
}

ByteArray<32> stanza_hash(Node const& stanza)
{
    Bytes joined;
    auto const add = [&](ByteView part) {
        append(joined, big_endian(part.size(), 4));
        append(joined, part);
    };
    for (auto const key : {"from", "participant", "id", "type"})
        add(view(stanza.text(key)));
    add(view(stanza.tag));
    for (auto const& part : enc_parts(stanza)) {
        add(view(part.type));
        add(part.ciphertext);
    }
    return crypto::sha256(joined);
}

Node make_ack(Node const& stanza)
{
    Node ack{"ack"};
    ack.set("class", stanza.tag).set("id", stanza.text("id"));
    if (auto const from = stanza.jid("from")) ack.set("to", *from);
    copy_jid(ack, stanza, "participant");
    copy_jid(ack, stanza, "recipient");
    // 7.6: the stanza's type goes along except for messages, and for identity changes (5.11).
    auto const identity_change = stanza.tag == "notification" && stanza.text("type") == "encrypt" &&
                                 stanza.child("identity") != nullptr;
    if (stanza.tag != "message" && stanza.has("type") && !identity_change)
        ack.set("type", stanza.text("type"));
    return ack;
}

Node make_nack(Node const& stanza, int error)
{
    auto ack = make_ack(stanza);
    ack.set("error", std::int64_t{error});
    return ack;
}

Node make_receipt(Node const& message, ReceiptType type)
{
    Node receipt{"receipt"};
    receipt.set("id", message.text("id"));
    if (auto const from = message.jid("from")) receipt.set("to", *from);
    switch (type) {
    case ReceiptType::delivered: break;
    case ReceiptType::inactive: receipt.set("type", "inactive"); break;
    case ReceiptType::sender: receipt.set("type", "sender"); break;
    case ReceiptType::peer_msg: receipt.set("type", "peer_msg"); break;
    case ReceiptType::read: receipt.set("type", "read"); break;
    case ReceiptType::played: receipt.set("type", "played"); break;
    case ReceiptType::hist_sync:
        receipt.set("type", "hist_sync");
        if (auto const from = message.jid("from")) {
            for (auto& attribute : receipt.attributes)
                if (attribute.key == "to") attribute.value = from->bare();
        }
        break;
    }
    copy_jid(receipt, message, "participant");
    if (auto const recipient = message.jid("recipient")) receipt.set("recipient", recipient->bare());
    return receipt;
}

Node make_read_receipt(Jid const& chat, std::optional<Jid> const& participant,
                       std::vector<MessageId> const& ids, WallTime now, ReceiptType type)
{
    Node receipt{"receipt"};
    receipt.set("id", ids.front().value)
        .set("type", type == ReceiptType::played ? "played" : "read")
        .set("to", chat)
        .set("t", unix_seconds(now));
    if (participant) receipt.set("participant", *participant);
    if (ids.size() > 1) {
        Node list{"list"};
        for (std::size_t i = 1; i < ids.size(); ++i)
            list.add(Node{"item"}.set("id", ids[i].value));
        receipt.add(std::move(list));
    }
    return receipt;
}

namespace {

constexpr std::size_t max_receipt_ids = 256;
constexpr std::size_t max_receipt_members = 4096;

void read_members(IncomingReceipt& receipt, Node const& participants)
{
    auto const key = participants.has("key") ? participants.text("key") : participants.text("message_id");
    for (auto const& user : participants.children()) {
        auto const jid = user.jid("jid");
        if (user.tag != "user" || !jid || receipt.members.size() == max_receipt_members) continue;
        auto const t = user.integer("t");
        receipt.members.push_back({MessageId{key.empty() ? receipt.ids.front().value : key}, *jid,
                                   user.has("type") ? user.text("type") : receipt.type,
                                   t ? wall_from_seconds(*t) : receipt.timestamp});
    }
}

} // namespace

std::optional<IncomingReceipt> parse_receipt(Node const& node)
{
    auto const from = node.jid("from");
    auto const id = node.text("id");
    if (!from || id.empty()) return std::nullopt;
    IncomingReceipt receipt;
    receipt.from = *from;
    receipt.participant = node.jid("participant");
    receipt.recipient = node.jid("recipient");
    receipt.type = node.text("type");
    receipt.timestamp = wall_from_seconds(node.integer("t").value_or(0));
    receipt.ids.push_back(MessageId{id});
    if (auto const* list = node.child("list")) {
        for (auto const& item : list->children())
            if (auto const more = item.text("id"); !more.empty() && receipt.ids.size() < max_receipt_ids)
                receipt.ids.push_back(MessageId{more});
    }
    for (auto const& group : node.children())
        if (group.tag == "participants") read_members(receipt, group);
    return receipt;
}

Node make_peer_message(Jid const& own_phone, MessageId const& id, signal::Ciphertext const& ciphertext,
                       ByteView device_identity)
{
    Node message{"message"};
    message.set("to", own_phone.bare())
        .set("id", id.value)
        .set("type", "text")
        .set("category", "peer")
        .set("push_priority", "high_force");
    message.add(Node{"meta"}.set("appdata", "default")).add(enc_node(ciphertext));
    if (ciphertext.kind == signal::CiphertextKind::prekey_message)
        message.add(Node{"device-identity"}.with_bytes(to_bytes(device_identity)));
    return message;
}

Node enc_node(signal::Ciphertext const& ciphertext, int retry_count)
{
    Node enc{"enc"};
    enc.set("v", "2").set("type", signal::enc_type(ciphertext.kind));
    if (retry_count > 0) enc.set("count", std::int64_t{retry_count});
    enc.with_bytes(ciphertext.bytes);
    return enc;
}

} // namespace wagate::stanza
