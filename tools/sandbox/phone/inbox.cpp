// What a virtual phone does with what arrives (protocol.md 5.8, 5.9, 7.6, 7.7).
#include "protocol/message/member_label.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/message/reporting.hpp"
#include "protocol/stanza/message.hpp"
#include "protocol/stanza/prekeys.hpp"
#include "tools/sandbox/phone/device_identity.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int most_retries = 5;

// Reason codes of a retry receipt (5.9).
constexpr int reason_no_session = 1;
constexpr int reason_invalid_key_id = 3;
constexpr int reason_invalid_message = 4;
constexpr int reason_bad_mac = 7;
constexpr int reason_adv_failure = 12;

int reason_of(ErrorCode const& error)
{
    if (error == signal::SignalErrc::no_session) return reason_no_session;
    if (error == signal::SignalErrc::invalid_key_id) return reason_invalid_key_id;
    if (error == signal::SignalErrc::invalid_message) return reason_bad_mac;
    return reason_invalid_message;
}

} // namespace

void Phone::on_channel_message(Node const& stanza, Jid const& channel)
{
    auto const* plaintext = stanza.child("plaintext");
    if (plaintext == nullptr) return;
    auto const edit = stanza.text("edit");
    auto const typed = message::parse_body(plaintext->bytes());
    if (auto* known = find_message(stanza.text("id"))) {
        known->deleted = edit == "8";
        if (!known->deleted) known->text = message::text_of(typed.body);
        return;
    }
    ChatMessage kept;
    kept.id = stanza.text("id");
    kept.peer = &account_;
    kept.group = channel;
    kept.from = channel;
    kept.from_me = stanza.text("is_sender") == "true";
    kept.text = message::text_of(typed.body);
    kept.timestamp = stanza.integer("t").value_or(network_.now_seconds());
    kept.enc_type = "plaintext";
    kept.content = to_bytes(plaintext->bytes());
    keep_message(std::move(kept));
}

void Phone::on_message(Node const& stanza)
{
    if (auto const from = stanza.jid("from"); from && from->is_newsletter())
        return on_channel_message(stanza, *from);
    auto const source = stanza::parse_source(stanza, account_.phone_jid(), account_.lid_jid());
    auto* sender = source ? network_.find(source->sender) : nullptr;
    if (sender == nullptr) return;
    if (source->chat.is_group() || source->chat.is_status())
        return on_group_message(stanza, *source, *sender);
    // Sessions live under the LID, whichever form the stanza used.
    auto const address = signal::Address::of(sender->lid_jid(source->sender.device));
    auto const answer = [&] {
        auto type = stanza::ReceiptType::delivered;
        if (source->is_peer)
            type = stanza::ReceiptType::peer_msg;
        else if (source->from_me)
            type = stanza::ReceiptType::sender;
        send_receipt(stanza::make_receipt(stanza, type));
    };
    for (auto const& part : stanza::enc_parts(stanza)) {
        if (!part.kind) continue;
        if (*part.kind == signal::CiphertextKind::prekey_message && source->sender.device != 0 &&
            !companion_is_genuine(stanza, *sender, part.ciphertext)) {
            network_.count("phone_rejected_identities");
            return ask_for_resend(stanza, reason_adv_failure);
        }
        RecordOverlay step{records_};
        auto const padded = signal::decrypt(step, local_, address, *part.kind, part.ciphertext);
        if (!padded) {
            if (padded.error() == signal::SignalErrc::duplicate_message) {
                network_.count("phone_duplicates");
                return answer();
            }
            network_.count("phone_decrypt_failures");
            network_.log("phone " + account_.phone + " cannot decrypt " + source->id.value + ": " +
                         padded.error().message());
            return ask_for_resend(stanza, reason_of(padded.error()));
        }
        records_.apply(step.take_changes());
        auto const plaintext = message::unpad(*padded);
        auto content = plaintext ? message::parse_content(*plaintext) : std::nullopt;
        if (!content) {
            network_.count("phone_unreadable_messages");
            continue;
        }
        network_.count("phone_decrypted_messages");
        if (source->is_peer) {
            on_peer_message(*content, source->id.value, source->sender.device);
            continue;
        }
        // Only own devices may speak for this account (5.8 rule 5).
        if (source->from_me != content->device_sent_to.has_value()) {
            network_.count("phone_misaddressed_messages");
            continue;
        }
        if (!source->from_me) check_report(stanza, *source, *plaintext);
        take_text(stanza, *sender, std::move(*content), part.type);
    }
    answer();
    if (source->from_me || source->is_peer) return;
    if (auto* message = find_message(source->id.value); message != nullptr && auto_read) read(message->id);
    if (auto* message = find_message(source->id.value);
        message != nullptr && auto_reply && sender != &account_) {
        if (sender->handset->auto_replies_.contains(message->id)) return;
        auto text = *auto_reply;
        if (auto const at = text.find("{text}"); at != std::string::npos) text.replace(at, 6, message->text);
        auto const form = message->form;
        auto_replies_.insert(send_text(*sender, text, {}, form));
    }
}

