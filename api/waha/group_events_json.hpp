#pragma once
// Groups, their members and what happens to them, as payloads (waha.md 2, GroupInfo).
#include "protocol/model/group_events.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// GroupParticipant: `{id,pn?,role}`. The id has the group's addressing, `pn` the number when it is another.
boost::json::object group_member_json(GroupMember const& member, std::string_view role);
std::string_view role_name(GroupRole role) noexcept; ///< "participant", "admin", "superadmin"
/// GroupInfo without `invite`, which is another request.
boost::json::object group_info_json(Group const& group);

/// @param time when it happened
boost::json::object joined_json(GroupJoined const& joined, WallTime time);
boost::json::object left_json(GroupLeft const& left, WallTime time);
/// In `group` only what has changed; what WAHA has no field for stands in `_data`.
boost::json::object updated_json(GroupUpdated const& updated, WallTime time);
boost::json::object participants_json(GroupParticipantsChanged const& change, WallTime time);
boost::json::object requests_json(GroupRequestsChanged const& change, WallTime time);

} // namespace wagate::waha
