#include "api/waha/group_json.hpp"

#include "api/waha/chat_id.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;

std::string_view role_name(GroupRole role) noexcept
{
    switch (role) {
    case GroupRole::admin: return "admin";
    case GroupRole::superadmin: return "superadmin";
    case GroupRole::member: break;
    }
    return "participant";
}

json::value or_null(std::optional<Jid> const& jid)
{
    if (!jid) return nullptr;
    return json::string(shown(*jid));
}

json::value or_null(std::optional<WallTime> const& time)
{
    if (!time) return nullptr;
    return unix_seconds(*time);
}

} // namespace

json::array participants_json(std::vector<GroupMember> const& members)
{
    json::array out;
    for (auto const& member : members) {
        json::object entry;
        entry["id"] = shown(member.jid);
        auto const phone = member.jid.is_phone() ? std::optional{member.jid} : member.phone;
        if (phone) entry["pn"] = shown(*phone);
        entry["role"] = role_name(member.role);
        if (!member.label.empty()) entry["label"] = member.label;
        out.push_back(std::move(entry));
    }
    return out;
}

json::array people_json(std::vector<GroupMember> const& people)
{
    json::array out;
    for (auto const& person : people) {
        json::object entry;
        entry["id"] = shown(person.jid);
        auto const phone = person.jid.is_phone() ? std::optional{person.jid} : person.phone;
        if (phone) entry["pn"] = shown(*phone);
        out.push_back(std::move(entry));
    }
    return out;
}

json::object joined_group_json(stanza::Joined const& joined)
{
    json::object out;
    out["id"] = joined.group.to_string();
    if (joined.is_pending) out["approvalRequired"] = true;
    return out;
}

json::object group_json(Group const& group, bool with_participants)
{
    json::object out;
    out["id"] = shown(group.jid);
    out["subject"] = group.subject;
    out["description"] = group.description;
    out["membersCanAddNewMember"] = group.members_can_add;
    out["membersCanSendMessages"] = !group.announce;
    out["newMembersApprovalRequired"] = group.approval_required;
    out["infoAdminsOnly"] = group.locked;
    out["ephemeralSeconds"] = group.expiration.value_or(std::chrono::seconds{0}).count();
    out["addressingMode"] = group.uses_lids ? "lid" : "pn";
    out["owner"] = or_null(group.owner);
    out["ownerPn"] = or_null(group.owner_phone);
    out["createdAt"] = or_null(group.created);
    out["isCommunity"] = group.is_community;
    out["community"] = or_null(group.parent);
    out["suspended"] = group.is_suspended;
    if (with_participants) out["participants"] = participants_json(group.members);
    return out;
}

json::array member_results_json(std::vector<stanza::MemberResult> const& results)
{
    json::array out;
    for (auto const& result : results) {
        json::object entry;
        entry["id"] = shown(result.jid);
        if (result.phone) entry["pn"] = shown(*result.phone);
        entry["status"] = result.code;
        if (!result.invite_code.empty()) {
            json::object invite;
            invite["code"] = result.invite_code;
            invite["expiration"] = or_null(result.invite_ends);
            entry["invite"] = std::move(invite);
        }
        out.push_back(std::move(entry));
    }
    return out;
}

} // namespace wagate::waha
