#pragma once
// Push: what the server wakes this device with while it has no connection. What arrives there is for whoever
// has asked for it; a session of this program comes back by itself.
#include "protocol/engine/core.hpp"
#include "protocol/stanza/push.hpp"

namespace wagate::engine {

class Push {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;

    explicit Push(Core& core) noexcept : core_(core) {}

    /// The server's public key for Web Push, which a subscription is made with. Nothing when it tells none.
    void server_key(Done<std::optional<std::string>> done);
    /// In place of what was registered before. @param target without a key for ids of messages: one is made
    /// @return what was registered
    void register_device(stanza::PushTarget target, Done<stanza::PushTarget> done);

private:
    Core& core_;
};

} // namespace wagate::engine
