#pragma once
// The user's hand on the phone for what is not messages: presence, typing, calls, profile. See
// docs/sandbox.md.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// Digits, +digits, or a JID.
std::optional<Jid> recipient_of(std::string_view text);

/// Nothing when `action` is none of these.
std::optional<HttpResponse> control_account(Network& network, Account& account, std::string_view method,
                                            std::string_view action, json::object const& body);
/// A profile picture as the network serves it. @param file "<id>.jpg"
HttpResponse picture_file(Network const& network, std::string_view file);

} // namespace wagate::sandbox
