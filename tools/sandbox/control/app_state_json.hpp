#pragma once
// What the user sets on a phone, and sees there, as JSON (docs/sandbox.md).
#include "protocol/appstate/actions.hpp"
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

/// POST …/app-state and GET …/app-state.
HttpResponse change_app_state(Network& network, Account& account, json::object const& body);
HttpResponse show_app_state(Account& account);
/// POST …/app-state/snapshots: the server keeps snapshots in files and no patches.
HttpResponse make_snapshots(Account& account);
/// POST …/app-state/rotate-key: with `share` (default true) the companions get the new key.
HttpResponse rotate_app_state_key(Account& account, json::object const& body);

} // namespace wagate::sandbox
