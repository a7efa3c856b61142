#pragma once
// Decides what is sent to one endpoint, and when. Sans-IO: reads, answers and the time come in; what to read,
// what to send and what to store come out. Order is kept inside a lane (ordering_key of an event); lanes go
// side by side.
#include "gateway/events/rendered_event.hpp"
#include "gateway/webhooks/delivery_record.hpp"

#include <memory>
#include <set>
#include <unordered_map>

namespace wagate::gateway::webhooks {

/// An event of the log as one endpoint gets it.
struct PlannedEvent {
    struct Part {
        std::uint32_t index = 0; ///< among all that the event gives, subscribed or not
        RenderedEvent event;
    };
    std::uint64_t sequence = 0;
    std::string lane;
    Event event;
    std::vector<Part> parts; ///< only those that the endpoint wants
    std::size_t bytes = 0;   ///< of memory, roughly

    /// The place of the first part that is not behind; parts.size() when all are.
    std::size_t part_from(std::uint32_t index) const;
};

struct PlanLimits {
    std::size_t in_flight = 8;
    std::size_t page = 32; ///< events read at once
    std::size_t cached_events = 256;
    std::size_t cached_bytes = 512 * 1024;
    std::size_t cached_per_lane = 32; ///< one busy chat leaves room for others
    std::size_t waiting = 8'192;      ///< numbers of events that are not settled
    std::size_t ranges = 4'096;       ///< of settled events beyond the floor; they are stored
    std::size_t started = 256;        ///< events with a failure; they are stored
    int failures_to_open = 8;
    Milliseconds stray_pause = std::chrono::seconds{60};
    Milliseconds disable_after = std::chrono::hours{120};
    /// A longer pause between attempts, for want of events, ends a continuous failure.
    Milliseconds continuity = std::chrono::hours{30};
};

/// The breaker: when the last eight attempts failed, and not all of one lane, the endpoint as a whole is
/// thought to be down. Then one event is tried on its schedule, the probe, and nothing else counts. Events
/// that have never failed may be tried in between, one a minute and uncounted: so the endpoint's return is
/// seen soon, and chats whose events an endpoint never accepts do not stop the others. Any success closes the
/// breaker.
class DeliveryPlan {
public:
    using EventPtr = std::shared_ptr<PlannedEvent const>;

    struct Read {
        std::uint64_t after = 0;
        std::size_t limit = 0;
        bool is_ahead =
            false; ///< of everything known; otherwise the event behind `after` is there, or was removed
    };
    struct Attempt {
        EventPtr event;
        std::size_t part = 0; ///< place in event->parts
        int number = 1;
        bool counts = true;
        RenderedEvent const& rendered() const { return event->parts[part].event; }
    };
    struct Failure {
        unsigned status = 0; ///< 0 without an answer
        std::string error;
        std::optional<Milliseconds> retry_after;
    };
    enum class Verdict : std::uint8_t {
        again,
        exhausted, ///< a dead letter now; its lane rests until release()
        disabled,
    };

    /// @param end the log's last sequence as far as it is known
    DeliveryPlan(DeliveryRecord record, std::uint64_t end, WallTime now, PlanLimits limits = {});
    DeliveryPlan(DeliveryPlan const&) = delete;
    DeliveryPlan& operator=(DeliveryPlan const&) = delete;

    // --- what to do; ask in this order until neither has anything
    // ---------------------------------------------
    /// The next request; its lane is taken until succeeded(), failed() or abandon().
    std::optional<Attempt> next_attempt(WallTime now);
    /// The next piece of the log. One at a time: answer it with loaded() or not_loaded().
    std::optional<Read> next_read(WallTime now);
    /// When there may be something to do although nothing has happened.
    std::optional<WallTime> next_time() const;

    // --- what has happened
    // ------------------------------------------------------------------------------------
    /// The log has grown.
    void grown() noexcept { may_have_more_ = true; }
    void known_end(std::uint64_t sequence) noexcept { end_ = std::max(end_, sequence); }
    /// @param events all that the log has behind `read.after`, up to its limit
    void loaded(Read const& read, std::vector<PlannedEvent> events, WallTime now);
    void not_loaded(Read const& read) noexcept;
    void succeeded(Attempt const& attempt, WallTime now);
    /// @param jitter in [0, 1)
    Verdict failed(Attempt const& attempt, Failure const& failure, WebhookConfig const& webhook, WallTime now,
                   double jitter);
    /// Not sent after all.
    void abandon(Attempt const& attempt);
    /// The dead letter of this lane is durable: what follows it may be sent.
    void release(std::string const& lane);
    /// Starts afresh with what has failed, at once.
    void enable(WallTime now);
    /// Subscriptions have changed: what is in memory is read again.
    void forget_cached();

