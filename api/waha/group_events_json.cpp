#include "api/waha/group_events_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/json_parts.hpp"

#include <boost/json/array.hpp>

namespace wagate::waha {
namespace {

namespace json = boost::json;

constexpr std::string_view invite_prefix = "https://chat.whatsapp.com/";

/// `{timestamp,group:{id},_data:{by}}`, to which each event adds.
json::object about_group(Jid const& chat, std::optional<Jid> const& by, WallTime time)
{
    json::object group;
    group["id"] = shown(chat);
    json::object data;
    data["by"] = nullptr;
    if (by) data["by"] = addresses(*by);
    json::object out;
    out["timestamp"] = unix_seconds(time);
    out["group"] = std::move(group);
    out["_data"] = std::move(data);
    return out;
}

std::string_view change_name(ParticipantChange change) noexcept
{
    switch (change) {
    case ParticipantChange::join: return "join";
    case ParticipantChange::leave: return "leave";
    case ParticipantChange::promote: return "promote";
    case ParticipantChange::demote: return "demote";
    case ParticipantChange::label: return "label";
    }
    return "join";
}

std::string_view request_name(JoinRequestChange change) noexcept
{
    switch (change) {
    case JoinRequestChange::created: return "created";
    case JoinRequestChange::revoked: return "revoked";
    case JoinRequestChange::rejected: return "rejected";
    }
    return "created";
}

json::array links_json(std::vector<GroupLink> const& links)
{
    json::array out;
    for (auto const& link : links) {
        json::object entry;
        entry["id"] = shown(link.group);
        entry["type"] = link.is_community ? "community" : "group";
        entry["subject"] = nullptr;
        if (!link.subject.empty()) entry["subject"] = link.subject;
        entry["linked"] = link.is_linked;
        out.push_back(std::move(entry));
    }
    return out;
}

/// The role that somebody has after the change.
std::string_view role_after(ParticipantChange change, GroupRole told) noexcept
{
    switch (change) {
    case ParticipantChange::leave: return "left";
    case ParticipantChange::promote: return role_name(told == GroupRole::member ? GroupRole::admin : told);
    case ParticipantChange::demote: return role_name(GroupRole::member);
    case ParticipantChange::join:
    case ParticipantChange::label: break;
    }
    return role_name(told);
}

/// What integrations may need and GroupInfo has no field for.
json::object group_data(Group const& group)
{
    json::object data;
    data["owner"] = nullptr;
    if (group.owner) data["owner"] = addresses(*group.owner, group.owner_phone);
    data["created"] = nullptr;
    if (group.created) data["created"] = unix_seconds(*group.created);
    data["addressing"] = group.uses_lids ? "lid" : "pn";
    data["infoAdminsOnly"] = group.locked;
    data["expiration"] = nullptr;
    if (group.expiration) data["expiration"] = group.expiration->count();
    data["isCommunity"] = group.is_community;
    data["community"] = nullptr;
    if (group.parent) data["community"] = shown(*group.parent);
    return data;
}

} // namespace

std::string_view role_name(GroupRole role) noexcept
{
    switch (role) {
    case GroupRole::member: return "participant";
    case GroupRole::admin: return "admin";
    case GroupRole::superadmin: return "superadmin";
    }
    return "participant";
}

json::object group_member_json(GroupMember const& member, std::string_view role)
{
    json::object out;
    out["id"] = shown(member.jid);
    if (member.jid.is_phone())
        out["pn"] = shown(member.jid);
    else if (member.phone)
        out["pn"] = shown(*member.phone);
    out["role"] = role;
    return out;
}

json::object group_info_json(Group const& group)
{
    json::array members;
    for (auto const& member : group.members)
        members.emplace_back(group_member_json(member, role_name(member.role)));
    json::object out;
    out["id"] = shown(group.jid);
    out["subject"] = group.subject;
    out["description"] = group.description;
    out["membersCanAddNewMember"] = group.members_can_add;
    out["membersCanSendMessages"] = !group.announce;
    out["newMembersApprovalRequired"] = group.approval_required;
    out["participants"] = std::move(members);
    return out;
}

json::object joined_json(GroupJoined const& joined, WallTime time)
{
    json::object out;
    out["timestamp"] = unix_seconds(time);
    out["group"] = group_info_json(joined.group);
    out["_data"] = group_data(joined.group);
    return out;
}

json::object left_json(GroupLeft const& left, WallTime time)
{
    return about_group(left.chat, left.by, time);
}

json::object updated_json(GroupUpdated const& updated, WallTime time)
{
    auto out = about_group(updated.chat, updated.by, time);
    auto& group = out["group"].as_object();
    if (updated.subject) group["subject"] = *updated.subject;
    if (updated.description) group["description"] = *updated.description;
    if (updated.members_can_add) group["membersCanAddNewMember"] = *updated.members_can_add;
    if (updated.announce) group["membersCanSendMessages"] = !*updated.announce;
    if (updated.approval_required) group["newMembersApprovalRequired"] = *updated.approval_required;
    auto& data = out["_data"].as_object();
    if (updated.locked) data["infoAdminsOnly"] = *updated.locked;
    if (updated.expiration) data["expiration"] = updated.expiration->count();
    if (updated.picture_changed) data["pictureChanged"] = true;
    if (updated.invite_code) group["invite"] = std::string(invite_prefix) + *updated.invite_code;
    if (updated.suspended) data["suspended"] = *updated.suspended;
    if (!updated.links.empty()) data["links"] = links_json(updated.links);
    return out;
}

json::object participants_json(GroupParticipantsChanged const& change, WallTime time)
{
    auto out = about_group(change.chat, change.by, time);
    json::array members;
    for (auto const& member : change.members) {
        auto entry = group_member_json(member, role_after(change.change, member.role));
        if (change.change == ParticipantChange::label) entry["label"] = member.label;
        members.emplace_back(std::move(entry));
    }
    out["type"] = change_name(change.change);
    out["participants"] = std::move(members);
    return out;
}

json::object requests_json(GroupRequestsChanged const& change, WallTime time)
{
    auto out = about_group(change.chat, change.by, time);
    json::array members;
    for (auto const& member : change.members)
        members.emplace_back(group_member_json(member, role_name(GroupRole::member)));
    out["type"] = request_name(change.change);
    out["method"] = nullptr;
    if (!change.method.empty()) out["method"] = change.method;
    out["participants"] = std::move(members);
    return out;
}

} // namespace wagate::waha
