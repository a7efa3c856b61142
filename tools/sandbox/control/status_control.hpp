#pragma once
// Status posts of phones in the control API.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/net/http.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// POST …/{phone}/status
HttpResponse post_status(Network& network, Account& account, json::object const& body);
/// DELETE …/{phone}/status/{id}
HttpResponse delete_status(Account& account, std::string const& id);
/// What a listed message shows of its colour and font.
void add_status_style(json::object& entry, ChatMessage const& message);

} // namespace wagate::sandbox
