#include "protocol/stanza/groups.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

constexpr std::string_view group_xmlns = "w:g2";
constexpr int deepest = 6; ///< levels of a reply in which addresses are looked for

Jid all_groups()
{
    return {{}, JidServer::group};
}

Node group_iq(Jid const& to, IqType type, Node child)
{
    auto iq = make_iq("", type, group_xmlns, {std::move(child)});
    iq.set("to", to);
    return iq;
}

Node participant_node(Participant const& participant)
{
    Node node{"participant"};
    node.set("jid", participant.jid.bare());
    if (participant.jid.is_lid() && participant.phone) node.set("phone_number", participant.phone->bare());
    if (participant.token) node.add(Node{"privacy"}.with_bytes(*participant.token));
    return node;
}

Node participants_in(std::string_view tag, std::vector<Participant> const& members)
{
    Node node{tag};
    for (auto const& member : members)
        node.add(participant_node(member));
    return node;
}

Node join_state(bool required, std::string_view of = "group_join")
{
    Node mode{"membership_approval_mode"};
    mode.add(Node{of}.set("state", required ? "on" : "off"));
    return mode;
}

Node with_invitation(Node node, Invitation const& invitation)
{
    node.set("code", invitation.code).set("expiration", unix_seconds(invitation.expires));
    node.set("admin", invitation.inviter.bare());
    return node;
}

Node description_node(std::string_view text, std::string_view id, std::string_view previous)
{
    Node description{"description"};
    if (!id.empty()) description.set("id", id);
    if (!previous.empty()) description.set("prev", previous);
    if (text.empty())
        description.set("delete", "true");
    else
        description.add(Node{"body"}.with_bytes(to_bytes(text)));
    return description;
}

} // namespace

std::string_view action_name(MemberAction action) noexcept
{
    switch (action) {
    case MemberAction::add: return "add";
    case MemberAction::remove: return "remove";
    case MemberAction::promote: return "promote";
    case MemberAction::demote: return "demote";
    }
    return {};
}

Node create_group(GroupPlan const& plan, std::string_view description_id)
{
    auto create = participants_in("create", plan.members);
    create.set("subject", plan.subject);
    if (plan.is_community) {
        if (!plan.description.empty()) create.add(description_node(plan.description, description_id, {}));
        create.add(Node{"parent"}.set("default_membership_approval_mode", "request_required"));
        create.add(Node{"allow_non_admin_sub_group_creation"}).add(Node{"create_general_chat"});
        return group_iq(all_groups(), IqType::set, std::move(create));
    }
    if (plan.only_admins_add) create.add(Node{"member_add_mode"}.with_bytes(to_bytes("admin_add")));
    if (plan.parent) create.add(Node{"linked_parent"}.set("jid", *plan.parent));
    if (plan.locked) create.add(Node{"locked"});
    if (plan.announce) create.add(Node{"announcement"});
    if (plan.expiration.count() > 0)
        create.add(
            Node{"ephemeral"}.set("expiration", std::int64_t{plan.expiration.count()}).set("trigger", "1"));
    if (plan.approval_required) create.add(join_state(true));
    return group_iq(all_groups(), IqType::set, std::move(create));
}

Node query_group(Jid const& group)
{
    return group_iq(group, IqType::get, Node{"query"}.set("request", "interactive"));
}

Node query_joined_groups()
{
    Node participating{"participating"};
    participating.add(Node{"participants"}).add(Node{"description"});
    return group_iq(all_groups(), IqType::get, std::move(participating));
}

Node change_members(Jid const& group, MemberAction action, std::vector<Participant> const& members,
                    bool and_linked)
{
    auto change = participants_in(action_name(action), members);
    if (and_linked) change.set("linked_groups", "true");
    return group_iq(group, IqType::set, std::move(change));
}

Node leave_group(Jid const& group, bool from_community)
{
    Node leave{"leave"};
    if (from_community)
        leave.add(Node{"linked_groups"}.set("parent_group_jid", group));
    else
        leave.add(Node{"group"}.set("id", group));
    return group_iq(all_groups(), IqType::set, std::move(leave));
}

Node set_subject(Jid const& group, std::string_view subject)
{
    return group_iq(group, IqType::set, Node{"subject"}.with_bytes(to_bytes(subject)));
}

Node set_description(Jid const& group, std::string_view text, std::string_view id, std::string_view previous)
{
    return group_iq(group, IqType::set, description_node(text, id, previous));
}

Node set_locked(Jid const& group, bool locked)
{
    return group_iq(group, IqType::set, Node{locked ? "locked" : "unlocked"});
}

