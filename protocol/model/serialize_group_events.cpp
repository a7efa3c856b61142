// Stored form of the events about groups.
#include "protocol/model/stored.hpp"
#include "protocol/proto/event_log.pb.h"

namespace wagate::stored {
namespace {

using Entry = proto::StoredEvent;
using std::chrono::seconds;

template <class Members>
void fill_members(Members& stored, std::vector<GroupMember> const& members)
{
    for (auto const& member : members) {
        auto& entry = *stored.Add();
        entry.set_jid(member.jid.to_string());
        if (member.phone) entry.set_phone(member.phone->to_string());
        entry.set_role(static_cast<std::uint32_t>(member.role));
        if (!member.label.empty()) entry.set_label(member.label);
    }
}

template <class Members>
bool read_members(Members const& stored, std::vector<GroupMember>& out)
{
    for (auto const& entry : stored) {
        auto& member = out.emplace_back();
        if (!read_jid(entry.jid(), member.jid) || !read_jid(entry.has_phone(), entry.phone(), member.phone) ||
            !read_enum(entry.role(), GroupRole::member, GroupRole::superadmin, member.role))
            return false;
        member.label = entry.label();
    }
    return true;
}

/// Chat and who did it, which all but joining have.
template <class Stored, class Body>
bool read_place(Stored const& stored, Body& body)
{
    return read_jid(stored.chat(), body.chat) && read_jid(stored.has_by(), stored.by(), body.by);
}

bool read_addresses(Entry::GroupJoined const& stored, Group& group)
{
    return read_jid(stored.jid(), group.jid) &&
           read_jid(stored.has_subject_by(), stored.subject_by(), group.subject_by) &&
           read_jid(stored.has_description_by(), stored.description_by(), group.description_by) &&
           read_jid(stored.has_owner(), stored.owner(), group.owner) &&
           read_jid(stored.has_owner_phone(), stored.owner_phone(), group.owner_phone) &&
           read_jid(stored.has_parent(), stored.parent(), group.parent);
}

std::optional<EventBody> joined(Entry::GroupJoined const& stored)
{
    GroupJoined body;
    auto& group = body.group;
    if (!read_addresses(stored, group) || !read_members(stored.members(), group.members)) return std::nullopt;
    group.subject = stored.subject();
    if (stored.has_subject_ms()) group.subject_time = wall_from_milliseconds(stored.subject_ms());
    group.description = stored.description();
    group.description_id = stored.description_id();
    if (stored.has_description_ms()) group.description_time = wall_from_milliseconds(stored.description_ms());
    if (stored.has_created_ms()) group.created = wall_from_milliseconds(stored.created_ms());
    group.uses_lids = stored.uses_lids();
    group.announce = stored.announce();
    group.locked = stored.locked();
    group.members_can_add = stored.members_can_add();
    group.approval_required = stored.approval_required();
    if (stored.has_expiration_seconds()) group.expiration = seconds{stored.expiration_seconds()};
    group.is_community = stored.is_community();
    group.is_announcement_group = stored.is_announcement_group();
    group.is_suspended = stored.is_suspended();
    return body;
}

std::optional<EventBody> left(Entry::GroupLeft const& stored)
{
    GroupLeft body;
    if (!read_place(stored, body)) return std::nullopt;
    return body;
}

std::optional<EventBody> updated(Entry::GroupUpdated const& stored)
{
    GroupUpdated body;
    if (!read_place(stored, body)) return std::nullopt;
    if (stored.has_subject()) body.subject = stored.subject();
    if (stored.has_description()) body.description = stored.description();
    if (stored.has_announce()) body.announce = stored.announce();
    if (stored.has_locked()) body.locked = stored.locked();
    if (stored.has_members_can_add()) body.members_can_add = stored.members_can_add();
    if (stored.has_approval_required()) body.approval_required = stored.approval_required();
    if (stored.has_expiration_seconds()) body.expiration = seconds{stored.expiration_seconds()};
    body.picture_changed = stored.picture_changed();
    if (stored.has_invite_code()) body.invite_code = stored.invite_code();
    if (stored.has_suspended()) body.suspended = stored.suspended();
    for (auto const& entry : stored.links()) {
        auto& link = body.links.emplace_back();
        if (!read_jid(entry.group(), link.group)) return std::nullopt;
        link.subject = entry.subject();
        link.is_community = entry.is_community();
        link.is_linked = entry.is_linked();
    }
    return body;
}

std::optional<EventBody> participants(Entry::GroupParticipants const& stored)
{
    GroupParticipantsChanged body;
    if (!read_place(stored, body) || !read_members(stored.members(), body.members) ||
        !read_enum(stored.change(), ParticipantChange::join, ParticipantChange::label, body.change))
        return std::nullopt;
    return body;
}

std::optional<EventBody> requests(Entry::GroupRequests const& stored)
{
    GroupRequestsChanged body;
    if (!read_place(stored, body) || !read_members(stored.members(), body.members) ||
        !read_enum(stored.change(), JoinRequestChange::created, JoinRequestChange::rejected, body.change))
        return std::nullopt;
    body.method = stored.method();
    return body;
}

} // namespace

void fill_body(proto::StoredEvent& stored, GroupJoined const& joined)
{
    auto const& group = joined.group;
    auto& body = *stored.mutable_group_joined();
    body.set_jid(group.jid.to_string());
    body.set_subject(group.subject);
    if (group.subject_by) body.set_subject_by(group.subject_by->to_string());
    if (group.subject_time) body.set_subject_ms(unix_milliseconds(*group.subject_time));
    body.set_description(group.description);
    body.set_description_id(group.description_id);
    if (group.description_by) body.set_description_by(group.description_by->to_string());
    if (group.description_time) body.set_description_ms(unix_milliseconds(*group.description_time));
    if (group.owner) body.set_owner(group.owner->to_string());
    if (group.owner_phone) body.set_owner_phone(group.owner_phone->to_string());
    if (group.created) body.set_created_ms(unix_milliseconds(*group.created));
    body.set_uses_lids(group.uses_lids);
    body.set_announce(group.announce);
    body.set_locked(group.locked);
    body.set_members_can_add(group.members_can_add);
    body.set_approval_required(group.approval_required);
    if (group.expiration) body.set_expiration_seconds(group.expiration->count());
    body.set_is_community(group.is_community);
    if (group.parent) body.set_parent(group.parent->to_string());
    body.set_is_announcement_group(group.is_announcement_group);
    if (group.is_suspended) body.set_is_suspended(true);
    fill_members(*body.mutable_members(), group.members);
}

void fill_body(proto::StoredEvent& stored, GroupLeft const& left)
{
    auto& body = *stored.mutable_group_left();
    body.set_chat(left.chat.to_string());
    if (left.by) body.set_by(left.by->to_string());
}

void fill_body(proto::StoredEvent& stored, GroupUpdated const& updated)
{
    auto& body = *stored.mutable_group_updated();
    body.set_chat(updated.chat.to_string());
    if (updated.by) body.set_by(updated.by->to_string());
    if (updated.subject) body.set_subject(*updated.subject);
    if (updated.description) body.set_description(*updated.description);
    if (updated.announce) body.set_announce(*updated.announce);
    if (updated.locked) body.set_locked(*updated.locked);
    if (updated.members_can_add) body.set_members_can_add(*updated.members_can_add);
    if (updated.approval_required) body.set_approval_required(*updated.approval_required);
    if (updated.expiration) body.set_expiration_seconds(updated.expiration->count());
    if (updated.picture_changed) body.set_picture_changed(true);
    if (updated.invite_code) body.set_invite_code(*updated.invite_code);
    if (updated.suspended) body.set_suspended(*updated.suspended);
    for (auto const& link : updated.links) {
        auto& entry = *body.add_links();
        entry.set_group(link.group.to_string());
        entry.set_subject(link.subject);
        entry.set_is_community(link.is_community);
        entry.set_is_linked(link.is_linked);
    }
}

void fill_body(proto::StoredEvent& stored, GroupParticipantsChanged const& change)
{
    auto& body = *stored.mutable_group_participants();
    body.set_chat(change.chat.to_string());
    if (change.by) body.set_by(change.by->to_string());
    body.set_change(static_cast<std::uint32_t>(change.change));
    fill_members(*body.mutable_members(), change.members);
}

void fill_body(proto::StoredEvent& stored, GroupRequestsChanged const& change)
{
    auto& body = *stored.mutable_group_requests();
    body.set_chat(change.chat.to_string());
    if (change.by) body.set_by(change.by->to_string());
    body.set_change(static_cast<std::uint32_t>(change.change));
    body.set_method(change.method);
    fill_members(*body.mutable_members(), change.members);
}

std::optional<EventBody> read_group_event(proto::StoredEvent const& stored)
{
    if (stored.has_group_joined()) return joined(stored.group_joined());
    if (stored.has_group_left()) return left(stored.group_left());
    if (stored.has_group_updated()) return updated(stored.group_updated());
    if (stored.has_group_participants()) return participants(stored.group_participants());
    if (stored.has_group_requests()) return requests(stored.group_requests());
    return std::nullopt;
}

} // namespace wagate::stored
