#pragma once
// One wake-up call per owner, on its own event loop.
#include "gateway/runtime/runtime.hpp"
#include "protocol/base/time.hpp"

namespace wagate::gateway {

/// Calls `action` once the time set last has come. Same thread only. Destruction cancels.
class Alarm {
public:
    Alarm(Executor executor, std::function<void()> action);
    Alarm(Alarm const&) = delete;
    Alarm& operator=(Alarm const&) = delete;
    ~Alarm();

    void set(MonotonicTime time);
    void cancel();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace wagate::gateway
