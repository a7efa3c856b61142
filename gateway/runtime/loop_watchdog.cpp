#include "gateway/runtime/loop_watchdog.hpp"

#include "gateway/telemetry/log.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <cstdlib>
#include <vector>

namespace wagate {

/// Shared with the posted handler, which may run after the watchdog is gone.
struct LoopWatchdog::Heartbeat {
    std::atomic<bool> pending{false};
    std::chrono::steady_clock::time_point since{};
    bool reported = false;
};

void LoopWatchdog::warn(std::size_t loop)
{
    log::warn("event loop is blocked", {{"loop", loop}});
}

void LoopWatchdog::abort(std::size_t loop)
{
    log::error("event loop is blocked, giving up", {{"loop", loop}});
    std::abort();
}

LoopWatchdog::LoopWatchdog(EventLoops& loops, Report report, std::chrono::milliseconds limit)
    : loops_(loops), report_(std::move(report)), limit_(limit), thread_([this] { watch(); })
{}

LoopWatchdog::~LoopWatchdog()
{
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void LoopWatchdog::watch()
{
    std::vector<std::shared_ptr<Heartbeat>> beats(loops_.size());
    for (auto& beat : beats)
        beat = std::make_shared<Heartbeat>();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, limit_ / 4, [this] { return stopping_; })) {
        auto const now = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < beats.size(); ++i) {
            auto& beat = beats[i];
            if (!beat->pending.load(std::memory_order_acquire)) {
                beat->since = now;
                beat->reported = false;
                beat->pending.store(true, std::memory_order_release);
                boost::asio::post(loops_.executor(i),
                                  [beat] { beat->pending.store(false, std::memory_order_release); });
            } else if (!beat->reported && now - beat->since > limit_) {
                beat->reported = true;
                report_(i);
            }
        }
    }
}

} // namespace wagate
