#pragma once
// Short links (xmlns w:qr) and links into calls. Codes belong to accounts; a revoked one leads nowhere.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

void handle_links(Network& network, Connection& connection, binary::Node const& iq);
/// Answers a companion that asks for a link into a call: an ack that names the link's token.
void create_call_link(Network& network, Connection& connection, binary::Node const& call);
/// As a business does it on the phone. @return the link's code
std::string create_message_link(Network& network, Account& account, std::string const& text);

} // namespace wagate::sandbox
