#pragma once
// What the user of a business phone does with the catalogue, and customers' orders.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// GET shop, POST products, collections, orders. Nothing for other actions.
std::optional<HttpResponse> control_shop(Network& network, Account& account, std::string_view method,
                                         std::string_view action, json::object const& body);
/// The product or the order of a message.
void add_goods(json::object& entry, ChatMessage const& message);

} // namespace wagate::sandbox
