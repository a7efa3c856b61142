// What a virtual phone sends: texts with fan-out, and resends (protocol.md 5.4, 5.10).
#include "protocol/base/encoding.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "protocol/stanza/message.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

std::string Phone::new_id()
{
    // The form that Android phones use.
    return "AC" + hex_encode_upper(network_.random().bytes(15));
}

std::string Phone::send_text(Account& to, std::string const& text, std::string const& reply_to,
                             JidServer form)
{
    message::TextContent content;
    content.text = text;
    if (auto const* quoted = reply_to.empty() ? nullptr : find_message(reply_to)) {
        QuotedMessage quote;
        quote.id = MessageId{quoted->id};
        auto const& author = quoted->from_me ? account_ : *quoted->peer;
        quote.participant = author.jid(form);
        quote.body = quoted->text;
        content.quoted = std::move(quote);
        content.quoted_content = quoted->content;
    }
    ChatMessage sent_text;
    sent_text.text = text;
    sent_text.quoted_id = reply_to;
    sent_text.form = form;
    sent_text.content = message::make_text(content);
    return send_content(to, std::move(sent_text));
}

std::string Phone::send_typed(Account& to, message::TypedMessage content, JidServer form)
{
    ChatMessage message;
    message.text = message::text_of(content.body);
    message.form = form;
    message.content = message::build_message(content);
    return send_content(to, std::move(message));
}

std::string Phone::send_content(Account& to, ChatMessage message)
{
    message.id = new_id();
    message.peer = &to;
    message.from = account_.jid(message.form);
    message.from_me = true;
    message.timestamp = network_.now_seconds();
    keep_message(message);

    Sent sent;
    sent.to = &to;
    sent.form = message.form;
    sent.timestamp = message.timestamp;
    sent.content = message.content;
    remember(message.id, sent);
    dispatch(message.id, sent);
    return message.id;
}

void Phone::dispatch(std::string const& id, Sent const& sent)
{
    auto& to = *sent.to;
    auto const traits = message::stanza_traits(message::parse_body(sent.content));
    Node participants{"participants"};
    auto const add = [&](Account& account, std::uint16_t device, ByteView content) {
        auto enc = encrypt_for(account, device, content);
        if (!enc) return;
        if (!traits.media_type.empty()) enc->set("mediatype", traits.media_type);
        Node target{"to"};
        target.set("jid", account.jid(sent.form, device)).add(std::move(*enc));
        participants.add(std::move(target));
    };
    if (&to != &account_)
        for (auto const& [device, state] : to.devices)
            add(to, device, sent.content);
    auto const copy = message::wrap_device_sent(to.jid(sent.form), sent.content);
    for (auto const& [device, state] : account_.devices)
        if (device != 0) add(account_, device, copy);

    auto* message = find_message(id);
    if (participants.children().empty()) {
        // A note to oneself without companions: there is nobody to tell.
        message->ack = &to == &account_ ? 1 : -1;
        return;
    }
    Node stanza{"message"};
    stanza.set("to", to.jid(sent.form)).set("id", id).set("type", traits.type);
    if (sent.form == JidServer::lid) stanza.set("peer_recipient_pn", to.phone_jid());
    stanza.add(std::move(participants));
    auto const ack = route_message(network_, {&account_, 0}, stanza);
    // Receipts come later, so the level can only be pending here.
    message->ack = ack.has("error") ? -1 : 1;
}

bool Phone::start_session(Account& account, std::uint16_t device)
{
    auto const bundle = network_.take_bundle(account, device);
    if (!bundle) return false;
    RecordOverlay step{records_};
    if (!signal::process_bundle(step, local_, signal::Address::of(account.lid_jid(device)), *bundle)) {
        network_.count("phone_bad_bundles");
        return false;
    }
    records_.apply(step.take_changes());
    return true;
}

std::optional<Node> Phone::encrypt_for(Account& account, std::uint16_t device, ByteView content,
                                       int retry_count)
{
    return seal_for(account, device, message::pad(content, network_.random()), retry_count);
}

std::optional<Node> Phone::seal_for(Account& account, std::uint16_t device, ByteView plaintext,
                                    int retry_count)
{
    auto const address = signal::Address::of(account.lid_jid(device));
    if (!signal::has_session(records_, address) && !start_session(account, device)) return std::nullopt;
    RecordOverlay step{records_};
    auto const ciphertext = signal::encrypt(step, local_, address, plaintext);
    if (!ciphertext) {
        network_.count("phone_encrypt_failures");
        return std::nullopt;
    }
    records_.apply(step.take_changes());
    return stanza::enc_node(*ciphertext, retry_count);
}

std::string Phone::send_sealed(Account& to, ByteView plaintext, JidServer form)
{
    auto id = new_id();
    Node participants{"participants"};
    for (auto const& [device, state] : to.devices) {
        auto enc = seal_for(to, device, plaintext);
        if (!enc) continue;
        Node target{"to"};
        target.set("jid", to.jid(form, device)).add(std::move(*enc));
        participants.add(std::move(target));
    }
    Node stanza{"message"};
    stanza.set("to", to.jid(form)).set("id", id).set("type", "text");
    if (form == JidServer::lid) stanza.set("peer_recipient_pn", to.phone_jid());
    stanza.add(std::move(participants));
    route_message(network_, {&account_, 0}, stanza);
    return id;
}

void Phone::resend(std::string const& id, Sent const& sent, Account& account, Jid const& requester, int count)
{
    auto const own = &account == &account_;
    auto const wrapped = own && !sent.peer;
    auto const content =
        wrapped ? message::wrap_device_sent(sent.to->jid(sent.form), sent.content) : sent.content;
    auto enc = encrypt_for(account, requester.device, content, count);
    if (!enc) return;
    Node stanza{"message"};
    auto const traits = message::stanza_traits(message::parse_body(sent.content));
    stanza.set("to", requester).set("id", id).set("type", traits.type).set("t", sent.timestamp);
    if (sent.peer)
        stanza.set("category", "peer");
    else
        stanza.set("device_fanout", "false");
    if (wrapped) stanza.set("recipient", sent.to->jid(sent.form));
    stanza.add(std::move(*enc));
    network_.count("phone_resends");
    route_message(network_, {&account_, 0}, stanza);
}

} // namespace wagate::sandbox
