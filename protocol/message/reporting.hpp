#pragma once
// The reporting token of a message (protocol.md 7.9): who reports a message proves with it that what is shown
// to WhatsApp is what was sent, without WhatsApp having read it.
#include "protocol/message/secrets.hpp"

namespace wagate::message {

/// The parts of a serialized Message that the token vouches for: known fields only, in the order of their
/// numbers. Empty when there are none, or when the bytes are no Message.
Bytes reported_parts(ByteView message);

/// 16 bytes. Nothing for messages without a secret, and for kinds that cannot be reported: reactions, votes,
/// answers to events.
/// @param remote the chat: the other person in the addressing of the stanza, or the group
std::optional<Bytes> reporting_token(ByteView message, MessageId const& id, Jid const& sender,
                                     Jid const& remote);

/// The message with a secret of its own, which others need to answer it encrypted and the token is made of;
/// as it is when it has one.
Bytes with_secret(Bytes message, RandomSource& random);

} // namespace wagate::message
