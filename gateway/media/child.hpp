#pragma once
// Another program, for what this process should not do itself: decoding what strangers send. It runs with
// limits of time, memory and output, without a network where the system allows that, and dies with this
// process.
#include "protocol/base/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace wagate::gateway {

struct ChildLimits {
    std::chrono::seconds wall{120};
    std::chrono::seconds processor{240};
    std::uint64_t memory_bytes = std::uint64_t{3} << 30; ///< of address space
    std::uint64_t file_bytes = std::uint64_t{1} << 30;   ///< of each file it writes
};

/// Blocks until it has ended. @param output where its standard output goes; empty: nowhere
/// @param stopping ends it early
/// @return errc::no_such_file_or_directory when there is no such program, errc::timed_out past the wall
/// limit,
///         errc::operation_canceled when stopped, errc::io_error when it failed
Result<void> run_child(std::vector<std::string> const& command, std::filesystem::path const& output,
                       ChildLimits const& limits, std::atomic<bool> const& stopping);

/// The program's place in PATH; empty when it is not there.
std::string find_program(std::string const& name);

} // namespace wagate::gateway
