#pragma once
// Another program, for what this process should not do itself: decoding what strangers send. It runs with
// limits of time, memory, output and threads, without this process' environment and descriptors, shut in as
// far as the kernel allows (SandboxMeasures), and dies with this process.
#include "gateway/media/child_sandbox.hpp"
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
    std::uint64_t descriptors = 64;
    std::uint64_t threads = 64; ///< held where SandboxMeasures::thread_limit is
};

struct ChildJob {
    std::vector<std::string> command;          ///< with the program's whole path
    std::filesystem::path output;              ///< where its standard output goes; empty: nowhere
    std::vector<std::filesystem::path> reads;  ///< files it may read; absolute in `command`
    std::vector<std::filesystem::path> writes; ///< existing files it may change; absolute in `command`
    ChildLimits limits;
};

/// Blocks until it has ended, and everything that it started. @param stopping ends it early
/// @return errc::no_such_file_or_directory when there is no such program or file, errc::timed_out past the
///         wall limit, errc::operation_canceled when stopped, errc::permission_denied when the measures
///         cannot be taken, errc::io_error when it failed
Result<void> run_child(ChildJob const& job, SandboxMeasures const& measures,
                       std::atomic<bool> const& stopping);

/// Whether a child gets as far as its program under these measures, without starting one.
bool can_take(SandboxMeasures const& measures);

/// The program's place in PATH; empty when it is not there.
std::string find_program(std::string const& name);

} // namespace wagate::gateway
