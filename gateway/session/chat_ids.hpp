#pragma once
// Chats and messages as API clients write them.
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"

#include <optional>

namespace wagate::gateway {

/// A recipient as API clients write it: digits (with or without +, spaces, dashes), `…@c.us`,
/// `…@s.whatsapp.net`, `…@lid`, `…@g.us`.
std::optional<Jid> parse_chat(std::string_view text);
/// The wire id in `true_123@c.us_ID[_participant]`, or the text itself when it is bare.
std::optional<MessageId> parse_message_id(std::string_view text);

/// A full id taken apart.
struct FullMessageId {
    bool from_me = false;
    Jid chat; ///< bare
    MessageId id;
    std::optional<Jid> participant; ///< bare; of groups and broadcasts
    bool operator==(FullMessageId const&) const = default;
};
/// `true_123@c.us_ID[_participant]` only; nothing for a bare id.
std::optional<FullMessageId> parse_full_id(std::string_view text);

} // namespace wagate::gateway
