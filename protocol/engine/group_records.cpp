#include "protocol/engine/group_records.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/group_state.pb.h"

namespace wagate::engine {
namespace {

constexpr std::string_view index_key;

std::optional<Jid> jid_from(bool is_set, std::string const& text)
{
    return is_set ? Jid::parse(text) : std::nullopt;
}

std::optional<WallTime> time_from(bool is_set, std::int64_t milliseconds)
{
    return is_set ? std::optional{wall_from_milliseconds(milliseconds)} : std::nullopt;
}

proto::GroupRecord to_record(KnownGroup const& known)
{
    auto const& group = known.group;
    proto::GroupRecord record;
    record.set_jid(group.jid.to_string());
    record.set_subject(group.subject);
    if (group.subject_by) record.set_subject_by(group.subject_by->to_string());
    if (group.subject_time) record.set_subject_ms(unix_milliseconds(*group.subject_time));
    record.set_description(group.description);
    record.set_description_id(group.description_id);
    if (group.description_by) record.set_description_by(group.description_by->to_string());
    if (group.description_time) record.set_description_ms(unix_milliseconds(*group.description_time));
    if (group.owner) record.set_owner(group.owner->to_string());
    if (group.owner_phone) record.set_owner_phone(group.owner_phone->to_string());
    if (group.created) record.set_created_ms(unix_milliseconds(*group.created));
    record.set_uses_lids(group.uses_lids);
    record.set_announce(group.announce);
    record.set_locked(group.locked);
    record.set_members_can_add(group.members_can_add);
    record.set_approval_required(group.approval_required);
    if (group.expiration) record.set_expiration_seconds(group.expiration->count());
    record.set_is_community(group.is_community);
    if (group.parent) record.set_parent(group.parent->to_string());
    record.set_is_announcement_group(group.is_announcement_group);
    for (auto const& member : group.members) {
        auto& entry = *record.add_members();
        entry.set_jid(member.jid.to_string());
        if (member.phone) entry.set_phone(member.phone->to_string());
        entry.set_role(static_cast<std::uint32_t>(member.role));
    }
    record.set_has_left(known.has_left);
    record.set_is_outdated(known.is_outdated);
    if (group.is_suspended) record.set_is_suspended(true);
    for (auto const& id : known.told)
        record.add_told(id);
    return record;
}

KnownGroup from_record(proto::GroupRecord const& record, Jid const& jid)
{
    KnownGroup known;
    auto& group = known.group;
    group.jid = jid;
    group.subject = record.subject();
    group.subject_by = jid_from(record.has_subject_by(), record.subject_by());
    group.subject_time = time_from(record.has_subject_ms(), record.subject_ms());
    group.description = record.description();
    group.description_id = record.description_id();
    group.description_by = jid_from(record.has_description_by(), record.description_by());
    group.description_time = time_from(record.has_description_ms(), record.description_ms());
    group.owner = jid_from(record.has_owner(), record.owner());
    group.owner_phone = jid_from(record.has_owner_phone(), record.owner_phone());
    group.created = time_from(record.has_created_ms(), record.created_ms());
    group.uses_lids = record.uses_lids();
    group.announce = record.announce();
    group.locked = record.locked();
    group.members_can_add = record.members_can_add();
    group.approval_required = record.approval_required();
    if (record.has_expiration_seconds()) group.expiration = std::chrono::seconds{record.expiration_seconds()};
    group.is_community = record.is_community();
    group.parent = jid_from(record.has_parent(), record.parent());
    group.is_announcement_group = record.is_announcement_group();
    for (auto const& entry : record.members()) {
        auto const member = Jid::parse(entry.jid());
        if (!member) continue;
        auto const role = static_cast<GroupRole>(std::min(entry.role(), 2u));
        group.members.push_back({*member, jid_from(entry.has_phone(), entry.phone()), role});
    }
    known.has_left = record.has_left();
    known.is_outdated = record.is_outdated();
    group.is_suspended = record.is_suspended();
    known.told.assign(record.told().begin(), record.told().end());
    return known;
}

proto::GroupIndex read_index(RecordSource const& records)
{
    proto::GroupIndex index;
    auto const bytes = records.read(RecordKind::group, index_key);
    if (!bytes || !proto::decode(index, *bytes)) return {};
    return index;
}

} // namespace

std::optional<KnownGroup> find_group(RecordSource const& records, Jid const& group)
{
    auto const bytes = records.read(RecordKind::group, group.to_string());
    proto::GroupRecord record;
    if (!bytes || !proto::decode(record, *bytes)) return std::nullopt;
    return from_record(record, group);
}

void store_group(RecordOverlay& step, KnownGroup const& known)
{
    auto const key = known.group.jid.to_string();
    if (!step.read(RecordKind::group, key)) {
        auto index = read_index(step);
        index.add_groups(key);
        step.write(RecordKind::group, index_key, proto::encode(index));
    }
    step.write(RecordKind::group, key, proto::encode(to_record(known)));
}

GroupList list_groups(RecordSource const& records)
{
    auto const index = read_index(records);
    GroupList list;
    list.is_complete = index.is_complete();
    for (auto const& text : index.groups())
        if (auto const group = Jid::parse(text)) list.groups.push_back(*group);
    return list;
}

void complete_list(RecordOverlay& step)
{
    auto index = read_index(step);
    index.set_is_complete(true);
    step.write(RecordKind::group, index_key, proto::encode(index));
}

} // namespace wagate::engine
