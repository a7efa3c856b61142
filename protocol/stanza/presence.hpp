#pragma once
// Presence and typing as stanzas (protocol.md 10.3). Nothing of it is acknowledged.
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/model/account_events.hpp"

namespace wagate::stanza {

/// Asks to be told when a person comes and goes; lasts as long as the connection.
/// @param token the person's trusted-contact token (7.10), when there is one
binary::Node presence_subscribe(Jid const& to, std::optional<Bytes> const& token);
/// @param state typing, recording or paused
binary::Node chatstate(Jid const& to, PresenceState state);

struct PresenceNews {
    Jid chat;        ///< the person's, or the group's in which somebody types
    Jid participant; ///< bare
    PresenceState state = PresenceState::offline;
    std::optional<WallTime> last_seen; ///< when the person shows it
};
/// Of a <presence> or a <chatstate>; nothing for those that are about nobody, as a group's count of people
/// is.
std::optional<PresenceNews> parse_presence(binary::Node const& stanza);

} // namespace wagate::stanza
