#pragma once
// How members of groups call themselves there. The server does not know, so what they have told is kept here.
#include "protocol/message/member_label.hpp"
#include "protocol/model/unit_of_work.hpp"

#include <map>

namespace wagate::engine {

/// Labels of one group; the oldest go.
inline constexpr int max_member_labels = 2'048;

/// What the carrier's sender calls itself in the carrier's group from now on: kept, and told when it is news.
/// One that is older than what is known, or outside of groups, changes nothing.
void take_member_label(UnitOfWork& work, RecordOverlay& step, WallTime now, Message const& carrier,
                       message::MemberLabel const& label);

/// By their bare JID, the LID where it was known.
std::map<Jid, std::string> member_labels(RecordSource const& records, Jid const& group);

} // namespace wagate::engine
