#pragma once
// Who sees the account's status posts (protocol.md 10.6). Requests carry no id: Core::ask gives one.
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

enum class StatusAudience : std::uint8_t {
    contacts,  ///< everybody in the address book
    allowlist, ///< only the people of the list
    denylist,  ///< the address book without the people of the list
};
/// As posts say it: "contacts", "allowlist", "denylist".
std::string_view status_setting(StatusAudience audience) noexcept;

struct StatusPrivacy {
    StatusAudience audience = StatusAudience::contacts;
    std::vector<Jid> list; ///< bare
};

binary::Node status_privacy_request();
/// The setting that is in force; contacts when the answer names none.
StatusPrivacy parse_status_privacy(binary::Node const& reply);

} // namespace wagate::stanza
