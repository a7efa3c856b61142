#pragma once
// Messages and receipts between devices (protocol.md 5.4, 6.4, 7.4 to 7.7, 11.8). Companions and phones
// alike.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// Fans a message out to the devices named in it. @return the ack for its sender
binary::Node route_message(Network& network, Origin const& origin, binary::Node const& message);

/// The same for a group; `ack` is what the sender will be answered.
binary::Node route_group_message(Network& network, Origin const& origin, binary::Node const& message,
                                 binary::Node ack);

/// True the first time. A client that saw no ack sends the same stanza again; it must not arrive twice. One
/// that sends another stanza under the id has encrypted again what may already be on its way, which is
/// counted.
bool is_first_send(Network& network, Origin const& origin, binary::Node const& message,
                   std::string const& id);

/// Counts a ciphertext whose message key was used before, whatever becomes of the message. @param to a
/// device, or the group that all have the sender's key of
void watch_ciphertext(Network& network, Origin const& origin, Jid const& to, binary::Node const& enc);

/// Settles the sender's mailbox and forwards the receipt. @return the ack for its sender
binary::Node route_receipt(Network& network, Origin const& origin, binary::Node const& receipt);

} // namespace wagate::sandbox
