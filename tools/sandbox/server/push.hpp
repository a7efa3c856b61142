#pragma once
// Push registrations of devices (xmlns urn:xmpp:whatsapp:push). Nothing is pushed: what would be is counted.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

void handle_push(Network& network, Connection& connection, binary::Node const& iq);
/// Something waits for a device that has no connection.
void push_to(Network& network, Device& device);

} // namespace wagate::sandbox
