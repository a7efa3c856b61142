#pragma once
// What is taken from a child process before its program begins. Each measure stands for itself, so that a
// kernel or a container that refuses one still gives the others.
#include <string>

namespace wagate::gateway {

enum class SandboxMode {
    require, ///< files are not converted unless all measures can be taken
    prefer,  ///< those that the kernel lets us take
    off,     ///< limits only
};

struct SandboxMeasures {
    bool namespaces = false; ///< users, network (an empty one), processes, mounts, IPC, host names of its own
    bool own_root = false;   ///< sees nothing but libraries and its files; needs namespaces
    bool landlock = false;   ///< may open nothing but libraries and its files
    bool syscalls = false;   ///< a list of system calls: no sockets, no processes, no mounts, no tracing …
    bool thread_limit =
        false; ///< its threads are counted for themselves; needs namespaces, Linux 5.14, and not to be root

    /// Its files are shut in by one way or the other, and it has no way to a network.
    bool is_whole() const noexcept { return namespaces && (own_root || landlock) && syscalls; }
    bool operator==(SandboxMeasures const&) const = default;
};

/// What this kernel lets this process do; asked once by trying it.
SandboxMeasures const& available_measures();

/// Those to take in `mode`.
SandboxMeasures measures_of(SandboxMode mode);

/// `namespaces,own-root,landlock`; `none`.
std::string measure_names(SandboxMeasures const& measures);

} // namespace wagate::gateway
