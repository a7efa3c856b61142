#pragma once
// What is known about the connection to WhatsApp: round trips and how old the last one is. Data only; time is
// passed in.
#include "protocol/model/model.hpp"

namespace wagate::engine {

class HealthMonitor {
public:
    /// A round trip proves the connection for so long.
    static constexpr Milliseconds proof_lifetime = std::chrono::seconds{60};
    /// A ping that is unanswered for so long casts doubt on it, before the connection is given up.
    static constexpr Milliseconds answer_limit = std::chrono::seconds{10};

    void on_stanza(WallTime now) { known_.last_stanza = now; }
    void on_ping(MonotonicTime now);
    /// @param took from the request to its reply
    void on_round_trip(Instant now, Milliseconds took);
    void on_link_lost();

    bool is_proven(MonotonicTime now) const;
    /// When `is_proven` turns or has turned false unless something comes; nothing without a connection.
    std::optional<MonotonicTime> doubtful_at() const;
    /// `healthy` and `offline_backlog` are not known here.
    ConnectionHealth const& known() const noexcept { return known_; }

private:
    ConnectionHealth known_;
    std::optional<MonotonicTime> proven_;
    std::optional<MonotonicTime> unanswered_since_;
};

} // namespace wagate::engine
