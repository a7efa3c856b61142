#pragma once
// A bound on how many coroutines of one event loop do something at the same time; with one place, a lock.
#include "gateway/runtime/wakeup.hpp"

#include <deque>

namespace wagate {

class AsyncSemaphore {
public:
    AsyncSemaphore(Executor executor, std::size_t places) : executor_(executor), free_(places) {}

    class Place {
    public:
        explicit Place(AsyncSemaphore* semaphore) noexcept : semaphore_(semaphore) {}
        Place(Place&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
        Place& operator=(Place&&) = delete;
        ~Place()
        {
            if (semaphore_ != nullptr) semaphore_->release();
        }

    private:
        AsyncSemaphore* semaphore_;
    };

    /// First come, first served, the urgent ones before the others. Same thread only.
    Task<Place> acquire(bool is_urgent = false);

private:
    struct Waiter {
        Waiter(Executor const& executor, bool urgent) : wakeup(executor), is_urgent(urgent) {}
        Wakeup wakeup;
        bool const is_urgent;
        bool granted = false;
    };
    void release();

    Executor executor_;
    std::size_t free_;
    std::deque<std::shared_ptr<Waiter>> waiting_;
};

} // namespace wagate
