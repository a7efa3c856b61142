#include "protocol/engine/sending_policy.hpp"

#include <algorithm>
#include <cmath>

namespace wagate::engine {
namespace {

constexpr std::uint8_t format = 1;
constexpr Milliseconds minute = std::chrono::minutes{1};
constexpr Milliseconds least_wait{1};

void put(Bytes& out, std::int64_t value)
{
    auto const bits = static_cast<std::uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8)
        out.push_back(static_cast<std::uint8_t>(bits >> shift));
}

/// Reads numbers of eight bytes; zero behind the end.
class Numbers {
public:
    explicit Numbers(ByteView bytes) : bytes_(bytes) {}
    std::int64_t next()
    {
        if (bytes_.size() < 8) return 0;
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 8; ++i)
            bits |= static_cast<std::uint64_t>(bytes_[i]) << (8 * i);
        bytes_ = bytes_.subspan(8);
        return static_cast<std::int64_t>(bits);
    }
    bool is_at_end() const { return bytes_.size() < 8; }

private:
    ByteView bytes_;
};

std::uint32_t count_of(std::int64_t number)
{
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, UINT32_MAX));
}

} // namespace

std::string_view wait_name(SendWait wait) noexcept
{
    switch (wait) {
    case SendWait::connection: return "connection";
    case SendWait::order: return "order";
    case SendWait::server: return "server";
    case SendWait::retry: return "retry";
    case SendWait::preparing: return "preparing";
    case SendWait::gap: return "gap";
    case SendWait::messages_per_minute: return "messages_per_minute";
    case SendWait::warm_up: return "warm_up";
    case SendWait::quiet_hours: return "quiet_hours";
    case SendWait::new_chats_per_day: return "new_chats_per_day";
    case SendWait::time_lock: return "time_lock";
    }
    return "order";
}

std::int64_t SendingPolicy::day_of(WallTime time) const
{
    return std::chrono::floor<std::chrono::days>(time + options_.utc_offset).time_since_epoch().count();
}

WallTime SendingPolicy::start_of(std::int64_t day) const
{
    return WallTime{std::chrono::days{day}} - options_.utc_offset;
}

std::optional<std::uint32_t> SendingPolicy::amount_on(std::int64_t day) const
{
    if (!options_.warm_up) return std::nullopt;
    auto const& warm_up = *options_.warm_up;
    auto const age = std::max<std::int64_t>(0, day - first_day_.value_or(day));
    if (age >= warm_up.days) return std::nullopt;
    auto const amount = warm_up.first_day * std::pow(warm_up.growth, static_cast<double>(age));
    return static_cast<std::uint32_t>(std::min(amount, 1e9));
}

/// Until the end of the quiet hours.
std::optional<Milliseconds> SendingPolicy::rest(WallTime now) const
{
    if (!options_.quiet_hours) return std::nullopt;
    constexpr Milliseconds day = std::chrono::days{1};
    auto const [from, until] = *options_.quiet_hours;
    auto const time = now - start_of(day_of(now));
    auto const since = (time - from + day) % day;
    auto const length = (Milliseconds{until - from} + day) % day;
    if (since >= length) return std::nullopt;
    return length - since;
}

std::optional<SendingPolicy::Wait> SendingPolicy::wait(WallTime now, bool is_new_chat) const
{
    auto const today = day_of(now);
    auto const tomorrow = std::max(least_wait, start_of(today + 1) - now);
    if (is_new_chat && is_locked(now)) return Wait{SendWait::time_lock, locked_until_ - now};
    if (auto const left = rest(now)) return Wait{SendWait::quiet_hours, *left};
    auto const amount = amount_on(today);
    if (amount && counted_on(today, messages_) >= *amount) return Wait{SendWait::warm_up, tomorrow};
    if (is_new_chat && options_.new_chats_per_day > 0 &&
        counted_on(today, new_chats_) >= options_.new_chats_per_day)
        return Wait{SendWait::new_chats_per_day, tomorrow};
    auto const most = std::min(options_.messages_per_minute, most_per_minute);
    if (most > 0 && recent_.size() >= most) {
        // A clock that was set back must not make anybody wait longer than the minute itself.
        auto const free = recent_[recent_.size() - most] + minute - now;
        if (free > Milliseconds::zero() && free <= minute) return Wait{SendWait::messages_per_minute, free};
    }
    auto const gap = next_ - now;
    if (gap > Milliseconds::zero() && gap <= options_.min_gap + options_.jitter)
        return Wait{SendWait::gap, gap};
    return std::nullopt;
}

void SendingPolicy::admit(WallTime now, bool is_new_chat, RandomSource& random)
{
    auto const today = day_of(now);
    is_changed_ = is_changed_ || !first_day_;
    if (!first_day_) first_day_ = today;
    if (!options_.counts()) return;
    messages_ = counted_on(today, messages_) + 1;
    new_chats_ = counted_on(today, new_chats_) + (is_new_chat ? 1 : 0);
    day_ = today;
    auto gap = options_.min_gap;
    if (options_.jitter.count() > 0)
        gap += Milliseconds{random.below(static_cast<std::uint64_t>(options_.jitter.count()) + 1)};
    next_ = now + gap;
    if (options_.messages_per_minute == 0) return;
    recent_.push_back(now);
    while (recent_.size() > most_per_minute)
        recent_.pop_front();
}

void SendingPolicy::lock(WallTime now, WallTime until)
{
    locked_until_ = std::min<WallTime>(until, now + longest_lock);
    is_changed_ = true;
}

bool SendingPolicy::asks_for_new_chats(WallTime now) const
{
    return options_.new_chats_per_day > 0 || is_locked(now);
}

// ------------------------------------------------------------------------------ kept

void SendingPolicy::restore(RecordSource const& records)
{
    auto const record = records.read(sending_state_record, "");
    if (!record || record->empty() || record->front() != format) return;
    Numbers numbers(ByteView(*record).subspan(1));
    first_day_ = numbers.next();
    day_ = numbers.next();
    messages_ = count_of(numbers.next());
    new_chats_ = count_of(numbers.next());
    next_ = wall_from_milliseconds(numbers.next());
    locked_until_ = wall_from_milliseconds(numbers.next());
    recent_.clear();
    while (!numbers.is_at_end() && recent_.size() < most_per_minute)
        recent_.push_back(wall_from_milliseconds(numbers.next()));
}

void SendingPolicy::save(RecordOverlay& step)
{
    if (!first_day_ || (!options_.counts() && !is_changed_)) return;
    is_changed_ = false;
    Bytes record{format};
    put(record, *first_day_);
    put(record, day_);
    put(record, messages_);
    put(record, new_chats_);
    put(record, unix_milliseconds(next_));
    put(record, unix_milliseconds(locked_until_));
    for (auto const time : recent_)
        put(record, unix_milliseconds(time));
    step.write(sending_state_record, "", std::move(record));
}

void SendingPolicy::describe(SendingState& state, WallTime now) const
{
    auto const today = day_of(now);
    state.messages_today = counted_on(today, messages_);
    state.new_chats_today = counted_on(today, new_chats_);
    state.messages_today_limit = amount_on(today);
    if (locked_until_ > now) state.locked_until = locked_until_;
}

} // namespace wagate::engine
