#pragma once
// How one coroutine waits until others on its thread have something for it.
#include "gateway/runtime/runtime.hpp"

namespace wagate {

/// A flag that one coroutine waits for. Notifications are not counted: several before a wait make one
/// wake-up. Not thread safe; from another thread post to the executor first.
class Wakeup {
public:
    explicit Wakeup(Executor executor);
    Wakeup(Wakeup const&) = delete;
    Wakeup& operator=(Wakeup const&) = delete;
    ~Wakeup();

    void notify();
    /// Returns at once when notified since the last wait. Throws operation_aborted when the caller is
    /// cancelled.
    Task<void> wait();
    /// @return false when `limit` passed without a notification.
    Task<bool> wait_for(Duration limit);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace wagate
