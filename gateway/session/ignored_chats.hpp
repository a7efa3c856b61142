#pragma once
// Which chats a session keeps nothing of (`config.ignore`).
#include "gateway/gateway.hpp"
#include "protocol/model/unit_of_work.hpp"

namespace wagate::gateway {

/// What the session says wins over what the operator says.
IgnoreRules merged(IgnoreRules rules, IgnoreRules const& otherwise) noexcept;

/// Status updates, groups, channels, other broadcasts, and persons.
bool ignores(IgnoreRules const& rules, Jid const& chat) noexcept;

/// Takes messages, chats and events of ignored chats out of what is about to be stored. What was sent through
/// the API stays, as do events of calls and of the session itself. Everything else of a step is as it was:
/// ratchets move on, and the server is told that the message has come.
void drop_ignored(UnitOfWork& work, IgnoreRules const& rules);

} // namespace wagate::gateway
