#include "protocol/engine/envelope.hpp"

#include "protocol/message/reporting.hpp"
#include "protocol/stanza/message.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

/// What servers have been seen to want before apps show such content: without it, or with other names of
/// flows, it is taken and shown to nobody.
void add_business(Node& message, message::BusinessContent content, WallTime sent)
{
    Node biz{"biz"};
    if (content == message::BusinessContent::list) {
        message.add(std::move(biz.add(Node{"list"}.set("type", "product_list").set("v", "2"))));
        return;
    }
    biz.set("actual_actors", "2").set("host_storage", "2").set("privacy_mode_ts", unix_seconds(sent));
    Node interactive{"interactive"};
    interactive.set("type", "native_flow").set("v", "1");
    interactive.add(Node{"native_flow"}.set("v", "9").set("name", "mixed"));
    biz.add(std::move(interactive)).add(Node{"quality_control"}.set("source_type", "third_party"));
    message.add(std::move(biz));
    auto const to = message.jid("to");
    if (to && to->is_user()) message.add(Node{"bot"}.set("biz_bot", "1"));
}

} // namespace

void dress(Node& message, message::StanzaTraits const& traits, WallTime sent)
{
    message.set("type", traits.type);
    if (!traits.edit.empty()) message.set("edit", traits.edit);
    if (!traits.meta.empty()) {
        Node meta{"meta"};
        for (auto const& [key, value] : traits.meta)
            meta.set(key, value);
        message.add(std::move(meta));
    }
    if (traits.business != message::BusinessContent::none) add_business(message, traits.business, sent);
}

Node message_enc(signal::Ciphertext const& ciphertext, message::StanzaTraits const& traits, int retry_count)
{
    auto enc = stanza::enc_node(ciphertext, retry_count);
    if (!traits.media_type.empty()) enc.set("mediatype", traits.media_type);
    if (traits.hide_decrypt_failure) enc.set("decrypt-fail", "hide");
    return enc;
}

void add_reporting_token(Node& message, ByteView content, MessageId const& id, Jid const& sender,
                         Jid const& remote)
{
    auto token = message::reporting_token(content, id, sender, remote);
    if (!token) return;
    Node inner{"reporting_token"};
    inner.set("v", "2").with_bytes(std::move(*token));
    message.add(Node{"reporting"}.add(std::move(inner)));
}

} // namespace wagate::engine
