#pragma once
// Keeps chats and contacts in step with messages: last activity, unread counts, names.
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class ChatLog {
public:
    ChatLog(Core& core, Directory& directory);

    /// `message` is part of `work`.
    void appeared(UnitOfWork& work, Message const& message);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
