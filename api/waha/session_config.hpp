#pragma once
// SessionConfig of the dialect: its rules, its meaning to the gateway, and its echo (waha.md 1).
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

/// The rules of a `config` member. Options of other engines are accepted and echoed; a proxy is refused,
/// because a session that was meant to hide behind one must not connect without it.
http::Field config_field();

/// @param accepted what config_field() has let through.
gateway::SessionConfig to_session_config(boost::json::object const& accepted);

/// From text: the stored `raw_json`, or an operator's file. Nothing when the rules refuse it.
std::optional<gateway::SessionConfig> parse_session_config(std::string_view text);

/// As a client sees it: what was given, with unset optional parts as null.
boost::json::object config_json(gateway::SessionConfig const& config);

} // namespace wagate::waha
