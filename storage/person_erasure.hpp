#pragma once
// Deleting what is stored about one person in a session.
#include "protocol/model/model.hpp"

#include <functional>

namespace wagate::storage {

/// How many of each went.
struct ErasedPerson {
    std::vector<Jid> addresses; ///< under which the person was looked for
    std::size_t messages = 0;   ///< with the person, and by the person in groups
    std::size_t quotes = 0;     ///< of the person in messages of others, which stay without them
    std::size_t receipts = 0;
    std::size_t chats = 0;
    std::size_t contacts = 0;
    std::size_t waiting = 0; ///< messages that could not be opened yet
    std::size_t events = 0;  ///< their content; their places in the log stay
    std::size_t dead_letters = 0;
    std::size_t idempotency_keys = 0;
    std::size_t records = 0;       ///< of the engine
    std::size_t unfinished = 0;    ///< messages that stay, as they are still being sent
    bool is_log_truncated = false; ///< nothing of it is left in the write-ahead log either
};

/// Sees each message before it goes, on the caller's thread.
using OnErased = std::function<void(Message const& message)>;

} // namespace wagate::storage
