#pragma once
// Messages as the engine must see them: what it has decided to store lies on top of what storage has.
#include "protocol/engine/effects.hpp"

#include <deque>
#include <map>

namespace wagate::engine {

class PendingMessages {
public:
    /// `reader` must outlive this.
    explicit PendingMessages(SessionReader const& reader) noexcept : reader_(&reader) {}

    std::optional<Message> find(Jid const& chat, MessageId const& id) const;
    /// `work` is on its way to storage.
    void put(UnitOfWork const& work, Ticket ticket);
    /// Forgets what the commit of `ticket` has made visible below.
    void committed(Ticket ticket);
    void clear();

private:
    using Name = std::pair<Jid, MessageId>;
    struct Pending {
        std::optional<Message> message; ///< nothing: it goes
        Ticket ticket;
    };
    void set(Name name, std::optional<Message> message, Ticket ticket);

    SessionReader const* reader_;
    std::map<Name, Pending> pending_;
    std::deque<std::pair<Ticket, Name>> order_;
};

} // namespace wagate::engine
