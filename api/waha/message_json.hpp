#pragma once
// WAMessage and message.ack payloads from the canonical model, by the field rules of the GOWS engine (waha.md
// 3).
#include "api/waha/media_url.hpp"
#include "protocol/model/model.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// `{fromMe}_{chat}_{id}`, in groups with `_{participant}`.
std::string full_id(Message const& message);

/// Both addresses of each party stand in `_data`, as far as they are known, and there what WAMessage has no
/// field for.
/// @param place where the files are; null: `media` stays null, as where WAHA shows messages without media
boost::json::object message_json(Message const& message, MediaPlace const* place = nullptr);

/// What the payloads of a message, a reaction and an answer to an event begin with: who sent what where.
boost::json::object message_head(Message const& message);
/// `_data` of a message.
boost::json::object message_data(Message const& message);

/// @param me the session's account, the sender of own messages in groups; null when unknown.
boost::json::object ack_json(MessageAcknowledged const& change, OwnIdentity const* me);

/// Addresses as in ack_json, with why and until when.
boost::json::object failed_json(MessageFailed const& failed, OwnIdentity const* me);

} // namespace wagate::waha
