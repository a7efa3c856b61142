#pragma once
// Messages that could not be opened (protocol.md 5.9, 5.12), kept with their stanza until the sender's retry
// or the own phone brings them. Asks the phone, once for each message, when the sender has not helped by
// then.
#include "protocol/engine/directory.hpp"
#include "protocol/engine/peer_messages.hpp"
#include "protocol/message/content.hpp"
#include "protocol/stanza/message.hpp"

#include <map>
#include <unordered_map>

namespace wagate::engine {

class WaitingRoom {
public:
    WaitingRoom(Core& core, Directory const& directory, PeerMessages& peers)
        : core_(core), directory_(directory), peers_(peers)
    {}

    /// How long the sender has for a retry before the phone is asked.
    static constexpr Milliseconds patience = std::chrono::seconds{5};
    /// Between two requests, so that many lost messages do not become a flood.
    static constexpr Milliseconds pace{250};
    static constexpr std::size_t requests_per_login = 32;
    static constexpr std::chrono::hours phone_memory{24 * 14};

    static std::string key_of(stanza::MessageSource const& source);
    /// The entry of this message, also when it first came from the sender's other address.
    std::optional<WaitingStanza> find(stanza::MessageSource const& source) const;
    /// The entry that the phone was asked about and answers here.
    std::optional<WaitingStanza> find_answered(message::ResentMessage const& resent) const;

    /// Puts an entry into the unit of work, or takes it out; call `stored` once that unit is on its way.
    void put(UnitOfWork& work, WaitingStanza entry);
    void done(UnitOfWork& work, std::string const& key);
    void stored();

    /// Asks the phone after `delay` unless the message is here by then or the phone cannot have it.
    void ask_later(std::string key, Milliseconds delay);
    /// Takes up what was never asked for, the oldest first.
    void on_active();
    void on_disconnected();
    /// The account is forgotten, and all entries with it.
    void forget();

private:
    static constexpr std::size_t entries_per_login = 1'024;

    struct Pending {
        std::optional<WaitingStanza> entry;
        std::uint64_t unit = 0;
    };

    std::optional<WaitingStanza> find_key(std::string const& key) const;
    std::optional<stanza::MessageSource> askable(WaitingStanza const& entry) const;
    void arm();
    void ask_next();
    void ask(std::string const& key);
    void send_request(std::string const& key);

    Core& core_;
    Directory const& directory_;
    PeerMessages& peers_;
    /// Nothing: not looked yet. Most sessions have no entry, so most messages need no look into the store.
    mutable std::optional<bool> any_;
    std::map<std::string, Pending> pending_;             ///< decided, perhaps not committed yet
    std::uint64_t unit_ = 0;                             ///< counts calls of stored
    std::unordered_map<std::string, std::string> asked_; ///< keys by the id of the request
    std::multimap<MonotonicTime, std::string> due_;
    MonotonicTime next_request_{};
    Core::TimerId timer_ = 0;
};

} // namespace wagate::engine
