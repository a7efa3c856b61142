#include "protocol/engine/envelope.hpp"

#include "protocol/stanza/message.hpp"

namespace wagate::engine {

using binary::Node;

void dress(Node& message, message::StanzaTraits const& traits)
{
    message.set("type", traits.type);
    if (!traits.edit.empty()) message.set("edit", traits.edit);
    if (traits.meta.empty()) return;
    Node meta{"meta"};
    for (auto const& [key, value] : traits.meta)
        meta.set(key, value);
    message.add(std::move(meta));
}

Node message_enc(signal::Ciphertext const& ciphertext, message::StanzaTraits const& traits, int retry_count)
{
    auto enc = stanza::enc_node(ciphertext, retry_count);
    if (!traits.media_type.empty()) enc.set("mediatype", traits.media_type);
    if (traits.hide_decrypt_failure) enc.set("decrypt-fail", "hide");
    return enc;
}

} // namespace wagate::engine
