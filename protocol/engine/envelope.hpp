#pragma once
// What the stanza around a message says about its content (protocol.md 7.2, 7.3), put into nodes.
#include "protocol/binary/node.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "protocol/signal/signal.hpp"

namespace wagate::engine {

/// Sets the type and edit attributes of <message> and adds <meta>.
void dress(binary::Node& message, message::StanzaTraits const& traits);
/// An <enc> with its media type and what to do when it cannot be opened.
binary::Node message_enc(signal::Ciphertext const& ciphertext, message::StanzaTraits const& traits,
                         int retry_count = 0);

} // namespace wagate::engine
