#pragma once
// What is different between two states of a group, and a state after news about it.
#include "protocol/model/model.hpp"
#include "protocol/stanza/groups.hpp"

namespace wagate::engine {

/// The events that lead from one state to the other, without those of `self` joining and leaving.
std::vector<EventBody> group_difference(Group const& before, Group const& after,
                                        std::optional<Jid> const& by);

/// The state after the news; those about members by their addresses in the group.
Group group_after(Group group, stanza::GroupNotice const& notice);

} // namespace wagate::engine
