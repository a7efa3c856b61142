#pragma once
// What the server allows the account: its time lock and quota for new chats, asked for and told; and what
// other devices do with channels, which is told the same way (protocol.md 10.2).
#include "protocol/engine/core.hpp"
#include "protocol/model/account_events.hpp"

namespace wagate::engine {

class AccountLimits {
public:
    /// @param locked is given the end of each lock that the server tells of; now when there is none
    AccountLimits(Core& core, std::function<void(WallTime)> locked);

    template <class T>
    using Done = std::function<void(Result<T>)>;

    /// A refusal is a server_error.
    void time_lock(Done<TimeLock> done);
    void new_chats(Done<NewChatQuota> done);

private:
    void on_news(binary::Node const& notification);
    void note(TimeLock const& lock) const;

    Core& core_;
    std::function<void(WallTime)> locked_;
};

} // namespace wagate::engine
