#include "protocol/engine/policies.hpp"

#include <algorithm>

namespace wagate::engine {

void KeepalivePolicy::start(MonotonicTime now, RandomSource& random)
{
    auto const spread = static_cast<std::uint64_t>((max_interval - min_interval).count());
    ping_at_ = now + min_interval + Milliseconds{static_cast<std::int64_t>(random.below(spread + 1))};
    dead_at_.reset();
}

void KeepalivePolicy::stop()
{
    ping_at_.reset();
    dead_at_.reset();
    proof_until_.reset();
}

void KeepalivePolicy::on_received()
{
    dead_at_.reset();
}

KeepalivePolicy::Action KeepalivePolicy::on_time(MonotonicTime now, RandomSource& random)
{
    if ((dead_at_ && now >= *dead_at_) || (proof_until_ && now >= *proof_until_)) return Action::dead;
    if (!ping_at_ || now < *ping_at_) return Action::none;
    auto const unanswered = dead_at_;
    start(now, random);
    dead_at_ = unanswered ? unanswered : std::optional{now + reply_limit};
    return Action::ping;
}

std::optional<MonotonicTime> KeepalivePolicy::next() const
{
    auto first = ping_at_;
    for (auto const& other : {dead_at_, proof_until_})
        if (first && other && *other < *first) first = other;
    return first;
}

Milliseconds ReconnectPolicy::on_disconnect(MonotonicTime now, RandomSource& random)
{
    if (online_since_ && now - *online_since_ >= stable_after) reset();
    online_since_.reset();
    ++attempts_;
    auto const next = std::min(cap, std::max(Milliseconds{1'000}, previous_ + current_));
    previous_ = current_;
    current_ = next;
    auto const jitter =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(next.count() / 5 + 1)));
    return next - next / 10 + Milliseconds{jitter};
}

void ReconnectPolicy::reset()
{
    previous_ = current_ = Milliseconds{0};
    attempts_ = 0;
    online_since_.reset();
}

Restart restart_policy(StatusReason reason, std::int64_t code) noexcept
{
    switch (reason) {
    case StatusReason::connection_lost:
    case StatusReason::keepalive_timeout:
    case StatusReason::server_restart:
    case StatusReason::rate_limited:
    case StatusReason::handshake_failed:
    case StatusReason::proxy_error:
    case StatusReason::internal_error: return Restart::with_backoff;
    case StatusReason::server_refused: return code >= 500 ? Restart::with_backoff : Restart::by_hand;
    case StatusReason::paired: return Restart::at_once;
    case StatusReason::temporarily_banned: return Restart::after_ban;
    case StatusReason::none:
    case StatusReason::requested:
    case StatusReason::boot:
    case StatusReason::connecting:
    case StatusReason::waiting_for_scan:
    case StatusReason::waiting_for_passkey:
    case StatusReason::waiting_for_confirmation:
    case StatusReason::logged_in:
    case StatusReason::qr_expired:
    case StatusReason::logged_out_by_phone:
    case StatusReason::logged_out:
    case StatusReason::replaced:
    case StatusReason::banned:
    case StatusReason::client_outdated:
    case StatusReason::account_locked:
    case StatusReason::storage_failed:
    case StatusReason::pairing_failed: return Restart::by_hand;
    }
    return Restart::by_hand;
}

Milliseconds ban_duration(std::optional<std::int64_t> expire_seconds) noexcept
{
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 3'600;
    constexpr std::int64_t year = 31'536'000;
    if (!expire_seconds || *expire_seconds <= 0) return std::chrono::seconds{hour};
    return std::chrono::seconds{std::clamp(*expire_seconds, minute, year)};
}

} // namespace wagate::engine
