#pragma once
// Groups, and what happens to them (protocol.md 10.1).
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wagate {

/// Stored as integers: never renumber.
enum class GroupRole : std::uint8_t { member = 0, admin = 1, superadmin = 2 };

struct GroupMember {
    Jid jid;                  ///< bare, in the group's addressing
    std::optional<Jid> phone; ///< when `jid` is a LID and the number is known
    GroupRole role = GroupRole::member;
    std::string label{}; ///< how the member calls itself in this group, at most 30 characters
    bool operator==(GroupMember const&) const = default;
};

/// A group as the server describes it.
struct Group {
    Jid jid;
    std::string subject;
    std::optional<Jid> subject_by;
    std::optional<WallTime> subject_time;
    std::string description;
    std::string description_id;
    std::optional<Jid> description_by;
    std::optional<WallTime> description_time;
    std::optional<Jid> owner;
    std::optional<Jid> owner_phone;
    std::optional<WallTime> created;
    bool uses_lids = true; ///< addressing of its messages
    bool announce = false; ///< only admins write
    bool locked = false;   ///< only admins change the description and picture
    bool members_can_add = true;
    bool approval_required = false;                 ///< new members must be approved
    std::optional<std::chrono::seconds> expiration; ///< disappearing messages
    bool is_community = false;
    std::optional<Jid> parent;          ///< the community it belongs to
    bool is_announcement_group = false; ///< of its community
    std::vector<GroupMember> members;
    bool is_suspended = false; ///< by WhatsApp
    bool operator==(Group const&) const = default;
};

/// The account has become a member, or has made the group.
struct GroupJoined {
    Group group;
    bool operator==(GroupJoined const&) const = default;
};
/// The account is no member any more.
struct GroupLeft {
    Jid chat;
    std::optional<Jid> by; ///< who removed it; nothing when it left
    bool operator==(GroupLeft const&) const = default;
};
/// A community has taken a group in, or let it go, as either of the two is told.
struct GroupLink {
    Jid group;                 ///< the other one
    std::string subject;       ///< of the other one; empty where it is not told
    bool is_community = false; ///< the other one is the community
    bool is_linked = true;     ///< else let go
    bool operator==(GroupLink const&) const = default;
};
/// Something besides the members has changed; only what did is set.
struct GroupUpdated {
    Jid chat;
    std::optional<Jid> by;
    std::optional<std::string> subject;
    std::optional<std::string> description;
    std::optional<bool> announce;
    std::optional<bool> locked;
    std::optional<bool> members_can_add;
    std::optional<bool> approval_required;
    std::optional<std::chrono::seconds> expiration;
    bool picture_changed = false;
    std::optional<std::string> invite_code{}; ///< the new one; the old does not hold any more
    std::optional<bool> suspended{};          ///< by WhatsApp
    std::vector<GroupLink> links{};
    bool operator==(GroupUpdated const&) const = default;
};
enum class ParticipantChange : std::uint8_t { join = 0, leave = 1, promote = 2, demote = 3, label = 4 };
struct GroupParticipantsChanged {
    Jid chat;
    std::optional<Jid> by;
    ParticipantChange change = ParticipantChange::join;
    std::vector<GroupMember> members; ///< whom it concerns
    bool operator==(GroupParticipantsChanged const&) const = default;
};
/// Stored as integers: never renumber.
enum class JoinRequestChange : std::uint8_t {
    created = 0,
    revoked = 1,  ///< by who had asked
    rejected = 2, ///< by an admin; who is approved joins
};
/// Somebody asks to become a member, or the asking has ended without it. Only admins are told.
struct GroupRequestsChanged {
    Jid chat;
    std::optional<Jid> by;
    JoinRequestChange change = JoinRequestChange::created;
    /// Of created ones, in WhatsApp's words: invite_link, linked_group_join, non_admin_add.
    std::string method;
    std::vector<GroupMember> members; ///< who has asked, or was asked for
    bool operator==(GroupRequestsChanged const&) const = default;
};

} // namespace wagate
