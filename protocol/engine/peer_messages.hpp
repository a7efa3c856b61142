#pragma once
// Messages from this companion to the own phone, which nobody else sees (protocol.md 7.5): requests for
// messages, app-state keys, history. They survive a restart, and are sent again until the server has them.
#include "protocol/engine/core.hpp"

namespace wagate::engine {

class PeerMessages {
public:
    /// Stores the unit of work with the entry in it, sends the entry's stanza once that is durable, and again
    /// until the server acknowledges it.
    using SendRequest = std::function<void(UnitOfWork work, OutboxEntry entry)>;

    PeerMessages(Core& core, SendRequest send_request) : core_(core), send_request_(std::move(send_request))
    {}

    /// Calls `ready` once there is a session with the phone: at once or later, or never when the connection
    /// goes or the phone has no keys.
    void when_ready(std::function<void()> ready);

    /// A message as it will be sent; what else belongs to the same step goes into `work`.
    struct Sealed {
        UnitOfWork work;
        OutboxEntry entry;
    };
    /// Only inside of when_ready. @param content a serialized Message. @return nothing when there is no
    /// session
    std::optional<Sealed> seal(ByteView content) const;
    void send(Sealed sealed) { send_request_(std::move(sealed.work), std::move(sealed.entry)); }

    /// All of it, for a message that nothing else depends on. `sent` gets its id once it is on its way.
    void send(Bytes content, std::function<void(MessageId const&)> sent = {});

private:
    Core& core_;
    SendRequest send_request_;
};

} // namespace wagate::engine
