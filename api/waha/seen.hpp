#pragma once
// Telling the senders of messages that these were read.
#include "api/waha/sending.hpp"

namespace wagate::waha {

struct SeenRequest {
    std::string chat;                       ///< as the client wrote it
    std::vector<std::string> ids;           ///< full or wire ids; none: what was not read yet
    std::optional<std::string> participant; ///< whose messages, in a group, when the ids do not tell it
    bool played = false;                    ///< voice messages, which were listened to; by their ids
    std::optional<std::size_t> most;        ///< without ids; nothing: 30, in groups 100
    std::chrono::hours age{7 * 24};         ///< without ids: not older
};

/// Without ids the newest messages that were not marked before.
/// Errors: not_possible when something else than a voice message or round video was played.
/// @return full or bare ids, as they were marked
Task<gateway::Outcome<std::vector<std::string>>> mark_seen(Sending const& sending, SessionKey session,
                                                           SeenRequest request);

} // namespace wagate::waha
