#pragma once
// What the stanza around a message says about its content (protocol.md 7.2, 7.3), put into nodes.
#include "protocol/binary/node.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "protocol/signal/signal.hpp"

namespace wagate::engine {

/// Sets the type and edit attributes of <message>, which has its `to`, and adds <meta>, <biz> and <bot>.
/// @param sent when the message was written
void dress(binary::Node& message, message::StanzaTraits const& traits, WallTime sent);
/// An <enc> with its media type and what to do when it cannot be opened.
binary::Node message_enc(signal::Ciphertext const& ciphertext, message::StanzaTraits const& traits,
                         int retry_count = 0);

/// Adds what a report of the message proves itself with, where the message can be reported (7.9).
/// @param content unpadded @param remote as in message::reporting_token
void add_reporting_token(binary::Node& message, ByteView content, MessageId const& id, Jid const& sender,
                         Jid const& remote);

} // namespace wagate::engine
