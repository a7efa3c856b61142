#pragma once
// Notices when an event loop is blocked by a call that should have gone to a pool.
#include "gateway/runtime/event_loops.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace wagate {

/// Posts a heartbeat to every loop from its own thread and reports one that is not served in time, once per
/// blockage.
class LoopWatchdog {
public:
    using Report = std::function<void(std::size_t loop)>;

    static constexpr std::chrono::milliseconds default_limit{250};

    /// Logs a warning. Runs on the watchdog's thread, like every report.
    static void warn(std::size_t loop);
    /// Ends the process, for tests.
    [[noreturn]] static void abort(std::size_t loop);

    /// `loops` must outlive the watchdog and be running.
    explicit LoopWatchdog(EventLoops& loops, Report report = warn,
                          std::chrono::milliseconds limit = default_limit);
    LoopWatchdog(LoopWatchdog const&) = delete;
    LoopWatchdog& operator=(LoopWatchdog const&) = delete;
    ~LoopWatchdog();

private:
    struct Heartbeat;
    void watch();

    EventLoops& loops_;
    Report report_;
    std::chrono::milliseconds limit_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace wagate
