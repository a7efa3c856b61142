#pragma once
// Time as the protocol core sees it: always passed in, never read from a clock.
#include <chrono>

namespace wagate {

using Milliseconds = std::chrono::milliseconds;
/// Calendar time (UTC, milliseconds). May jump; used for timestamps on the wire and in records.
using WallTime = std::chrono::sys_time<Milliseconds>;
/// Time since an arbitrary start that never goes back; used for deadlines.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Milliseconds>;

/// One reading of both clocks, taken together.
struct Instant {
    MonotonicTime monotonic{};
    WallTime wall{};
};

inline std::int64_t unix_seconds(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

inline std::int64_t unix_milliseconds(WallTime time)
{
    return time.time_since_epoch().count();
}

inline WallTime wall_from_seconds(std::int64_t seconds)
{
    return WallTime{std::chrono::seconds{seconds}};
}

inline WallTime wall_from_milliseconds(std::int64_t milliseconds)
{
    return WallTime{Milliseconds{milliseconds}};
}

} // namespace wagate
