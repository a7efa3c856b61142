#pragma once
// Turns of tenants on an event loop. What a request or a piece of a connection costs is paid on the loop's
// one thread; who has a hundred of them ready must not put the hundred before the one of somebody else.
#include "gateway/runtime/runtime.hpp"

#include <string>

namespace wagate {

/// Returns when it is the caller's turn on the loop that it runs on: at once when nobody has had one in this
/// round of the loop, else after one turn at most of every other lane that waits. Call it from an event
/// loop's thread. Throws operation_aborted when the caller is cancelled.
/// @param lane the tenant
Task<void> take_turn(std::string lane);

} // namespace wagate
