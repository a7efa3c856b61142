#pragma once
// Messages and receipts between devices (protocol.md 5.4, 6.4, 7.4 to 7.7, 11.8). Companions and phones
// alike.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// Fans a message out to the devices named in it. @return the ack for its sender
binary::Node route_message(Network& network, Origin const& origin, binary::Node const& message);

/// Settles the sender's mailbox and forwards the receipt. @return the ack for its sender
binary::Node route_receipt(Network& network, Origin const& origin, binary::Node const& receipt);

} // namespace wagate::sandbox
