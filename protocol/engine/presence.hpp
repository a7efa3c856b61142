#pragma once
// Presence and typing, both ways (protocol.md 10.3). What others do is told as events and kept in memory, for
// people and groups that this connection has heard of.
#include "protocol/engine/directory.hpp"
#include "protocol/model/account_events.hpp"
#include "protocol/stanza/presence.hpp"

#include <list>
#include <set>

namespace wagate::engine {

class Presence {
public:
    using Done = std::function<void(ErrorCode)>;

    Presence(Core& core, Directory& directory);

    /// Shows the account as online, or not; so it stays over reconnects. Needs a name (no_name).
    void set_online(bool online, Done done);
    bool is_online() const noexcept { return core_.active && core_.online_presence; }
    /// Shows in a chat that something is being written.
    /// @param state typing, recording or paused
    void set_typing(Jid const& chat, PresenceState state, Done done);
    /// Asks to be told when a person comes and goes; renewed at each connection.
    void subscribe(Jid const& chat, Done done);
    bool is_subscribed(Jid const& chat) const;

    struct Known {
        Jid chat;
        std::optional<Jid> chat_phone;
        std::vector<PresenceChanged> people;
    };
    std::vector<Known> all() const;
    /// Without people when nothing is known.
    Known of(Jid const& chat) const;
    /// Subscribes when that was not done before, and then waits a moment for the first news.
    void look(Jid const& chat, std::function<void(Result<Known>)> done);

private:
    static constexpr std::size_t most_chats = 1'000;
    static constexpr std::size_t most_people = 100; ///< of one chat
    static constexpr std::size_t most_subscriptions = 1'000;
    static constexpr std::size_t most_looking = 100;

    struct Seen {
        PresenceChanged news;
        MonotonicTime at{};
    };
    struct Room {
        Jid chat;
        std::vector<Seen> people;
    };

    void on_stanza(binary::Node const& stanza);
    void remember(PresenceChanged const& news);
    Known known(Room const& room) const;
    void send_subscription(Jid const& person);
    bool is_own(Jid const& jid) const;
    struct Looking {
        std::uint64_t number = 0;
        Jid chat; ///< canonical
        std::function<void(Result<Known>)> done;
    };
    /// Answers those who wait for news of the chat; of all chats without one.
    void answer_looking(std::optional<Jid> const& chat);

    Core& core_;
    Directory& directory_;
    std::list<Room> rooms_;       ///< the one with the latest news first
    std::set<Jid> subscriptions_; ///< canonical
    std::list<Looking> looking_;
    std::uint64_t next_looking_ = 1;
};

} // namespace wagate::engine
