#pragma once
// What the process takes from itself at its start.

namespace wagate {

/// Before anything is read or written: files for their owner only, no core dumps and no tracing by others of
/// the same user (unless `core_dumps`), and as many open files as the system lets us have.
void harden_process(bool core_dumps);

} // namespace wagate
