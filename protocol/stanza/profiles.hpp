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

struct BusinessHours {
    struct Day {
        std::string day;       ///< sun, mon, tue, wed, thu, fri, sat
        std::string mode;      ///< specific_hours, open_24h, appointment_only
        std::int64_t open = 0; ///< minutes after midnight, of specific hours
        std::int64_t close = 0;
        bool operator==(Day const&) const = default;
    };
    std::string timezone; ///< of the IANA list
    std::vector<Day> days;
    bool operator==(BusinessHours const&) const = default;
};
struct BusinessProfile {
    std::string description, address, email, website, category;
    std::vector<std::string> websites = {}; ///< all of them; `website` is the first
    std::optional<BusinessHours> hours = {};
    bool operator==(BusinessProfile const&) const = default;
};
binary::Node business_request(Jid const& of);
std::optional<BusinessProfile> parse_business(binary::Node const& reply);

/// Of the own profile; nothing: it stays. Empty text takes it away.
struct BusinessChange {
    std::optional<std::string> description = {}, address = {}, email = {};
    std::optional<std::vector<std::string>> websites = {};
    std::optional<BusinessHours> hours = {};
};
binary::Node business_change(BusinessChange const& change);
/// What the media servers say of a picture that was uploaded for this.
struct CoverPhoto {
    std::string id;
    std::string token;
    std::string time;
};
binary::Node cover_photo_change(CoverPhoto const& photo);
binary::Node cover_photo_removal(std::string_view id);

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
