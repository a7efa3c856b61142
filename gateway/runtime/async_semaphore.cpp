#include "gateway/runtime/async_semaphore.hpp"

#include <algorithm>

namespace wagate {

Task<AsyncSemaphore::Place> AsyncSemaphore::acquire()
{
    if (free_ > 0) {
        --free_;
        co_return Place{this};
    }
    auto waiter = std::make_shared<Waiter>(executor_);
    waiting_.push_back(waiter);
    std::exception_ptr cancelled;
    try {
        while (!waiter->granted)
            co_await waiter->wakeup.wait();
    } catch (...) {
        cancelled = std::current_exception();
    }
    if (cancelled) {
        std::erase(waiting_, waiter);
        if (waiter->granted) release();
        std::rethrow_exception(cancelled);
    }
    co_return Place{this};
}

void AsyncSemaphore::release()
{
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    auto next = waiting_.front();
    waiting_.pop_front();
    next->granted = true;
    next->wakeup.notify();
}

} // namespace wagate
