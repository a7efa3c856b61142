#pragma once
// Groups in the control API: POST and GET /control/groups, and what phones do in them. Described in
// docs/sandbox.md.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// What a message says that invites its reader into a group; nothing for others.
std::optional<json::object> invitation_of(ChatMessage const& message);
/// @param path segments behind /control/groups
HttpResponse handle_group_request(Network& network, std::string_view method,
                                  std::vector<std::string_view> const& path, json::object const& body);

} // namespace wagate::sandbox
