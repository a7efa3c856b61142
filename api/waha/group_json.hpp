#pragma once
// Groups as this dialect shows them (waha.md 3, GroupInfo).
#include "protocol/model/group_events.hpp"
#include "protocol/stanza/groups.hpp"

#include <boost/json.hpp>

namespace wagate::waha {

/// WAHA's GroupInfo and what else is known: owner, created, subject and community.
boost::json::object group_json(Group const& group, bool with_participants = true);
/// People without the roles that they have in groups.
boost::json::array people_json(std::vector<GroupMember> const& people);
/// What came of wanting to join.
boost::json::object joined_group_json(stanza::Joined const& joined);
boost::json::array participants_json(std::vector<GroupMember> const& members);
/// What became of each: `status` as WhatsApp says it, `invite` where the person can only be invited.
boost::json::array member_results_json(std::vector<stanza::MemberResult> const& results);

} // namespace wagate::waha
