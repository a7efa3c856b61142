#pragma once
// What the server allows an account with people it has not written to before, asked for and told by it in
// JSON ("mex", protocol.md 10.2); it tells changes of followed channels the same way.
#include "protocol/binary/node.hpp"
#include "protocol/model/account_events.hpp"

#include <vector>

namespace wagate::channel {

/// Without id, see Core::ask. The question about the time lock is stanza::reachout_timelock.
binary::Node quota_query();

/// Of the answers; nothing when they are no such answer. An error of the server is in `error_of_answer`.
std::optional<TimeLock> read_time_lock(binary::Node const& reply);
std::optional<NewChatQuota> read_quota(binary::Node const& reply);
/// The server's number of the first error in a JSON answer; 0: none.
int error_of_answer(binary::Node const& reply);

/// What a notification of type `mex` tells.
struct MexNews {
    std::optional<TimeLock> time_lock;
    std::optional<NewChatQuota> quota;
    struct ChannelNews {
        Jid channel;
        ChatUpdate change = ChatUpdate::followed; ///< followed, unfollowed, muted or unmuted
        std::string name = {};                    ///< of `followed`, when it is said
    };
    std::vector<ChannelNews> channels;
};
/// What is not known gives nothing.
MexNews read_mex_news(binary::Node const& notification);

} // namespace wagate::channel
