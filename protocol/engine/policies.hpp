#pragma once
// When to ping and when to reconnect (protocol.md 3.6), as data: no timers here, only decisions.
#include "protocol/base/random.hpp"
#include "protocol/base/time.hpp"

#include <optional>

namespace wagate::engine {

/// Pings every 15-30 s (uniform); dead when nothing at all arrived for 20 s after a ping, as WhatsApp Web
/// does.
class KeepalivePolicy {
public:
    static constexpr Milliseconds min_interval = std::chrono::seconds{15};
    static constexpr Milliseconds max_interval = std::chrono::seconds{30};
    static constexpr Milliseconds reply_limit = std::chrono::seconds{20};

    void start(MonotonicTime now, RandomSource& random);
    void stop();
    /// Anything received proves that the connection lives.
    void on_received();
    enum class Action : std::uint8_t { none, ping, dead };
    /// Decides; after `ping` the caller sends one and the deadline runs.
    Action on_time(MonotonicTime now, RandomSource& random);
    std::optional<MonotonicTime> next() const;

private:
    std::optional<MonotonicTime> ping_at_;
    std::optional<MonotonicTime> dead_at_;
};

/// Fibonacci seconds 1, 1, 2, 3, 5 … capped at 900 s, ±10 %; starts over after 30 s of stable connection.
class ReconnectPolicy {
public:
    static constexpr Milliseconds cap = std::chrono::seconds{900};
    static constexpr Milliseconds stable_after = std::chrono::seconds{30};

    void on_login(MonotonicTime now) { online_since_ = now; }
    /// @return how long to wait before the next attempt.
    Milliseconds on_disconnect(MonotonicTime now, RandomSource& random);
    void reset();
    int attempts() const noexcept { return attempts_; }

private:
    std::optional<MonotonicTime> online_since_;
    Milliseconds previous_{0};
    Milliseconds current_{0};
    int attempts_ = 0;
};

} // namespace wagate::engine
