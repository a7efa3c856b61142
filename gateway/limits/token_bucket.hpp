#pragma once
// A rate with a burst: tokens come back evenly, up to a capacity. A value; the caller brings the time.
#include "protocol/base/time.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace wagate::gateway {

class TokenBucket {
public:
    /// Full at first. @param per_second above 0 @param capacity at least 1
    TokenBucket(double per_second, double capacity)
        : rate_(per_second), capacity_(std::max(capacity, 1.0)), level_(capacity_)
    {}

    /// When `amount` could be taken; nothing: now. More than the capacity may be taken when it is full: what
    /// is taken too much has to come back first.
    std::optional<Milliseconds> wait(MonotonicTime now, double amount) const
    {
        auto const missing = std::min(amount, capacity_) - level(now);
        if (missing <= 1e-9) return std::nullopt;
        auto const milliseconds = std::min(std::ceil(missing / rate_ * 1000), 1e12);
        return Milliseconds{std::max<std::int64_t>(1, static_cast<std::int64_t>(milliseconds))};
    }
    void take(MonotonicTime now, double amount)
    {
        level_ = level(now) - amount;
        time_ = now;
    }
    double level(MonotonicTime now) const
    {
        if (!time_ || now <= *time_) return level_;
        auto const seconds = std::chrono::duration<double>(now - *time_).count();
        return std::min(capacity_, level_ + seconds * rate_);
    }
    /// Keeps what was used.
    void change(MonotonicTime now, double per_second, double capacity)
    {
        capacity = std::max(capacity, 1.0);
        auto const used = capacity_ - level(now);
        rate_ = per_second;
        capacity_ = capacity;
        level_ = capacity_ - used;
        time_ = now;
    }
    double capacity() const noexcept { return capacity_; }
    double per_second() const noexcept { return rate_; }

private:
    double rate_;
    double capacity_;
    double level_;
    std::optional<MonotonicTime> time_; ///< of `level_`
};

} // namespace wagate::gateway