bool Phone::companion_is_genuine(Node const& stanza, Account& sender, ByteView ciphertext) const
{
    auto const* node = stanza.child("device-identity");
    auto const companion = signal::identity_in_prekey_message(ciphertext);
    if (node == nullptr || !companion) return false;
    auto const identity = pairing::parse_signed_identity(node->bytes());
    return identity && device_identity_holds(*identity, *companion, sender.handset->identity().public_key);
}

void Phone::take_text(Node const& stanza, Account& sender, message::Content content, std::string enc_type)
{
    auto const typed = message::parse_body(content.message);
    auto const& body = typed.body;
    bool const is_media = std::holds_alternative<message::Media>(body) ||
                          std::holds_alternative<message::Product>(body) ||
                          std::holds_alternative<message::Order>(body);
    if (auto const* revoke = std::get_if<message::Revoke>(&body)) {
        auto* target = find_message(revoke->target.id.value);
        auto const is_author = target != nullptr && (target->from_me ? &account_ : target->peer) == &sender;
        if (is_author) target->deleted = true;
        return;
    }
    if (auto const label = message::member_label_of(body)) {
        auto* group = network_.groups().find(stanza.jid("from").value_or(Jid{}));
        if (auto* member = group == nullptr ? nullptr : group->find(&sender)) member->label = label->text;
        return;
    }
    bool const is_invitation = std::holds_alternative<message::GroupInvite>(body);
    if (content.kind != message::ContentKind::text && !is_media && !is_invitation) return;
    ChatMessage message;
    message.id = stanza.text("id");
    if (find_message(message.id) != nullptr) return;
    auto const from = *stanza.jid("from");
    auto const to_many = from.is_group() || from.is_broadcast();
    if (to_many) message.group = from;
    message.from = to_many ? *stanza.jid("participant") : from;
    message.form = message.from.is_lid() ? JidServer::lid : JidServer::user;
    message.from_me = &sender == &account_;
    message.peer = &sender;
    if (message.from_me) {
        if (auto const chat = stanza.jid("recipient")) message.peer = network_.find(*chat);
        message.ack = 1;
    }
    message.text = is_media || is_invitation ? message::text_of(body) : std::move(content.text);
    message.timestamp = stanza.integer("t").value_or(network_.now_seconds());
    if (typed.context.quoted) message.quoted_id = typed.context.quoted->id.value;
    message.enc_type = std::move(enc_type);
    message.content = std::move(content.message);
    keep_message(std::move(message));
}

void Phone::check_report(Node const& stanza, stanza::MessageSource const& source, ByteView content) const
{
    auto const* given = stanza.path({"reporting", "reporting_token"});
    if (given == nullptr) return;
    auto const sender = stanza.jid(source.chat.is_group() ? "participant" : "from").value_or(Jid{}).bare();
    auto remote = source.chat;
    if (!source.chat.is_group()) remote = sender.is_lid() ? account_.lid_jid() : account_.phone_jid();
    auto const expected = message::reporting_token(content, source.id, sender, remote.bare());
    auto const fits = expected && equal(given->bytes(), *expected);
    network_.count(fits ? "reporting_tokens" : "reporting_tokens_wrong");
}

void Phone::send_receipt(Node receipt)
{
    route_receipt(network_, {&account_, 0}, receipt);
}

