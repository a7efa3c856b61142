#pragma once
// Calls as stanzas (protocol.md 10.4): what is said about them, not what is said in them.
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

enum class CallNews : std::uint8_t {
    offered,    ///< it rings
    accepted,   ///< on another device of the account
    rejected,   ///< on another device of the account
    terminated, ///< it is over, or was never taken
    other,      ///< how media travels: of no interest here
};

struct CallStanza {
    CallNews news = CallNews::other;
    std::string id;
    Jid from;                         ///< as on the wire, with device
    Jid creator;                      ///< who calls; `from` when it is not said
    std::optional<Jid> creator_other; ///< the creator's other address, when it is said
    std::optional<Jid> group;
    bool is_video = false;
    WallTime timestamp{};
    std::string reason; ///< of an end: timeout, accepted_elsewhere, …
};
/// Nothing when the stanza is no call with an id.
std::optional<CallStanza> parse_call(binary::Node const& stanza);

/// Declines a call on behalf of all own devices.
binary::Node reject_call(std::string_view id, Jid const& own, Jid const& caller, std::string_view call_id);

} // namespace wagate::stanza
