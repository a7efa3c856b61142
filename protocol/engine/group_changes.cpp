#include "protocol/engine/group_changes.hpp"

#include <algorithm>
#include <map>

namespace wagate::engine {
namespace {

template <class T>
void note(std::optional<T>& changed, T const& before, T const& after)
{
    if (before != after) changed = after;
}

GroupUpdated settings_difference(Group const& before, Group const& after)
{
    GroupUpdated updated;
    note(updated.subject, before.subject, after.subject);
    note(updated.description, before.description, after.description);
    note(updated.announce, before.announce, after.announce);
    note(updated.locked, before.locked, after.locked);
    note(updated.members_can_add, before.members_can_add, after.members_can_add);
    note(updated.approval_required, before.approval_required, after.approval_required);
    constexpr std::chrono::seconds off{0};
    note(updated.expiration, before.expiration.value_or(off), after.expiration.value_or(off));
    note(updated.suspended, before.is_suspended, after.is_suspended);
    if (before.parent != after.parent) {
        if (before.parent) updated.links.push_back({*before.parent, {}, true, false});
        if (after.parent) updated.links.push_back({*after.parent, {}, true, true});
    }
    return updated;
}

/// Who a member is, for comparing two states of a group. When it has changed its addressing meanwhile, the
/// numbers say who is the same.
Jid const& key_of(GroupMember const& member, bool by_number)
{
    return by_number && member.phone ? *member.phone : member.jid;
}

std::map<Jid, GroupMember const*> by_address(Group const& group, bool by_number)
{
    std::map<Jid, GroupMember const*> found;
    for (auto const& member : group.members)
        found[key_of(member, by_number)] = &member;
    return found;
}

GroupMember* find_member(Group& group, GroupMember const& wanted)
{
    auto const same = [&](GroupMember const& member) {
        return member.jid == wanted.jid || (wanted.phone && member.jid == *wanted.phone) ||
               (member.phone && *member.phone == wanted.jid);
    };
    auto const found = std::find_if(group.members.begin(), group.members.end(), same);
    return found == group.members.end() ? nullptr : &*found;
}

void change_member(Group& group, ParticipantChange change, GroupMember const& member)
{
    auto* known = find_member(group, member);
    switch (change) {
    case ParticipantChange::join:
        if (known == nullptr && group.members.size() < stanza::max_group_members)
            group.members.push_back(member);
        break;
    case ParticipantChange::leave:
        if (known != nullptr) group.members.erase(group.members.begin() + (known - group.members.data()));
        break;
    case ParticipantChange::promote:
    case ParticipantChange::demote:
        if (known != nullptr) known->role = member.role;
        break;
    case ParticipantChange::label: break; // kept beside the group, see member_labels.hpp
    }
}

template <class T>
void take(T& target, std::optional<T> const& value)
{
    if (value) target = *value;
}

} // namespace

std::vector<EventBody> group_difference(Group const& before, Group const& after, std::optional<Jid> const& by)
{
    std::vector<EventBody> events;
    if (auto updated = settings_difference(before, after); stanza::says_anything(updated)) {
        updated.chat = after.jid;
        updated.by = by;
        events.emplace_back(std::move(updated));
    }
    auto const by_number = before.uses_lids != after.uses_lids;
    auto const old_members = by_address(before, by_number);
    auto const new_members = by_address(after, by_number);
    std::map<ParticipantChange, std::vector<GroupMember>> changes;
    for (auto const& member : after.members) {
        auto const known = old_members.find(key_of(member, by_number));
        if (known == old_members.end())
            changes[ParticipantChange::join].push_back(member);
        else if (known->second->role < member.role)
            changes[ParticipantChange::promote].push_back(member);
        else if (known->second->role > member.role)
            changes[ParticipantChange::demote].push_back(member);
    }
    for (auto const& member : before.members)
        if (!new_members.contains(key_of(member, by_number)))
            changes[ParticipantChange::leave].push_back(member);
    for (auto& [change, members] : changes)
        events.emplace_back(GroupParticipantsChanged{after.jid, by, change, std::move(members)});
    return events;
}

Group group_after(Group group, stanza::GroupNotice const& notice)
{
    for (auto const& [change, members] : notice.members)
        for (auto const& member : members)
            change_member(group, change, member);
    auto const& updated = notice.updated;
    if (updated.subject) {
        group.subject = *updated.subject;
        group.subject_by = notice.by;
        group.subject_time = notice.time;
    }
    if (updated.description) {
        group.description = *updated.description;
        group.description_id = notice.description_id.value_or("");
        group.description_by = notice.by;
        group.description_time = notice.time;
    }
    take(group.announce, updated.announce);
    take(group.locked, updated.locked);
    take(group.members_can_add, updated.members_can_add);
    take(group.approval_required, updated.approval_required);
    if (updated.expiration) group.expiration = updated.expiration;
    take(group.is_suspended, updated.suspended);
    for (auto const& link : updated.links)
        if (link.is_community) group.parent = link.is_linked ? std::optional{link.group} : std::nullopt;
    return group;
}

} // namespace wagate::engine