bool Phone::read(std::string const& id)
{
    auto const* message = find_message(id);
    if (message == nullptr || message->from_me) return false;
    auto const is_group = !message->group.user.empty();
    auto const author = is_group ? std::optional{message->from} : std::nullopt;
    auto receipt = stanza::make_read_receipt(is_group ? message->group : message->from.bare(), author,
                                             {MessageId{id}}, network_.scheduler().now());
    if (!account_.read_receipts)
        for (auto& attribute : receipt.attributes)
            if (attribute.key == "type") attribute.value = "read-self";
    send_receipt(std::move(receipt));
    return true;
}

void Phone::ask_for_resend(Node const& stanza, int reason)
{
    auto const id = stanza.text("id");
    auto const count = ++retries_[stanza.text("from") + "|" + id];
    if (count > most_retries) return;
    network_.count("phone_retry_requests");
    Node receipt{"receipt"};
    receipt.set("id", id).set("type", "retry").set("to", *stanza.jid("from"));
    copy_attributes(receipt, stanza, {"participant", "recipient", "category"});
    Node retry{"retry"};
    retry.set("count", std::int64_t{count})
        .set("id", id)
        .set("t", stanza.text("t"))
        .set("v", "1")
        .set("error", std::int64_t{reason});
    receipt.add(std::move(retry));
    receipt.add(Node{"registration"}.with_bytes(big_endian(local_.registration_id, 4)));
    if (count > 1) {
        auto const fresh = signal::generate_prekeys(next_prekey_id_, 1, network_.random()).front();
        next_prekey_id_ = fresh.id + 1;
        RecordOverlay step{records_};
        signal::store_prekey(step, fresh);
        records_.apply(step.take_changes());
        Node keys{"keys"};
        keys.add(Node{"type"}.with_bytes(Bytes{5}));
        keys.add(Node{"identity"}.with_bytes(to_bytes(local_.identity.public_key)));
        keys.add(stanza::prekey_node(fresh.id, fresh.keys.public_key));
        keys.add(stanza::signed_prekey_node(*signed_prekey_));
        receipt.add(std::move(keys));
    }
    send_receipt(std::move(receipt));
}

void Phone::on_receipt(Node const& stanza)
{
    auto const receipt = stanza::parse_receipt(stanza);
    if (!receipt) return;
    if (receipt->type == "retry") return on_retry_request(stanza);
    if (receipt->type == "server-error") return on_media_retry(stanza);
    auto const* reader = network_.find(receipt->from);
    if (reader == &account_) {
        // Read on another own device, or a companion has handled a peer message.
        network_.count("phone_receipts_from_companions");
        return;
    }
    int level = 0;
    if (receipt->type.empty()) level = 2;
    if (receipt->type == "read") level = 3;
    if (receipt->type == "played") level = 4;
    for (auto const& id : receipt->ids) {
        auto* message = find_message(id.value);
        if (message != nullptr && message->from_me) message->ack = std::max(message->ack, level);
    }
}

void Phone::on_retry_request(Node const& stanza)
{
    network_.count("phone_retry_requests_received");
    auto from = stanza.jid("from");
    if (from && (from->is_group() || from->is_broadcast())) from = stanza.jid("participant");
    auto const* retry = stanza.child("retry");
    auto const known = sent_.find(stanza.text("id"));
    auto* account = from ? network_.find(*from) : nullptr;
    if (account == nullptr || retry == nullptr || known == sent_.end()) return;
    auto const count = static_cast<int>(retry->integer("count").value_or(1));
    if (count > most_retries) return;
    auto const address = signal::Address::of(account->lid_jid(from->device));
    auto const* registration = stanza.child("registration");
    auto const* keys = stanza.child("keys");
    RecordOverlay step{records_};
    if (keys != nullptr) {
        auto const bundle =
            stanza::parse_bundle(*keys, registration == nullptr ? ByteView{} : registration->bytes());
        signal::erase_session(step, address);
        if (!bundle || !signal::process_bundle(step, local_, address, *bundle)) {
            network_.count("phone_bad_retry_keys");
            return;
        }
    } else if (signal::remote_registration_id(step, address) != number_of(registration) || count > 1) {
        signal::erase_session(step, address);
    }
    records_.apply(step.take_changes());
    if (known->second.group.user.empty())
        resend(known->first, known->second, *account, *from, count);
    else
        resend_to_member(known->first, known->second, *account, *from, count);
}

} // namespace wagate::sandbox
