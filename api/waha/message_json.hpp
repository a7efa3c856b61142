#pragma once
// WAMessage and message.ack payloads from the canonical model, by the field rules of the GOWS engine (waha.md
// 3).
#include "protocol/model/model.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// Both addresses of each party stand in `_data`, as far as they are known.
boost::json::object message_json(Message const& message);

/// @param me the session's account, the sender of own messages in groups; null when unknown.
boost::json::object ack_json(MessageAcknowledged const& change, OwnIdentity const* me);

/// Addresses as in ack_json, with why and until when.
boost::json::object failed_json(MessageFailed const& failed, OwnIdentity const* me);

} // namespace wagate::waha
