#pragma once
// Status posts at the server (protocol.md 10.6). Whom an account shows its posts are two of its privacy
// settings: `statusAudience` (contacts, whitelist, blacklist) and `statusList`, phone numbers with spaces
// between them.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// To the devices named in it; `ack` is what the sender will be answered.
binary::Node route_status_message(Network& network, Origin const& origin, binary::Node const& message,
                                  binary::Node ack);

/// The answer to <iq xmlns="status"><privacy/></iq>.
binary::Node status_privacy_node(Network& network, Account const& account);

/// Whom the account's phone shows a post when its user names nobody.
std::vector<Account*> status_audience(Network& network, Account const& account);

} // namespace wagate::sandbox
