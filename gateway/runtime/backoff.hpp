#pragma once
// Growing pauses between attempts.
#include "protocol/base/random.hpp"
#include "protocol/base/time.hpp"

#include <algorithm>

namespace wagate {

/// Exponential back-off with full jitter: each pause is drawn from [1 ms, limit], and the limit doubles up to
/// `longest`.
class Backoff {
public:
    Backoff(Milliseconds first, Milliseconds longest) : first_(first), longest_(longest), limit_(first) {}

    Milliseconds next(RandomSource& random)
    {
        auto const bound = static_cast<std::uint64_t>(std::max<Milliseconds::rep>(limit_.count(), 1));
        limit_ = std::min(limit_ * 2, longest_);
        return Milliseconds(static_cast<Milliseconds::rep>(random.below(bound)) + 1);
    }

    void reset() noexcept { limit_ = first_; }

private:
    Milliseconds first_;
    Milliseconds longest_;
    Milliseconds limit_;
};

} // namespace wagate
