#pragma once
// Requests about profiles, privacy and who is blocked (protocol.md 10.5). Requests carry no id: Core::ask
// gives one.
#include "protocol/base/bytes.hpp"
#include "protocol/binary/node.hpp"

#include <chrono>

namespace wagate::stanza {

// ---------------------------------------------------------------------------- pictures
enum class PictureSize : std::uint8_t { full, preview };

struct ProfilePicture {
    std::string id;
    std::string url; ///< not encrypted; good for some days
};
binary::Node picture_request(Jid const& of, PictureSize size, std::optional<Bytes> const& token);
/// Nothing when there is no picture, or it has not changed.
std::optional<ProfilePicture> parse_picture(binary::Node const& reply);
/// @param of a group; nothing: the own account's @param jpeg nothing: the picture goes
binary::Node picture_change(std::optional<Jid> const& of, std::optional<Bytes> const& jpeg);

// ---------------------------------------------------------------------------- about, business
binary::Node about_change(std::string_view text);
binary::Node about_request(Jid const& of, std::optional<Bytes> const& token);
/// Nothing when it is hidden or empty.
std::optional<std::string> parse_about(binary::Node const& reply);

struct BusinessProfile {
    std::string description, address, email, website, category;
    bool operator==(BusinessProfile const&) const = default;
};
binary::Node business_request(Jid const& of);
std::optional<BusinessProfile> parse_business(binary::Node const& reply);

// ---------------------------------------------------------------------------- privacy
struct PrivacySetting {
    std::string name;  ///< groupadd, last, status, profile, readreceipts, online, calladd, …
    std::string value; ///< all, contacts, contact_blacklist, none, match_last_seen, known, …
    bool operator==(PrivacySetting const&) const = default;
};
binary::Node privacy_request();
binary::Node privacy_change(PrivacySetting const& setting);
/// The settings below <privacy>, of a reply or of a notification.
std::vector<PrivacySetting> parse_privacy(binary::Node const& reply);
/// Of new chats; zero: off.
binary::Node default_expiration_change(std::chrono::seconds duration);

// ---------------------------------------------------------------------------- blocked people
binary::Node blocklist_request();
/// @param phone goes along when somebody is blocked
binary::Node block_change(Jid const& lid, std::optional<Jid> const& phone, bool blocked);
struct BlockedPerson {
    Jid jid;
    std::optional<Jid> phone;
    std::string action; ///< in a notification: block or unblock
};
/// Items below <list> or <blocklist>.
std::vector<BlockedPerson> parse_blocked(binary::Node const& list);

} // namespace wagate::stanza
