#include "protocol/engine/member_labels.hpp"

#include "protocol/engine/group_records.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/group_state.pb.h"

#include <algorithm>

namespace wagate::engine {
namespace {

proto::MemberLabels read_labels(RecordSource const& records, Jid const& group)
{
    proto::MemberLabels labels;
    auto const bytes = records.read(RecordKind::member_labels, group.to_string());
    if (!bytes || !proto::decode(labels, *bytes)) return {};
    return labels;
}

/// As the group knows the sender.
GroupMember member_of(RecordSource const& records, Message const& carrier)
{
    if (auto const known = find_group(records, carrier.chat))
        for (auto const& member : known->group.members)
            for (auto const& address : {std::optional{carrier.sender}, carrier.sender_phone})
                if (address && (member.jid == *address || member.phone == *address)) return member;
    return {carrier.sender, carrier.sender_phone, GroupRole::member};
}

} // namespace

void take_member_label(UnitOfWork& work, RecordOverlay& step, WallTime now, Message const& carrier,
                       message::MemberLabel const& label)
{
    if (!carrier.chat.is_group()) return;
    // By the server's clock at the latest, so that nobody is called something for ever.
    auto const set = unix_milliseconds(std::min(label.time.value_or(carrier.timestamp), carrier.timestamp));
    auto labels = read_labels(step, carrier.chat);
    auto& entries = *labels.mutable_labels();
    auto const who = carrier.sender.to_string();
    auto entry =
        std::find_if(entries.begin(), entries.end(), [&](auto const& each) { return each.jid() == who; });
    if (entry != entries.end() && entry->set_ms() > set) return;
    auto const before = entry == entries.end() ? std::string{} : entry->text();
    if (entry != entries.end()) entries.erase(entry);
    if (entries.size() >= max_member_labels) entries.erase(entries.begin());
    auto& added = *entries.Add(); // stays when the text is empty: what is older does not count any more
    added.set_jid(who);
    added.set_text(label.text);
    added.set_set_ms(set);
    step.write(RecordKind::member_labels, carrier.chat.to_string(), proto::encode(labels));
    if (before == label.text) return;
    auto member = member_of(step, carrier);
    member.label = label.text;
    work.events.push_back(
        Event{now, GroupParticipantsChanged{
                       carrier.chat, carrier.sender, ParticipantChange::label, {std::move(member)}}});
}

std::map<Jid, std::string> member_labels(RecordSource const& records, Jid const& group)
{
    std::map<Jid, std::string> found;
    auto const labels = read_labels(records, group);
    for (auto const& entry : labels.labels())
        if (auto const jid = Jid::parse(entry.jid()); jid && !entry.text().empty())
            found[*jid] = entry.text();
    return found;
}

} // namespace wagate::engine
