#pragma once
// Signals of the operating system as the programs want them.
#include "gateway/runtime/task.hpp"

#include <functional>

namespace wagate {

/// Waits for SIGTERM or SIGINT and returns its number. A second signal while nobody waits ends the process as
/// usual.
Task<int> stop_signal();

/// Calls `action` at each SIGHUP, which does not end the process meanwhile. Goes on until it is cancelled.
Task<void> at_hangups(std::function<void()> action);

/// From now on SIGTERM or SIGINT ends the process at once, with 128 plus its number as exit code. For the one
/// who has asked before and does not want to wait.
void exit_at_next_signal() noexcept;

/// A write to a closed pipe or socket becomes an error code instead of the end of the process. Call first in
/// main().
void ignore_broken_pipes() noexcept;

} // namespace wagate
