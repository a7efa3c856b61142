#pragma once
// Sessions as JSON: SessionInfo and MeInfo (waha.md 1).
#include "gateway/gateway.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace wagate::waha {

/// MeInfo, or null while no account is paired.
boost::json::value me_json(std::optional<OwnIdentity> const& me);

/// SessionInfo, which contains all of SessionDTO. Added: `statusReason` and `statusDetail`, why the status is
/// what it is, and `health`.
boost::json::object session_json(gateway::SessionInfo const& info);

} // namespace wagate::waha
