#pragma once
// How a session and its deliveries are doing, as JSON.
#include "gateway/gateway.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace wagate::waha {

/// Milliseconds, or null.
boost::json::value time_or_null(std::optional<WallTime> const& time);

/// `healthy`, `lastStanzaAt`, `lastPongAt`, `roundTripMs`, `offlineBacklog`.
boost::json::object connection_json(ConnectionHealth const& health);

/// `{time, endpoint, event, attempt, status, error}`, or null. `status` is null without an answer.
boost::json::value delivery_failure_json(std::optional<gateway::DeliveryFailure> const& failure);

/// connection_json, with what waits to be sent and delivered.
boost::json::object health_json(gateway::SessionHealth const& health);

/// Without user name and password.
std::string public_url(std::string_view url);

} // namespace wagate::waha
