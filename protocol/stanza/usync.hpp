#pragma once
// usync: which devices an account has, its LID, whether a number is registered (protocol.md 6.5).
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

/// Devices and LIDs of users, as asked before sending.
binary::Node usync_devices(std::string_view id, std::vector<Jid> const& users);
/// Is this number registered, and under which JID and LID.
binary::Node usync_contact(std::string_view id, std::vector<std::string> const& phone_users);

/// Everything that is shown of users: devices, LID, about, picture, business name, default timer.
struct UsyncPerson {
    Jid jid;
    std::optional<Bytes> token; ///< trusted-contact token
};
binary::Node usync_info(std::string_view id, std::vector<UsyncPerson> const& people);

struct UsyncDevice {
    std::uint16_t id = 0;
    std::uint32_t key_index = 0;
    bool hosted = false;
};
struct UsyncUser {
    Jid jid; ///< bare, as asked or as the server names it
    std::optional<Jid> lid;
    std::optional<Jid> phone; ///< from `pn_jid`
    bool has_device_list = false;
    std::vector<UsyncDevice> devices; ///< already filtered by the signed key index list when there is one
    std::uint32_t raw_id = 0;         ///< changes when the account registers anew; 0 unknown
    std::optional<bool> registered;   ///< contact type in / out; invalid counts as out
    std::string contact;              ///< echoed content of <contact>
    // As asked by usync_info.
    std::optional<std::string> about; ///< nothing: hidden or not asked; empty: none
    std::optional<WallTime> about_set;
    std::string picture_id;                    ///< empty: none, or hidden
    std::string verified_name;                 ///< of a business, from its certificate
    std::optional<std::chrono::seconds> timer; ///< of new chats; zero: off
};
std::vector<UsyncUser> parse_usync(binary::Node const& reply);
/// The name in a VerifiedNameCertificate; empty when there is none. The signature is not checked.
std::string verified_name_in(ByteView certificate);

} // namespace wagate::stanza
