#include "protocol/engine/chat_log.hpp"

namespace wagate::engine {

ChatLog::ChatLog(Core& core, Directory& directory) : core_(core), directory_(directory) {}

void ChatLog::appeared(UnitOfWork&, Message const&) {}

} // namespace wagate::engine
