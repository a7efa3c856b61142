#pragma once
// Bots that the network has by itself: their list (xmlns bot) and their profiles (usync). They say nothing.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

void handle_bots(Network& network, Connection& connection, binary::Node const& iq);
/// Of a usync request for <bot> about `asked`, a <user>. Nothing when there is no such bot or persona.
std::optional<binary::Node> bot_profile_node(binary::Node const& asked);

} // namespace wagate::sandbox
