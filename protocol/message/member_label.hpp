#pragma once
// How a member of a group calls itself there: a protocol message to the group that the server does not see
// into, so members learn it from one another (Baileys' updateMemberLabel and group.member-tag.update).
#include "protocol/message/body.hpp"

namespace wagate::message {

/// What apps let members write, in characters.
inline constexpr std::size_t max_member_label = 30;

struct MemberLabel {
    std::string text;             ///< empty: none any more
    std::optional<WallTime> time; ///< when it was set, whole seconds
    bool operator==(MemberLabel const&) const = default;
};

ProtocolNotice new_member_label(MemberLabel const& label);
/// Nothing when the body is something else, or the label is longer than any app can make it.
std::optional<MemberLabel> member_label_of(MessageBody const& body);

} // namespace wagate::message
