#pragma once
// Channels (newsletters) as the server describes them (protocol.md 10.2).
#include "protocol/model/model.hpp"

#include <map>

namespace wagate::channel {

enum class ChannelRole : std::uint8_t { guest, subscriber, admin, owner };
std::string_view role_name(ChannelRole role) noexcept; ///< "GUEST", "SUBSCRIBER", "ADMIN", "OWNER"

struct Channel {
    Jid jid;
    std::string name;
    std::string description;
    std::string invite;  ///< code, without the link around it
    std::string preview; ///< small picture: path below any media host, or a URL; empty: none
    std::string picture; ///< full picture, likewise
    ChannelRole role = ChannelRole::guest;
    bool verified = false;
    bool active = true; ///< false: suspended by WhatsApp
    std::optional<bool> muted;
    std::int64_t subscribers = 0;
    std::optional<WallTime> created;
    bool operator==(Channel const&) const = default;
};

/// A piece of a list of channels.
struct ChannelPage {
    std::vector<Channel> channels;
    std::string start_cursor; ///< empty: none
    std::string end_cursor;   ///< empty: none
    bool has_next = false;
    bool has_previous = false;
};

/// A message of a channel with what the server counts for it.
struct ChannelPost {
    Message message;
    std::int64_t views = 0;
    std::map<std::string, std::int64_t> reactions; ///< by emoji
};

/// How a channel is named in a question: its JID, or the code of an invitation.
struct ChannelKey {
    std::optional<Jid> jid;
    std::string invite;
};
/// `123@newsletter`, an invitation code, or the link around it; nothing for anything else.
std::optional<ChannelKey> parse_channel_key(std::string_view text);

} // namespace wagate::channel
