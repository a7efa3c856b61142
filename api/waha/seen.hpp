#pragma once
// Telling the senders of messages that these were read.
#include "api/waha/sending.hpp"

namespace wagate::waha {

struct SeenRequest {
    std::string chat;                       ///< as the client wrote it
    std::vector<std::string> ids;           ///< full or wire ids; none: what was not read yet
    std::optional<std::string> participant; ///< whose messages, in a group, when the ids do not tell it
};

/// Without ids the newest messages of the last seven days that were not marked before: at most 30, in groups
/// 100.
/// @return full or bare ids, as they were marked
Task<gateway::Outcome<std::vector<std::string>>> mark_seen(Sending const& sending, SessionKey session,
                                                           SeenRequest request);

} // namespace wagate::waha
