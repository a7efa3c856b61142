// A virtual phone in groups: its own sender keys, those of others, messages and resends
// (protocol.md 5.5, 5.10).
#include "protocol/message/identifiers.hpp"
#include "protocol/message/member_label.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "protocol/stanza/message.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int reason_no_session = 1;
constexpr int reason_bad_mac = 7;
constexpr int reason_adv_failure = 12;

} // namespace

signal::SenderKeyName Phone::own_key_name(Jid const& group) const
{
    return {group.to_string(), signal::Address::of(account_.lid_jid())};
}

void Phone::on_group_message(Node const& stanza, stanza::MessageSource const& source, Account& sender)
{
    // Keys live under the LID, whichever form the stanza used.
    auto const address = signal::Address::of(sender.lid_jid(source.sender.device));
    signal::SenderKeyName const name{source.chat.to_string(), address};
    for (auto const& part : stanza::enc_parts(stanza)) {
        if (!part.kind) continue;
        if (*part.kind == signal::CiphertextKind::prekey_message && source.sender.device != 0 &&
            !companion_is_genuine(stanza, sender, part.ciphertext)) {
            network_.count("phone_rejected_identities");
            return ask_for_resend(stanza, reason_adv_failure);
        }
        auto const is_shared = *part.kind == signal::CiphertextKind::sender_key_message;
        RecordOverlay step{records_};
        auto const padded = is_shared ? signal::group_decrypt(step, name, part.ciphertext)
                                      : signal::decrypt(step, local_, address, *part.kind, part.ciphertext);
        if (!padded) {
            if (padded.error() == signal::SignalErrc::duplicate_message) {
                network_.count("phone_duplicates");
                continue;
            }
            auto const has_no_key = padded.error() == signal::SignalErrc::no_sender_key;
            network_.count(has_no_key ? "phone_missing_sender_keys" : "phone_decrypt_failures");
            network_.log("phone " + account_.phone + " cannot open " + source.id.value +
                         " of a group: " + padded.error().message());
            return ask_for_resend(stanza, has_no_key ? reason_no_session : reason_bad_mac);
        }
        auto const plaintext = message::unpad(*padded);
        auto content = plaintext ? message::parse_content(*plaintext) : std::nullopt;
        if (!content) {
            network_.count("phone_unreadable_messages");
            continue;
        }
        if (content->distribution) {
            network_.count("phone_sender_keys");
            if (!signal::process_sender_key_distribution(step, name, content->distribution->bytes))
                network_.count("phone_bad_sender_keys");
        }
        records_.apply(step.take_changes());
        if (content->kind != message::ContentKind::control) network_.count("phone_decrypted_messages");
        if (is_shared) check_report(stanza, source, *plaintext);
        take_text(stanza, sender, std::move(*content), part.type);
    }
    auto const type = source.from_me ? stanza::ReceiptType::sender : stanza::ReceiptType::delivered;
    send_receipt(stanza::make_receipt(stanza, type));
    auto* message = find_message(source.id.value);
    if (source.from_me || message == nullptr) return;
    if (auto_read) read(message->id);
    auto* group = network_.groups().find(source.chat);
    if (!auto_reply || group == nullptr || sender.handset->auto_replies_.contains(message->id)) return;
    auto text = *auto_reply;
    if (auto const at = text.find("{text}"); at != std::string::npos) text.replace(at, 6, message->text);
    if (auto id = send_to_group(*group, text, {}); !id.empty()) auto_replies_.insert(std::move(id));
}

std::string Phone::send_to_group(ChatGroup& group, std::string const& text, std::string const& reply_to)
{
    message::TextContent content;
    content.text = text;
    if (auto const* quoted = reply_to.empty() ? nullptr : find_message(reply_to)) {
        QuotedMessage quote;
        quote.id = MessageId{quoted->id};
        quote.participant = quoted->from.bare();
        quote.body = quoted->text;
        content.quoted = std::move(quote);
        content.quoted_content = quoted->content;
    }
    ChatMessage kept;
    kept.id = new_id();
    kept.peer = &account_;
    kept.group = group.jid();
    kept.from = account_.jid(group.form());
    kept.from_me = true;
    kept.text = text;
    kept.timestamp = network_.now_seconds();
    kept.quoted_id = reply_to;
    kept.form = group.form();
    kept.content = message::make_text(content);
    keep_message(kept);

    Sent sent;
    sent.group = group.jid();
    sent.form = group.form();
    sent.timestamp = kept.timestamp;
    sent.content = kept.content;
    remember(kept.id, sent);
    dispatch_to_group(kept.id, sent, group);
    return kept.id;
}

