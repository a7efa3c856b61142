#pragma once
// Payloads of the events about messages that are there: reactions, edits, deletions, votes, answers (waha.md
// 2).
#include "api/waha/media_url.hpp"
#include "protocol/model/message_events.hpp"
#include "protocol/model/model.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// Full id of the message that `about` is about: `true_123@c.us_3EB0…`.
/// @param me the session's account, the sender of own messages in groups; null when unknown
std::string target_id(Message const& about, MessageTarget const& target, OwnIdentity const* me);

boost::json::object reaction_json(MessageReacted const& reacted, OwnIdentity const* me);
/// The message as it is now, under the id of the edit.
boost::json::object edited_json(MessageEdited const& edited, OwnIdentity const* me, MediaPlace const* place);
/// Our own event: the comment as a message, and the full id of the message that it is about.
boost::json::object commented_json(MessageCommented const& commented, OwnIdentity const* me,
                                   MediaPlace const* place);
boost::json::object revoked_json(MessageRevoked const& revoked, OwnIdentity const* me,
                                 MediaPlace const* place);
/// In `vote` and `poll` the own account is `me`, as WAHA has it.
boost::json::object vote_json(PollVoted const& voted, OwnIdentity const* me);
boost::json::object answer_json(EventAnswered const& answered, OwnIdentity const* me);

} // namespace wagate::waha