Node set_announce(Jid const& group, bool announce)
{
    return group_iq(group, IqType::set, Node{announce ? "announcement" : "not_announcement"});
}

Node set_members_can_add(Jid const& group, bool members_can_add)
{
    auto const* mode = members_can_add ? "all_member_add" : "admin_add";
    return group_iq(group, IqType::set, Node{"member_add_mode"}.with_bytes(to_bytes(mode)));
}

Node set_approval(Jid const& group, bool required, bool of_community)
{
    return group_iq(group, IqType::set, join_state(required, of_community ? "community_join" : "group_join"));
}

Node set_expiration(Jid const& group, std::chrono::seconds expiration)
{
    if (expiration.count() <= 0) return group_iq(group, IqType::set, Node{"not_ephemeral"});
    return group_iq(group, IqType::set,
                    Node{"ephemeral"}.set("expiration", std::int64_t{expiration.count()}));
}

Node query_requests(Jid const& group)
{
    return group_iq(group, IqType::get, Node{"membership_approval_requests"});
}

Node answer_requests(Jid const& group, std::vector<Participant> const& members, bool approve)
{
    Node action{"membership_requests_action"};
    action.add(participants_in(approve ? "approve" : "reject", members));
    return group_iq(group, IqType::set, std::move(action));
}

Node invite_code(Jid const& group, bool renew)
{
    return group_iq(group, renew ? IqType::set : IqType::get, Node{"invite"});
}

Node query_invite(std::string_view code)
{
    return group_iq(all_groups(), IqType::get, Node{"invite"}.set("code", code));
}

Node join_by_code(std::string_view code)
{
    return group_iq(all_groups(), IqType::set, Node{"invite"}.set("code", code));
}

Node query_invitation(Invitation const& invitation)
{
    auto request = with_invitation(Node{"add_request"}, invitation);
    return group_iq(invitation.group, IqType::get, Node{"query"}.add(std::move(request)));
}

Node accept_invitation(Invitation const& invitation)
{
    return group_iq(invitation.group, IqType::set, with_invitation(Node{"accept"}, invitation));
}

Node revoke_invitations(Jid const& group, std::vector<Participant> const& members)
{
    return group_iq(group, IqType::set, participants_in("revoke", members));
}

Node link_group(Jid const& community, Jid const& group)
{
    Node link{"link"};
    link.set("link_type", "sub_group").add(Node{"group"}.set("jid", group));
    return group_iq(community, IqType::set, Node{"links"}.add(std::move(link)));
}

Node unlink_group(Jid const& community, Jid const& group)
{
    Node unlink{"unlink"};
    unlink.set("unlink_type", "sub_group").add(Node{"group"}.set("jid", group));
    return group_iq(community, IqType::set, std::move(unlink));
}

Node query_subgroups(Jid const& community)
{
    return group_iq(community, IqType::get, Node{"sub_groups"});
}

Node query_community_members(Jid const& community)
{
    return group_iq(community, IqType::get, Node{"linked_groups_participants"});
}

Node delete_community(Jid const& community)
{
    return group_iq(community, IqType::set, Node{"delete_parent"});
}

// --------------------------------------------------------------------------- addresses

namespace {

void collect_pair(Node const& node, std::string_view one, std::string_view other,
                  std::vector<std::pair<Jid, Jid>>& pairs)
{
    auto const first = node.jid(one);
    auto const second = node.jid(other);
    if (!first || !second) return;
    if (first->is_phone() && second->is_lid()) pairs.emplace_back(first->bare(), second->bare());
    if (first->is_lid() && second->is_phone()) pairs.emplace_back(second->bare(), first->bare());
}

void collect_pairs(Node const& node, int depth, std::vector<std::pair<Jid, Jid>>& pairs)
{
    collect_pair(node, "jid", "phone_number", pairs);
    collect_pair(node, "jid", "lid", pairs);
    collect_pair(node, "participant", "participant_pn", pairs);
    collect_pair(node, "participant", "participant_lid", pairs);
    collect_pair(node, "creator", "creator_pn", pairs);
    collect_pair(node, "s_o", "s_o_pn", pairs);
    if (depth == 0) return;
    for (auto const& child : node.children())
        collect_pairs(child, depth - 1, pairs);
}

} // namespace

std::vector<std::pair<Jid, Jid>> address_pairs(Node const& node)
{
    std::vector<std::pair<Jid, Jid>> pairs;
    collect_pairs(node, deepest, pairs);
    return pairs;
}

} // namespace wagate::stanza
