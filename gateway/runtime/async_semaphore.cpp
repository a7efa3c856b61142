#include "gateway/runtime/async_semaphore.hpp"

#include <algorithm>

namespace wagate {

Task<AsyncSemaphore::Place> AsyncSemaphore::acquire(bool is_urgent)
{
    if (free_ > 0) {
        --free_;
        co_return Place{this};
    }
    auto waiter = std::make_shared<Waiter>(executor_, is_urgent);
    auto const may_wait = [](std::shared_ptr<Waiter> const& other) { return !other->is_urgent; };
    auto const place = is_urgent ? std::find_if(waiting_.begin(), waiting_.end(), may_wait) : waiting_.end();
    waiting_.insert(place, waiter);
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
