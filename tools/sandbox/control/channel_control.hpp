#pragma once
// The control API's channels: made and written to without a client.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// `segments` behind /control/channels.
HttpResponse control_channels(Network& network, std::string_view method,
                              std::vector<std::string_view> const& segments, json::object const& body);

} // namespace wagate::sandbox
