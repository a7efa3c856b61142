#pragma once
// Payloads of our own events about what has changed of chats, messages, people and the account.
#include "protocol/model/model.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// @param time when it was noticed
boost::json::object chat_update_json(ChatUpdated const& change, WallTime time);
boost::json::object message_update_json(MessageUpdated const& change, WallTime time, OwnIdentity const* me);
/// A label that was put on a message or taken from it, in the same shape.
boost::json::object label_update_json(LabelAssigned const& change, WallTime time, OwnIdentity const* me);
boost::json::object contact_update_json(ContactUpdated const& change, WallTime time);
boost::json::object account_update_json(AccountUpdated const& change, WallTime time);

/// `{active,until,type}`
boost::json::object time_lock_json(TimeLock const& lock);
/// `{total,used,cycleStart,cycleEnd,status,extension,verified}`
boost::json::object quota_json(NewChatQuota const& quota);

} // namespace wagate::waha
