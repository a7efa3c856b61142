#pragma once
// The system calls that a decoder needs, as a filter for the kernel.
#include <span>

struct sock_filter;

namespace wagate::gateway {

/// All others are answered as by a kernel that does not have them; a foreign calling convention is killed.
/// Empty on processors that it is not written for.
std::span<sock_filter const> syscall_filter();

} // namespace wagate::gateway
