#pragma once
// Stars of messages, which all devices share. A star may be heard of before its message: it is kept beside
// and put on when the history brings that.
#include "protocol/engine/core.hpp"

namespace wagate::engine {

/// @param chat canonical @param phone the chat's number, when it is known
/// @return false when it is known to be so
bool mark_starred(Core const& core, RecordOverlay& step, UnitOfWork& work, Jid const& chat,
                  std::optional<Jid> const& phone, MessageId const& id, bool starred);
/// `message` is about to be stored for the first time.
void take_early_star(RecordOverlay& step, Message& message);

} // namespace wagate::engine
