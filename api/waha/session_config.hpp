#pragma once
// SessionConfig of the dialect: its rules, its meaning to the gateway, and its echo (waha.md 1).
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

/// The rules of a `config` member. Options of other engines are accepted and echoed.
http::Field config_field();

/// @param accepted what config_field() has let through.
gateway::SessionConfig to_session_config(boost::json::object const& accepted);

/// From text: the stored `raw_json`, or an operator's file. Nothing when the rules refuse it.
std::optional<gateway::SessionConfig> parse_session_config(std::string_view text);

/// True when the proxy's password is what answers show instead of it: the client sends back what it has read.
bool hides_password(gateway::SessionConfig const& config);
/// The proxy's password as it was before.
void take_password(gateway::SessionConfig& config, gateway::SessionConfig const& before);

/// As a client sees it: what was given, with unset optional parts as null, the proxy's password hidden.
boost::json::object config_json(gateway::SessionConfig const& config);

} // namespace wagate::waha
