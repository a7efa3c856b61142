#pragma once
// Groups and communities as they are asked for and told about (protocol.md 10.1, xmlns w:g2 and w:gp2). What
// is built here carries no id yet: whoever asks gives it one. Parsing is total over any node.
#include "protocol/binary/node.hpp"
#include "protocol/model/group_events.hpp"

namespace wagate::stanza {

/// No group is larger; what a reply lists beyond is not read.
inline constexpr std::size_t max_group_members = 20'000;
/// Groups of one account that are read from one reply.
inline constexpr std::size_t max_groups = 20'000;

// --------------------------------------------------------------------------- asking

/// Somebody as a request names them: the phone number goes along with a LID.
struct Participant {
    Jid jid;
    std::optional<Jid> phone;
    std::optional<Bytes> token = {}; ///< that the person gave the account; only for putting it into a group
};

/// What a message has brought that invites one person, unlike a link, which holds for everybody.
struct Invitation {
    Jid group;
    Jid inviter; ///< who has sent it
    std::string code;
    WallTime expires{}; ///< whole seconds
};

struct GroupPlan {
    std::string subject;
    std::string description; ///< communities only
    std::vector<Participant> members;
    bool is_community = false;
    std::optional<Jid> parent; ///< makes it a subgroup of that community
    bool announce = false;
    bool locked = false;
    bool approval_required = false;
    bool only_admins_add = false;
    std::chrono::seconds expiration{0}; ///< disappearing messages; zero: off
};

enum class MemberAction : std::uint8_t { add, remove, promote, demote };
std::string_view action_name(MemberAction action) noexcept;

binary::Node create_group(GroupPlan const& plan, std::string_view description_id);
binary::Node query_group(Jid const& group);
binary::Node query_joined_groups();
/// @param and_linked removes from a community and from all of its groups
binary::Node change_members(Jid const& group, MemberAction action, std::vector<Participant> const& members,
                            bool and_linked = false);
/// Leaves, or with `from_community` leaves a community with its groups.
binary::Node leave_group(Jid const& group, bool from_community = false);
binary::Node set_subject(Jid const& group, std::string_view subject);
/// An empty text deletes it. @param previous id of the description that is replaced; empty: none
binary::Node set_description(Jid const& group, std::string_view text, std::string_view id,
                             std::string_view previous);
binary::Node set_locked(Jid const& group, bool locked);
binary::Node set_announce(Jid const& group, bool announce);
binary::Node set_members_can_add(Jid const& group, bool members_can_add);
/// @param of_community the group is a community
binary::Node set_approval(Jid const& group, bool required, bool of_community = false);
binary::Node set_expiration(Jid const& group, std::chrono::seconds expiration);
binary::Node query_requests(Jid const& group);
binary::Node answer_requests(Jid const& group, std::vector<Participant> const& members, bool approve);
binary::Node invite_code(Jid const& group, bool renew);
binary::Node query_invite(std::string_view code);
binary::Node join_by_code(std::string_view code);
binary::Node query_invitation(Invitation const& invitation);
binary::Node accept_invitation(Invitation const& invitation);
/// Takes back the invitations that these people were sent.
binary::Node revoke_invitations(Jid const& group, std::vector<Participant> const& members);
binary::Node link_group(Jid const& community, Jid const& group);
binary::Node unlink_group(Jid const& community, Jid const& group);
binary::Node query_subgroups(Jid const& community);
binary::Node query_community_members(Jid const& community);
binary::Node delete_community(Jid const& community);

// --------------------------------------------------------------------------- answers

/// A <group> as replies and notifications carry it. Nothing without an id.
std::optional<Group> parse_group(binary::Node const& node);
/// The groups of <groups>.
std::vector<Group> parse_groups(binary::Node const& reply);

/// What became of one participant of a request.
struct MemberResult {
    Jid jid;
    std::optional<Jid> phone;
    int code = 200;          ///< 403: only by invitation, 408: left lately, 409: is one already …
    std::string invite_code; ///< with 403: to be sent as an invitation
    std::optional<WallTime> invite_ends;
};
/// @param tag of the node that lists them: add, remove, promote, demote, approve, reject, revoke
std::vector<MemberResult> parse_member_results(binary::Node const& reply, std::string_view tag);

struct JoinRequest {
    Jid jid;
    std::optional<Jid> phone;
    std::optional<WallTime> time;
};
std::vector<JoinRequest> parse_requests(binary::Node const& reply);

/// The code of an invitation, or nothing.
std::optional<std::string> parse_invite_code(binary::Node const& reply);

struct Joined {
    Jid group;
    bool is_pending = false; ///< an admin has to approve it first
};
std::optional<Joined> parse_joined(binary::Node const& reply);

struct Subgroup {
    Jid jid;
    std::string subject;
    bool is_default = false; ///< the announcement group
};
std::vector<Subgroup> parse_subgroups(binary::Node const& reply);
/// Everybody in any group of a community, each once.
std::vector<GroupMember> parse_community_members(binary::Node const& reply);

// --------------------------------------------------------------------------- news

/// <notification type="w:gp2">. Several things may be in one.
struct GroupNotice {
    Jid group;
    std::string id{};      ///< the same when it is delivered again; empty: it is no notification
    std::optional<Jid> by; ///< who did it, in the group's addressing
    std::optional<Jid> by_phone;
    WallTime time{};
    std::optional<Group> created; ///< a new group, or one that the account was put into
    struct Members {
        ParticipantChange change = ParticipantChange::join;
        std::vector<GroupMember> members;
    };
    std::vector<Members> members;
    GroupUpdated updated;                       ///< chat and by are set too
    std::vector<GroupRequestsChanged> requests; ///< chat and by are set too
    std::optional<std::string> description_id;
    bool is_deleted = false;
    bool is_outdated = false; ///< something has changed that has to be asked for
};
std::optional<GroupNotice> parse_group_notice(binary::Node const& notification);
/// Anything besides the members has changed.
bool says_anything(GroupUpdated const& updated) noexcept;

/// Pairs of phone number and LID that stand anywhere in a reply or notification about groups, in that order.
std::vector<std::pair<Jid, Jid>> address_pairs(binary::Node const& node);

} // namespace wagate::stanza