    // --- what to store and to tell
    // ----------------------------------------------------------------------------
    DeliveryRecord record() const;
    /// Since the last call; without session, endpoint and URL.
    std::vector<storage::DeadLetter> take_dead_letters() { return std::exchange(dead_letters_, {}); }
    bool has_dead_letters() const noexcept { return !dead_letters_.empty(); }
    /// Everything up to it is settled.
    std::uint64_t floor() const noexcept { return settled_.floor(); }
    bool is_enabled() const noexcept { return disabled_reason_.empty(); }
    std::string const& disabled_reason() const noexcept { return disabled_reason_; }
    std::optional<WallTime> disabled_at() const noexcept { return disabled_at_; }
    std::optional<WallTime> last_success() const noexcept { return last_success_; }
    std::optional<DeliveryFailure> const& last_failure() const noexcept { return last_failure_; }
    bool is_open() const noexcept { return is_open_; }
    /// Events of the log that are not settled.
    std::uint64_t pending() const noexcept;
    std::size_t cached_events() const noexcept { return cached_.size(); }
    std::size_t cached_bytes() const noexcept { return cached_bytes_; }
    std::size_t waiting() const noexcept { return waiting_; }

private:
    /// The events of one chat that are not settled, and how far the first one is.
    struct Lane {
        std::uint64_t head() const { return sequences[first]; }
        bool is_empty() const { return first == sequences.size(); }
        void pop();

        std::string name;
        std::vector<std::uint64_t> sequences; ///< ascending; those before `first` are over
        std::size_t first = 0;
        std::size_t cached = 0;
        std::uint32_t next_part = 0;
        int attempts = 0;
        WallTime first_failure{};
        WallTime due{};
        bool is_taken = false; ///< its request is under way
        bool is_held = false;  ///< until release()
    };
    using Queue = std::map<std::pair<WallTime, std::uint64_t>, Lane*>;

    void insert(Lane& lane);
    void remove(Lane& lane);
    Lane* find(std::string const& name);
    Lane* candidate(WallTime now);
    Lane* candidate_while_open(WallTime now);
    Lane* first_fresh() const;
    WallTime stray_time() const;
    bool is_full() const noexcept;
    bool has_room() const noexcept;
    bool take(PlannedEvent event, bool is_ahead, bool is_single);
    bool admit(PlannedEvent event);
    void resume(Lane& lane);
    bool cache(Lane& lane, PlannedEvent event, bool is_single);
    void uncache(std::uint64_t sequence);
    void uncache_lane(Lane& lane);
    void uncache_all();
    void settle_head(Lane& lane);
    void settle_anywhere(Lane& lane, std::uint64_t sequence);
    void note_start(Lane const& lane);
    void erase_if_idle(Lane& lane);
    void expire(std::uint64_t first, std::uint64_t last, WallTime now);
    bool is_gone(std::uint64_t sequence) const;
    Lane& untake(Attempt const& attempt);
    void note_failure(Attempt const& attempt, Failure const& failure, WallTime now);
    void trip(Lane const& lane);
    void give_up(Lane& lane, Attempt const& attempt, Failure const& failure, WallTime now);
    void disable(std::string reason, WallTime now);

    PlanLimits const limits_;
    SettledSequences settled_;
    std::uint64_t position_; ///< everything up to it has been looked at
    std::uint64_t end_;
    std::uint64_t catch_up_until_; ///< up to here bounds do not apply: they held before the restart
    bool may_have_more_ = true;
    std::unordered_map<std::string, std::unique_ptr<Lane>> lanes_;
    // Each lane that is neither taken nor held nor empty is in one of these.
    std::map<std::uint64_t, Lane*> ready_;   ///< never failed, head in memory
    std::map<std::uint64_t, Lane*> missing_; ///< never failed, head to be read
    Queue failing_;                          ///< by the time of the next attempt
    std::map<std::uint64_t, EventPtr> cached_;
    std::size_t cached_bytes_ = 0;
    std::size_t waiting_ = 0;
    std::set<std::uint64_t> taken_;
    std::map<std::uint64_t, Lane const*> started_;
    std::map<std::uint64_t, StartedEvent> resumed_; ///< of the record, until their lanes are known
    int failures_ = 0;                              ///< since the last success
    std::string failed_lane_;
    bool is_several_ = false; ///< more than one lane has failed since
    bool is_open_;
    Lane* probe_ = nullptr;
    std::uint64_t probe_sequence_; ///< of the record, until its lane is known
    WallTime next_probe_{};        ///< when there is no probe
    std::optional<WallTime> failing_since_;
    std::optional<WallTime> last_attempt_;
    std::optional<WallTime> last_success_;
    std::optional<WallTime> disabled_at_;
    std::string disabled_reason_;
    std::optional<DeliveryFailure> last_failure_;
    std::vector<storage::DeadLetter> dead_letters_;
};

} // namespace wagate::gateway::webhooks
