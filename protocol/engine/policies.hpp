#pragma once
// When to ping and when to reconnect (protocol.md 3.6), as data: no timers here, only decisions.
#include "protocol/base/random.hpp"
#include "protocol/model/model.hpp"

#include <optional>

namespace wagate::engine {

/// Pings every 15-30 s (uniform); dead when nothing at all arrived for 20 s after a ping, as WhatsApp Web
/// does, and 60 s after the last completed round trip, whatever else arrives: a server that talks but does
/// not listen is no connection.
class KeepalivePolicy {
public:
    static constexpr Milliseconds min_interval = std::chrono::seconds{15};
    static constexpr Milliseconds max_interval = std::chrono::seconds{30};
    static constexpr Milliseconds reply_limit = std::chrono::seconds{20};
    static constexpr Milliseconds proof_limit = std::chrono::seconds{60};

    void start(MonotonicTime now, RandomSource& random);
    void stop();
    /// Anything received proves that the connection lives.
    void on_received();
    /// A reply to any request has come.
    void on_round_trip(MonotonicTime now) { proof_until_ = now + proof_limit; }
    enum class Action : std::uint8_t { none, ping, dead };
    /// Decides; after `ping` the caller sends one and the deadline runs.
    Action on_time(MonotonicTime now, RandomSource& random);
    std::optional<MonotonicTime> next() const;

private:
    std::optional<MonotonicTime> ping_at_;
    std::optional<MonotonicTime> dead_at_;
    std::optional<MonotonicTime> proof_until_; ///< nothing until the connection's first round trip
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

/// What follows when a session has ended for a reason.
///
/// | reason | what follows |
/// |---|---|
/// | connection_lost, keepalive_timeout, server_restart, rate_limited, handshake_failed, proxy_error,
/// internal_error | STARTING, next attempt by ReconnectPolicy | | server_refused with a code from 500 on |
/// the same | | paired, and 515 on a session that worked | STARTING, next attempt at once | |
/// temporarily_banned | FAILED, starts by itself when the time that the server named is over | | logged_out,
/// logged_out_by_phone, replaced, banned, account_locked, client_outdated, qr_expired, pairing_failed,
/// storage_failed, server_refused with another code | FAILED (STOPPED when asked for) until somebody starts
/// the session |
enum class Restart : std::uint8_t { by_hand, with_backoff, at_once, after_ban };
/// @param code of the server's <failure>, 0 without
Restart restart_policy(StatusReason reason, std::int64_t code = 0) noexcept;

/// How long a temporary ban lasts. @param expire_seconds as the server tells it; nothing usable: an hour
Milliseconds ban_duration(std::optional<std::int64_t> expire_seconds) noexcept;

} // namespace wagate::engine
