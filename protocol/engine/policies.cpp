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
}

void KeepalivePolicy::on_received()
{
    dead_at_.reset();
}

KeepalivePolicy::Action KeepalivePolicy::on_time(MonotonicTime now, RandomSource& random)
{
    if (dead_at_ && now >= *dead_at_) return Action::dead;
    if (!ping_at_ || now < *ping_at_) return Action::none;
    auto const unanswered = dead_at_;
    start(now, random);
    dead_at_ = unanswered ? unanswered : std::optional{now + reply_limit};
    return Action::ping;
}

std::optional<MonotonicTime> KeepalivePolicy::next() const
{
    if (dead_at_ && ping_at_) return std::min(*dead_at_, *ping_at_);
    return ping_at_;
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

} // namespace wagate::engine
