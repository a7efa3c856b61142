#pragma once
// The time of a scenario: moves only when the test says so.
#include "protocol/base/time.hpp"

namespace wagate::testing {

struct ScenarioClock {
    Instant now{MonotonicTime{Milliseconds{1'000'000}}, wall_from_seconds(1'790'000'000)};

    void advance(Milliseconds step)
    {
        now.monotonic += step;
        now.wall += step;
    }
};

} // namespace wagate::testing
