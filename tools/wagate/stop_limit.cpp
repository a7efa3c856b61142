#include "tools/wagate/stop_limit.hpp"

#include "gateway/telemetry/log.hpp"

#include <unistd.h>

#include <cstdlib>

namespace wagate {

StopLimit::StopLimit(std::chrono::steady_clock::duration limit)
    : thread_([this, limit] {
          std::unique_lock lock{mutex_};
          if (wake_.wait_for(lock, limit, [this] { return is_over_; })) return;
          log::error("stopping takes too long: ended without waiting any longer");
          _exit(EXIT_FAILURE); // no destructors: they might wait for what hangs
      })
{}

StopLimit::~StopLimit()
{
    {
        std::lock_guard const lock{mutex_};
        is_over_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

} // namespace wagate