std::string Phone::set_label(ChatGroup& group, std::string const& text)
{
    message::TypedMessage message;
    message.body = message::new_member_label({text, network_.scheduler().now()});
    Sent sent;
    sent.group = group.jid();
    sent.form = group.form();
    sent.timestamp = network_.now_seconds();
    sent.content = message::build_message(message);
    auto const id = new_id();
    remember(id, sent);
    dispatch_to_group(id, sent, group);
    if (auto* member = group.find(&account_)) member->label = text;
    return id;
}

void Phone::dispatch_to_group(std::string const& id, Sent const& sent, ChatGroup& group)
{
    auto const name = own_key_name(group.jid());
    auto& holders = key_holders_[group.id];
    auto devices = group.device_jids();
    std::erase(devices, account_.jid(group.form()));
    std::set<std::string> present;
    for (auto const& device : devices)
        present.insert(device.to_string());
    RecordOverlay step{records_};
    if (!std::includes(present.begin(), present.end(), holders.begin(), holders.end())) {
        step.erase(RecordKind::sender_key, name.record_key()); // somebody who has the key is gone
        holders.clear();
    }
    auto const distribution = signal::sender_key_distribution(step, name);
    if (!distribution) return;
    auto const sealed = signal::group_encrypt(step, name, message::pad(sent.content, network_.random()));
    records_.apply(step.take_changes());
    auto* message = find_message(id);
    if (!sealed) {
        if (message != nullptr) message->ack = -1;
        return;
    }
    auto const key = message::make_sender_key_distribution(group.jid(), *distribution);
    Node participants{"participants"};
    for (auto const& device : devices) {
        if (holders.contains(device.to_string())) continue;
        auto enc = encrypt_for(*network_.find(device), device.device, key);
        if (!enc) continue;
        holders.insert(device.to_string());
        participants.add(Node{"to"}.set("jid", device).add(std::move(*enc)));
    }
    Node stanza{"message"};
    stanza.set("to", group.jid()).set("id", id).set("type", "text");
    stanza.set("addressing_mode", group.uses_lids ? "lid" : "pn");
    stanza.set("phash", message::participant_hash(group.device_jids()));
    if (!participants.children().empty()) stanza.add(std::move(participants));
    Node meta{"meta"};
    for (auto const& [attribute, value] : message::stanza_traits(message::parse_body(sent.content)).meta)
        meta.set(std::string{attribute}, value);
    if (!meta.attributes.empty()) stanza.add(std::move(meta));
    stanza.add(stanza::enc_node({signal::CiphertextKind::sender_key_message, *sealed}));
    auto const ack = route_message(network_, {&account_, 0}, stanza);
    if (message != nullptr) message->ack = ack.has("error") ? -1 : 1;
}

void Phone::resend_to_member(std::string const& id, Sent const& sent, Account& account, Jid const& requester,
                             int count)
{
    if (sent.group.is_status()) {
        auto const& people = sent.audience;
        if (&account != &account_ && std::find(people.begin(), people.end(), &account) == people.end())
            return;
    } else {
        auto* group = network_.groups().find(sent.group);
        if (group == nullptr || group->find(&account) == nullptr) return;
    }
    RecordOverlay step{records_};
    auto const distribution = signal::sender_key_distribution(step, own_key_name(sent.group));
    if (!distribution) return;
    records_.apply(step.take_changes());
    auto const content =
        concat({sent.content, message::make_sender_key_distribution(sent.group, *distribution)});
    auto enc = encrypt_for(account, requester.device, content, count);
    if (!enc) return;
    key_holders_[sent.group.user].insert(requester.to_string());
    Node stanza{"message"};
    stanza.set("to", sent.group)
        .set("participant", requester)
        .set("id", id)
        .set("type", "text")
        .set("t", sent.timestamp);
    stanza.add(std::move(*enc));
    network_.count("phone_resends");
    route_message(network_, {&account_, 0}, stanza);
}

} // namespace wagate::sandbox
