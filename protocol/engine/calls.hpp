#pragma once
// Offers, answers and ends of calls; rejecting them (protocol.md 10.4). What is said in a call is out of
// scope.
#include "protocol/engine/directory.hpp"
#include "protocol/model/account_events.hpp"
#include "protocol/stanza/calls.hpp"

#include <deque>

namespace wagate::engine {

class Calls {
public:
    using Done = std::function<void(ErrorCode)>;

    Calls(Core& core, Directory& directory);

    /// Declines a call for the whole account. Done when the refusal is on its way and told.
    /// @param from who calls, under either address
    void reject(Jid const& from, std::string const& call_id, Done done);

private:
    static constexpr std::size_t most_calls = 100;

    void on_call(binary::Node const& stanza);
    CallChanged* find(std::string const& id);
    void remember(CallChanged const& call);

    Core& core_;
    Directory& directory_;
    std::deque<CallChanged> calls_; ///< that rang, oldest first
};

} // namespace wagate::engine
