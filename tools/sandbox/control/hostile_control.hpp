#pragma once
// What no server and no phone of good will sends: any stanza, any bytes in its place or on the wire, any
// bytes as sealed content. See docs/sandbox.md.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// `POST /control/accounts/{phone}/hostile`
HttpResponse send_hostile(Network& network, Account& account, json::object const& body);

} // namespace wagate::sandbox
