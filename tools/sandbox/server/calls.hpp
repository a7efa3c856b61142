#pragma once
// Calls between accounts (protocol.md 10.4): ringing, answering, ending. There is nothing to hear.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// The user calls on the phone; the callee's companions ring. @return the call's id
std::string start_call(Network& network, Account& caller, Account& callee, bool is_video);
/// What the user does with a call on the phone.
/// @param action accept or reject as the callee, end as either @return false when there is no such call to do
/// it with
bool answer_call(Network& network, Account& account, std::string_view id, std::string_view action);
/// A companion's stanza about a call; it has been acked.
void route_call(Network& network, Origin const& origin, binary::Node const& stanza);

} // namespace wagate::sandbox
