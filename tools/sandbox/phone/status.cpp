// Status posts of a virtual phone (protocol.md 10.6): under its sender key, which everybody who gets the post
// is given along with it.
#include "protocol/message/compose.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "protocol/stanza/message.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

std::string Phone::post_status(std::vector<Account*> audience, message::TypedMessage content)
{
    ChatMessage kept;
    kept.text = message::text_of(content.body);
    kept.content = message::build_message(content);
    return send_status(std::move(audience), std::move(kept));
}

std::string Phone::post_status_media(std::vector<Account*> audience, OutgoingMedia media)
{
    upload(media);
    return post_status(std::move(audience), message::new_media(std::move(media.facts)));
}

bool Phone::delete_status(std::string const& id)
{
    auto* post = find_message(id);
    auto const sent = sent_.find(id);
    if (post == nullptr || !post->from_me || !post->group.is_status() || sent == sent_.end()) return false;
    message::TypedMessage revoke;
    revoke.body = message::Revoke{{Jid::status_broadcast(), true, MessageId{id}, std::nullopt}};
    auto const audience = sent->second.audience;
    Sent change;
    change.group = Jid::status_broadcast();
    change.audience = audience;
    change.timestamp = network_.now_seconds();
    change.content = message::build_message(revoke);
    auto const own_id = new_id();
    remember(own_id, change);
    dispatch_status(own_id, change);
    post->deleted = true;
    return true;
}

std::string Phone::send_status(std::vector<Account*> audience, ChatMessage kept)
{
    kept.id = new_id();
    kept.peer = &account_;
    kept.group = Jid::status_broadcast();
    kept.from = account_.lid_jid();
    kept.from_me = true;
    kept.timestamp = network_.now_seconds();
    keep_message(kept);
    Sent sent;
    sent.group = kept.group;
    sent.audience = std::move(audience);
    sent.timestamp = kept.timestamp;
    sent.content = kept.content;
    remember(kept.id, sent);
    auto const accepted = dispatch_status(kept.id, sent);
    if (auto* message = find_message(kept.id)) message->ack = accepted ? 1 : -1;
    return kept.id;
}

bool Phone::dispatch_status(std::string const& id, Sent const& sent)
{
    auto const status = Jid::status_broadcast();
    auto const name = own_key_name(status);
    RecordOverlay step{records_};
    auto const distribution = signal::sender_key_distribution(step, name);
    if (!distribution) return false;
    auto const sealed = signal::group_encrypt(step, name, message::pad(sent.content, network_.random()));
    records_.apply(step.take_changes());
    if (!sealed) return false;
    auto const key = message::make_sender_key_distribution(status, *distribution);
    Node participants{"participants"};
    auto const add = [&](Account& account) {
        for (auto const& [device, state] : account.devices) {
            if (&account == &account_ && device == 0) continue;
            auto enc = encrypt_for(account, device, key);
            if (!enc) continue;
            participants.add(Node{"to"}.set("jid", account.lid_jid(device)).add(std::move(*enc)));
        }
    };
    for (auto* account : sent.audience)
        if (account != &account_) add(*account);
    add(account_);
    auto const traits = message::stanza_traits(message::parse_body(sent.content));
    Node stanza{"message"};
    stanza.set("to", status).set("id", id).set("type", traits.type);
    if (!traits.edit.empty()) stanza.set("edit", traits.edit);
    stanza.add(Node{"meta"}.set("status_setting", "contacts")).add(std::move(participants));
    auto enc = stanza::enc_node({signal::CiphertextKind::sender_key_message, *sealed});
    if (!traits.media_type.empty()) enc.set("mediatype", traits.media_type);
    stanza.add(std::move(enc));
    return !route_message(network_, {&account_, 0}, stanza).has("error");
}

} // namespace wagate::sandbox
