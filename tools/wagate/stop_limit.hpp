#pragma once
// The end of the process within a limit, whatever hangs.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace wagate {

/// While it lives and the limit has passed, the process ends at once, with code 1 and a line in the log. That
/// is as safe as a kill: what is not committed was not acknowledged (D1 to D3).
class StopLimit {
public:
    explicit StopLimit(std::chrono::steady_clock::duration limit);
    StopLimit(StopLimit const&) = delete;
    StopLimit& operator=(StopLimit const&) = delete;
    ~StopLimit();

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_over_ = false;
    std::thread thread_;
};

} // namespace wagate
