#pragma once
// The own sender key of a chat and the devices that have it (protocol.md 5.5). A new key is made when
// somebody who has the old one may not read on: a member that went, a device that was unlinked.
#include "protocol/engine/account.hpp"

#include <set>

namespace wagate::engine {

/// The name under which the own key of `chat` is kept.
signal::SenderKeyName own_sender_key(Account const& account, Jid const& chat);
/// Devices that have the own key, by their canonical JID's text.
std::set<std::string> key_holders(RecordSource const& records, Jid const& chat);
/// @param devices canonical
void add_key_holders(RecordOverlay& step, Jid const& chat, std::vector<Jid> const& devices);
/// Nobody counts as having the key any more; the key itself stays.
void forget_key_holders(RecordOverlay& step, Jid const& chat);
/// The next message is under a new key, which everybody has to be given.
void renew_sender_key(RecordOverlay& step, Account const& account, Jid const& chat);

} // namespace wagate::engine
