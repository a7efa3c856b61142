#pragma once
// How fast a session may write to people, so that its account is not taken for a machine: gaps, a daily
// amount that grows, hours of rest, few new chats, and silence while the server forbids them. A pure value:
// time and randomness come from outside. What it has counted is a record of the session, durable with what
// was counted.
#include "protocol/base/jid.hpp"
#include "protocol/base/random.hpp"
#include "protocol/base/records.hpp"
#include "protocol/base/time.hpp"
#include "protocol/model/model.hpp"

#include <deque>

namespace wagate::engine {

struct SendingOptions {
    /// More and more each day, from the first message on.
    struct WarmUp {
        std::uint32_t first_day = 20; ///< messages
        double growth = 1.5;          ///< of each day over the one before
        std::uint32_t days = 14;      ///< after them there is no amount any more
        bool operator==(WarmUp const&) const = default;
    };
    /// Of the local day; may go over midnight. Nothing is sent from `from` until `until`.
    struct QuietHours {
        std::chrono::minutes from{0};
        std::chrono::minutes until{0};
        bool operator==(QuietHours const&) const = default;
    };
    Milliseconds min_gap{0};               ///< between two messages of the session, whatever the chats
    Milliseconds jitter{0};                ///< up to so much more, at random
    std::uint32_t messages_per_minute = 0; ///< in any 60 seconds, at most 120; 0: any
    std::uint32_t new_chats_per_day = 0;   ///< people who have not written and were not written to; 0: any
    std::optional<WarmUp> warm_up;
    std::optional<QuietHours> quiet_hours;
    std::chrono::minutes utc_offset{0}; ///< of the local day
    /// Messages for new chats wait until the end that the server told of its lock. On for all: the server
    /// would refuse them, and being refused again and again is what a spammer looks like.
    bool pause_in_time_lock = true;
    bool operator==(SendingOptions const&) const = default;

    /// Whether anything has to be counted.
    bool counts() const noexcept
    {
        return min_gap.count() > 0 || jitter.count() > 0 || messages_per_minute > 0 ||
               new_chats_per_day > 0 || warm_up || quiet_hours;
    }
};

/// What a message that was accepted waits for.
enum class SendWait : std::uint8_t {
    connection, ///< the session is not connected
    order,      ///< an earlier message of its chat
    server,     ///< the server's answer; it was sent
    retry,      ///< the server has just refused to tell what is needed
    preparing,  ///< devices and keys are being asked for
    gap,
    messages_per_minute,
    warm_up,
    quiet_hours,
    new_chats_per_day,
    time_lock,
};
std::string_view wait_name(SendWait wait) noexcept;

/// How a session's sending stands.
struct SendingState {
    std::size_t waiting = 0;           ///< accepted messages that were not sent yet
    std::optional<SendWait> waits_for; ///< of the policy, what holds the next one
    std::optional<WallTime> until;
    std::uint32_t messages_today = 0; ///< counted only while there is something to count for
    std::uint32_t new_chats_today = 0;
    std::optional<std::uint32_t> messages_today_limit; ///< of the warm-up
    std::optional<WallTime> locked_until;              ///< the server's lock on new chats
};

/// An accepted message that the server does not have yet.
struct WaitingSend {
    MessageId id;
    Jid chat;
    std::optional<Jid> chat_phone;
    WallTime accepted{};
    SendWait waits_for = SendWait::order;
    std::optional<WallTime> until; ///< as far as it is known
    std::uint64_t order = 0;       ///< of acceptance
};

/// Key "": what the policy has counted.
inline constexpr auto sending_state_record = static_cast<RecordKind>(120);

class SendingPolicy {
public:
    static constexpr std::uint32_t most_per_minute = 120;
    static constexpr std::chrono::hours longest_lock{7 * 24};

    explicit SendingPolicy(SendingOptions options) : options_(std::move(options)) {}

    struct Wait {
        SendWait why = SendWait::gap;
        Milliseconds time{0}; ///< from now; above 0
        /// Only those for new chats wait.
        bool is_for_new_chats() const noexcept
        {
            return why == SendWait::new_chats_per_day || why == SendWait::time_lock;
        }
    };
    /// Nothing: it may go.
    std::optional<Wait> wait(WallTime now, bool is_new_chat) const;
    /// A message goes.
    void admit(WallTime now, bool is_new_chat, RandomSource& random);
    /// The server refuses new chats until then.
    void lock(WallTime now, WallTime until);
    /// Whether it matters just now if a chat is new.
    bool asks_for_new_chats(WallTime now) const;

    /// What was counted before; anything unreadable counts as nothing.
    void restore(RecordSource const& records);
    /// As it is now, where something has to be kept.
    void save(RecordOverlay& step);

    void describe(SendingState& state, WallTime now) const;

private:
    std::int64_t day_of(WallTime time) const;
    WallTime start_of(std::int64_t day) const;
    bool is_locked(WallTime now) const { return options_.pause_in_time_lock && locked_until_ > now; }
    std::optional<std::uint32_t> amount_on(std::int64_t day) const;
    std::uint32_t counted_on(std::int64_t day, std::uint32_t count) const { return day == day_ ? count : 0; }
    std::optional<Milliseconds> rest(WallTime now) const;

    SendingOptions options_;
    std::optional<std::int64_t> first_day_; ///< of the warm-up
    bool is_changed_ = false;               ///< in what is kept although nothing is counted
    std::int64_t day_ = 0;                  ///< of the two counts
    std::uint32_t messages_ = 0;
    std::uint32_t new_chats_ = 0;
    WallTime next_{};             ///< not before
    std::deque<WallTime> recent_; ///< those of the last minute, where they are limited
    WallTime locked_until_{};
};

} // namespace wagate::engine
