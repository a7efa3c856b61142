#pragma once
// Apps in the dialect: their rules, their meaning to the gateway, and their echo (waha.md 9).
#include "api/http/shape.hpp"
#include "gateway/apps/apps.hpp"

namespace wagate::waha {

/// The rules of one app in a list or a body; `config` is checked by to_app.
http::Field app_field(std::string name);
http::Shape const& app_shape();

/// @param accepted what app_shape() has let through. @param session the app's, where the body names none
/// @return nothing with `problems` filled, each beginning with `prefix`
std::optional<gateway::App> to_app(boost::json::object const& accepted, SessionKey session,
                                   http::UnknownFields unknown, std::string const& prefix,
                                   std::vector<std::string>& problems);

/// A stored one; nothing when the rules refuse it.
std::optional<gateway::App> parse_app(storage::AppRow const& row);

/// Without the key of an MCP app, which the routes add.
boost::json::object app_json(gateway::App const& app);

} // namespace wagate::waha
