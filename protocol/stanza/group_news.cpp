// Reading what the server says about groups.
#include "protocol/stanza/groups.hpp"

#include <algorithm>

namespace wagate::stanza {

using binary::Node;

namespace {

std::optional<Jid> user_at(Node const& node, std::string_view key)
{
    auto jid = node.jid(key);
    if (!jid || !jid->is_user() || jid->user.empty()) return std::nullopt;
    return jid->bare();
}

std::optional<WallTime> time_at(Node const& node, std::string_view key)
{
    auto const seconds = node.integer(key);
    constexpr std::int64_t end_of_time = 253'402'300'799; // the year 9999
    if (!seconds || *seconds <= 0 || *seconds > end_of_time) return std::nullopt;
    return wall_from_seconds(*seconds);
}

std::optional<Jid> group_at(Node const& node, std::string_view key)
{
    auto const jid = node.jid(key);
    if (jid && jid->is_group() && !jid->user.empty()) return jid->bare();
    // Attributes of <group> hold the user part only.
    auto const user = node.text(key);
    if (user.empty()) return std::nullopt;
    auto const whole = Jid::parse(user.find('@') == std::string::npos ? user + "@g.us" : user);
    if (!whole || !whole->is_group()) return std::nullopt;
    return whole->bare();
}

GroupRole role_of(Node const& participant)
{
    auto const type = participant.text("type");
    if (type == "superadmin") return GroupRole::superadmin;
    return type == "admin" ? GroupRole::admin : GroupRole::member;
}

std::vector<GroupMember> members_in(Node const& node)
{
    std::vector<GroupMember> members;
    for (auto const& child : node.children()) {
        if (child.tag != "participant" && child.tag != "requested_user") continue;
        auto const jid = user_at(child, "jid");
        if (!jid || child.has("error") || members.size() == max_group_members) continue;
        GroupMember member;
        member.jid = *jid;
        if (jid->is_lid()) member.phone = user_at(child, "phone_number");
        member.role = role_of(child);
        members.push_back(std::move(member));
    }
    return members;
}

bool joins_need_approval(Node const& mode)
{
    auto const* join = mode.child("group_join");
    if (join == nullptr) join = mode.child("community_join");
    return join != nullptr && join->text("state") == "on";
}

std::optional<bool> members_can_add_in(Node const& mode)
{
    auto const value = text_view(mode.bytes());
    if (value == "all_member_add") return true;
    if (value == "admin_add") return false;
    return std::nullopt;
}

void read_description(Group& group, Node const& node)
{
    group.description_id = node.text("id");
    group.description_by = user_at(node, "participant");
    group.description_time = time_at(node, "t");
    if (auto const* body = node.child("body")) group.description = to_text(body->bytes());
}

} // namespace

std::optional<Group> parse_group(Node const& node)
{
    auto const jid = group_at(node, "id");
    if (!jid) return std::nullopt;
    Group group;
    group.jid = *jid;
    group.subject = node.text("subject");
    group.subject_by = user_at(node, "s_o");
    group.subject_time = time_at(node, "s_t");
    group.owner = user_at(node, "creator");
    group.owner_phone = user_at(node, "creator_pn");
    group.created = time_at(node, "creation");
    group.members = members_in(node);
    // A server that does not tell means the old addressing, as its members show.
    auto const mode = node.text("addressing_mode");
    auto const has_lids = !group.members.empty() && group.members.front().jid.is_lid();
    group.uses_lids = mode.empty() ? has_lids : mode == "lid";
    for (auto const& child : node.children()) {
        if (child.tag == "description") read_description(group, child);
        if (child.tag == "announcement") group.announce = true;
        if (child.tag == "locked") group.locked = true;
        if (child.tag == "member_add_mode") group.members_can_add = members_can_add_in(child).value_or(true);
        if (child.tag == "membership_approval_mode") group.approval_required = joins_need_approval(child);
        if (child.tag == "ephemeral") {
            auto const seconds = child.integer("expiration").value_or(0);
            if (seconds > 0) group.expiration = std::chrono::seconds{seconds};
        }
        if (child.tag == "parent") group.is_community = true;
        if (child.tag == "linked_parent") group.parent = group_at(child, "jid");
        if (child.tag == "default_sub_group") group.is_announcement_group = true;
        if (child.tag == "suspended") group.is_suspended = true;
    }
    return group;
}

std::vector<Group> parse_groups(Node const& reply)
{
    std::vector<Group> groups;
    auto const* list = reply.child("groups");
    if (list == nullptr) return groups;
    for (auto const& child : list->children()) {
        if (child.tag != "group" || groups.size() == max_groups) continue;
        if (auto group = parse_group(child)) groups.push_back(std::move(*group));
    }
    return groups;
}

std::vector<MemberResult> parse_member_results(Node const& reply, std::string_view tag)
{
    std::vector<MemberResult> results;
    auto const* list = reply.child(tag);
    if (list == nullptr) list = reply.path({"membership_requests_action", tag});
    if (list == nullptr) return results;
    for (auto const& child : list->children()) {
        auto const jid = user_at(child, "jid");
        if (child.tag != "participant" || !jid || results.size() == max_group_members) continue;
        MemberResult result;
        result.jid = *jid;
        result.phone = user_at(child, "phone_number");
        result.code = static_cast<int>(child.integer("error").value_or(200));
        if (auto const* request = child.child("add_request")) {
            result.invite_code = request->text("code");
            result.invite_ends = time_at(*request, "expiration");
        }
        results.push_back(std::move(result));
    }
    return results;
}

std::vector<JoinRequest> parse_requests(Node const& reply)
{
    std::vector<JoinRequest> requests;
    auto const* list = reply.child("membership_approval_requests");
    if (list == nullptr) return requests;
    for (auto const& child : list->children()) {
        auto const jid = user_at(child, "jid");
        if (child.tag != "membership_approval_request" || !jid || requests.size() == max_group_members)
            continue;
        requests.push_back({*jid, user_at(child, "phone_number"), time_at(child, "request_time")});
    }
    return requests;
}

std::optional<std::string> parse_invite_code(Node const& reply)
{
    auto const* invite = reply.child("invite");
    if (invite == nullptr || invite->text("code").empty()) return std::nullopt;
    return invite->text("code");
}

std::optional<Joined> parse_joined(Node const& reply)
{
    if (auto const* group = reply.child("group")) {
        if (auto const jid = group_at(*group, "jid")) return Joined{*jid, false};
        if (auto const jid = group_at(*group, "id")) return Joined{*jid, false};
    }
    if (auto const* request = reply.child("membership_approval_request"))
        if (auto const jid = group_at(*request, "jid")) return Joined{*jid, true};
    return std::nullopt;
}

std::vector<Subgroup> parse_subgroups(Node const& reply)
{
    std::vector<Subgroup> groups;
    auto const* list = reply.child("sub_groups");
    if (list == nullptr) return groups;
    for (auto const& child : list->children()) {
        auto const jid = group_at(child, "id");
        if (child.tag != "group" || !jid || groups.size() == max_groups) continue;
        groups.push_back({*jid, child.text("subject"), child.child("default_sub_group") != nullptr});
    }
    return groups;
}

std::vector<GroupMember> parse_community_members(Node const& reply)
{
    auto const* list = reply.child("linked_groups_participants");
    return list == nullptr ? std::vector<GroupMember>{} : members_in(*list);
}

// --------------------------------------------------------------------------- news

namespace {

std::optional<ParticipantChange> change_of(std::string_view tag)
{
    if (tag == "add") return ParticipantChange::join;
    if (tag == "remove") return ParticipantChange::leave;
    if (tag == "promote") return ParticipantChange::promote;
    if (tag == "demote") return ParticipantChange::demote;
    return std::nullopt;
}

constexpr std::size_t most_links = 1'000; ///< of one notification
constexpr std::size_t longest_subject = 1'024;

/// The groups that a <link> or <unlink> names.
void read_links(GroupUpdated& updated, Node const& change)
{
    bool const is_linked = change.tag == "link";
    auto const type = change.text(is_linked ? "link_type" : "unlink_type");
    if (type != "parent_group" && type != "sub_group") return;
    for (auto const& child : change.children()) {
        if (child.tag != "group" || updated.links.size() == most_links) continue;
        auto group = group_at(child, "jid");
        if (!group) group = group_at(child, "id");
        if (group)
            updated.links.push_back({*group, child.text("subject").substr(0, longest_subject),
                                     type == "parent_group", is_linked});
    }
}

/// Who asks to become a member, or does not any more. Who asks alone may be named as the one who acts only.
void read_requests(GroupNotice& notice, Node const& change)
{
    GroupRequestsChanged told;
    told.chat = notice.group;
    told.by = notice.by;
    told.method = change.text("request_method");
    told.members = members_in(change);
    if (told.members.empty() && notice.by)
        told.members.push_back(
            {*notice.by, notice.by->is_lid() ? notice.by_phone : std::nullopt, GroupRole::member});
    if (told.members.empty()) return;
    if (change.tag == "revoked_membership_requests") {
        auto const& asker = told.members.front();
        auto const is_same = [&](std::optional<Jid> const& other) {
            return other && (asker.jid == *other || asker.phone == other);
        };
        bool const by_self = is_same(notice.by) || is_same(notice.by_phone);
        told.change = by_self ? JoinRequestChange::revoked : JoinRequestChange::rejected;
    }
    notice.requests.push_back(std::move(told));
}

void read_news(GroupNotice& notice, Node const& child)
{
    auto const& tag = child.tag;
    auto& updated = notice.updated;
    if (auto const change = change_of(tag)) {
        GroupNotice::Members members{*change, members_in(child)};
        for (auto& member : members.members) {
            if (*change == ParticipantChange::promote && member.role == GroupRole::member)
                member.role = GroupRole::admin;
            if (*change == ParticipantChange::demote) member.role = GroupRole::member;
        }
        if (!members.members.empty()) notice.members.push_back(std::move(members));
    } else if (tag == "create") {
        if (auto const* group = child.child("group")) notice.created = parse_group(*group);
        notice.is_outdated = !notice.created;
    } else if (tag == "subject") {
        updated.subject = child.text("subject");
    } else if (tag == "description") {
        auto const* body = child.child("body");
        updated.description = body == nullptr ? std::string{} : to_text(body->bytes());
        notice.description_id = child.text("id");
    } else if (tag == "locked" || tag == "unlocked") {
        updated.locked = tag == "locked";
    } else if (tag == "announcement" || tag == "not_announcement") {
        updated.announce = tag == "announcement";
    } else if (tag == "ephemeral") {
        updated.expiration =
            std::chrono::seconds{std::max(std::int64_t{0}, child.integer("expiration").value_or(0))};
    } else if (tag == "not_ephemeral") {
        updated.expiration = std::chrono::seconds{0};
    } else if (tag == "member_add_mode") {
        updated.members_can_add = members_can_add_in(child);
    } else if (tag == "membership_approval_mode") {
        updated.approval_required = joins_need_approval(child);
    } else if (tag == "invite") {
        updated.invite_code = child.text("code");
    } else if (tag == "suspended" || tag == "unsuspended") {
        updated.suspended = tag == "suspended";
    } else if (tag == "created_membership_requests" || tag == "revoked_membership_requests") {
        read_requests(notice, child);
    } else if (tag == "delete") {
        notice.is_deleted = true;
    } else if (tag == "modify" || tag == "link" || tag == "unlink" || tag == "linked_group_promote" ||
               tag == "linked_group_demote") {
        notice.is_outdated = true;
        if (tag == "link" || tag == "unlink") read_links(updated, child);
    }
}

} // namespace

bool says_anything(GroupUpdated const& updated) noexcept
{
    return updated.subject || updated.description || updated.announce || updated.locked ||
           updated.members_can_add || updated.approval_required || updated.expiration ||
           updated.picture_changed || updated.invite_code || updated.suspended || !updated.links.empty();
}

std::optional<GroupNotice> parse_group_notice(Node const& notification)
{
    auto const from = notification.jid("from");
    if (!from || !from->is_group() || from->user.empty()) return std::nullopt;
    GroupNotice notice;
    notice.group = from->bare();
    notice.id = notification.text("id");
    notice.by = user_at(notification, "participant");
    notice.by_phone = user_at(notification, "participant_pn");
    notice.time = time_at(notification, "t").value_or(WallTime{});
    for (auto const& child : notification.children())
        read_news(notice, child);
    notice.updated.chat = notice.group;
    notice.updated.by = notice.by;
    return notice;
}

} // namespace wagate::stanza
