#pragma once
// What is stored about groups: each one, and which there are.
#include "protocol/base/records.hpp"
#include "protocol/model/group_events.hpp"

namespace wagate::engine {

struct KnownGroup {
    Group group;
    bool has_left = false;    ///< the account is no member any more; kept so that this is told once
    bool is_outdated = false; ///< to be asked for before the next message
    /// Notifications of what leaves no trace in the group, so that they are told once; the newest last.
    std::vector<std::string> told = {};
};

std::optional<KnownGroup> find_group(RecordSource const& records, Jid const& group);
/// Also notes that there is this group.
void store_group(RecordOverlay& step, KnownGroup const& known);

struct GroupList {
    std::vector<Jid> groups;  ///< those that were left too
    bool is_complete = false; ///< the server has told all of them once
};
GroupList list_groups(RecordSource const& records);
/// From now on every group is known.
void complete_list(RecordOverlay& step);

} // namespace wagate::engine
