#pragma once
// How many connections the whole process opens per second: after an outage of the network or of the server
// all sessions want to come back at the same moment.
#include "gateway/runtime/wakeup.hpp"

#include <mutex>
#include <set>

namespace wagate::gateway {

/// A token bucket with a line in front of it. Any thread. Those that are urgent go first, else first come,
/// first served. Knows no clock: time is an argument.
class ConnectQueue {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Number = std::pair<int, std::uint64_t>; ///< a place in the line

    /// @param burst so many may go at once after a quiet time, at least 1
    ConnectQueue(double per_second, double burst);

    Number enter(bool is_urgent);
    /// Ends the wait of `number`: its turn has come, and others have one less.
    /// @return nothing then, else how long it takes at least
    std::optional<Duration> try_take(Number number, Time now);
    /// Without a turn; fine when it had one.
    void leave(Number number);

private:
    std::mutex mutex_;
    double const per_second_;
    double const burst_;
    double tokens_;
    std::optional<Time> refilled_;
    std::uint64_t next_ = 1;
    std::set<Number> line_;
};

/// The budget of one process.
class ConnectBudget {
public:
    /// How it waits; tests put a clock of their own here.
    struct Pace {
        std::function<ConnectQueue::Time()> now;
        std::function<Task<void>(Wakeup& early, Duration)> pause;
    };

    explicit ConnectBudget(double per_second = 250, double burst = 100, Pace pace = {});

    /// One wait for a turn. On one loop; the budget must outlive it.
    class Turn {
    public:
        Turn(ConnectBudget& budget, Executor executor) : budget_(budget), wakeup_(std::move(executor)) {}
        /// @return false when it was given up meanwhile. Cancelled with the coroutine that waits.
        Task<bool> wait(bool is_urgent);
        /// Nobody wants to connect any more: costs no turn.
        void give_up();

    private:
        ConnectBudget& budget_;
        Wakeup wakeup_;
        bool is_given_up_ = false;
    };

private:
    ConnectQueue queue_;
    Pace pace_;
};

} // namespace wagate::gateway
