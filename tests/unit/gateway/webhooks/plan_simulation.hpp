#pragma once
// A delivery plan against a log, a store and a receiver in memory, on a virtual clock. Everything takes some
// virtual time, and a restart may come at any moment.
#include "gateway/webhooks/delivery_plan.hpp"

#include <functional>
#include <map>
#include <memory>

namespace wagate::test {

struct PlanSimulation {
    struct Answer {
        unsigned status = 200; ///< 0: no answer
        std::optional<Milliseconds> retry_after{};
        Milliseconds latency{2};
    };
    struct Request {
        WallTime time{};
        std::uint64_t sequence = 0;
        std::string lane;
        std::string id;
        int number = 0;
        unsigned status = 0;
    };
    using Plan = gateway::webhooks::DeliveryPlan;

    explicit PlanSimulation(gateway::webhooks::PlanLimits with = {}) : limits(with)
    {
        webhook.url = "http://one";
        boot();
    }

    void append(std::string lane, std::size_t parts = 1)
    {
        log.push_back({std::move(lane), parts});
        plan->grown();
    }

    /// A kill: what was not saved is forgotten.
    void restart()
    {
        happenings.clear();
        is_reading = false;
        is_saving = false;
        is_dirty = false;
        held.clear();
        boot();
    }

    void run_until(WallTime end)
    {
        for (;;) {
            step();
            auto next = end;
            if (auto const due = plan->next_time(); due && !is_reading)
                next = std::min(next, std::max(*due, now));
            if (!happenings.empty()) next = std::min(next, happenings.begin()->first);
            if (next == now && happenings.empty()) return;
            if (next >= end && (happenings.empty() || happenings.begin()->first > end)) {
                now = end;
                step();
                return;
            }
            now = next;
            while (!happenings.empty() && happenings.begin()->first <= now) {
                auto const call = std::move(happenings.begin()->second);
                happenings.erase(happenings.begin());
                call();
            }
        }
    }
    void run_for(Milliseconds duration) { run_until(now + duration); }

    std::vector<Request> successes() const
    {
        std::vector<Request> found;
        for (auto const& request : requests)
            if (request.status / 100 == 2) found.push_back(request);
        return found;
    }
    /// Of the log, in the words of the requests: seconds since the start.
    std::vector<std::int64_t> times() const
    {
        std::vector<std::int64_t> found;
        for (auto const& request : requests)
            found.push_back(unix_seconds(request.time) - unix_seconds(start));
        return found;
    }

    WallTime const start = wall_from_seconds(1'700'000'000);
    WallTime now = start;
    gateway::webhooks::PlanLimits limits;
    gateway::WebhookConfig webhook;
    double jitter = 0.5; ///< the middle: the default schedule exactly
    struct LogEntry {
        std::string lane;
        std::size_t parts = 1; ///< requests it gives; 0: not subscribed
    };
    std::vector<LogEntry> log; ///< sequences from 1
    std::uint64_t first_kept = 1;
    std::function<Answer(Request const&)> receiver = [](Request const&) { return Answer{}; };
    std::vector<Request> requests;
    std::vector<storage::DeadLetter> dead_letters; ///< durable
    std::vector<std::string> states;               ///< disabled for …
    storage::DeliveryState saved;
    std::unique_ptr<Plan> plan;
    std::size_t events_read = 0;
    std::size_t most_cached = 0;
    std::size_t most_waiting = 0;
    std::size_t most_bytes_saved = 0;
    std::size_t most_in_flight = 0;
    std::size_t in_flight = 0;

private:
    void boot()
    {
        in_flight = 0;
        plan = std::make_unique<Plan>(gateway::webhooks::decode(saved).value(), log.size(), now, limits);
    }

    void later(Milliseconds delay, std::function<void()> call)
    {
        happenings.emplace(now + delay, std::move(call));
    }

    void step()
    {
        for (;;) {
            if (auto attempt = plan->next_attempt(now)) {
                send(std::move(*attempt));
                continue;
            }
            if (!is_reading)
                if (auto const read = plan->next_read(now)) {
                    is_reading = true;
                    later(Milliseconds{1}, [this, read = *read] { load(read); });
                }
            break;
        }
        most_cached = std::max(most_cached, plan->cached_events());
        most_waiting = std::max(most_waiting, plan->waiting());
        most_in_flight = std::max(most_in_flight, in_flight);
    }

    void send(Plan::Attempt attempt)
    {
        Request request{
            now, attempt.event->sequence, attempt.event->lane, attempt.rendered().id, attempt.number, 0};
        auto const answer = receiver(request);
        request.status = answer.status;
        requests.push_back(request);
        ++in_flight;
        later(answer.latency, [this, attempt, answer] {
            --in_flight;
            if (answer.status / 100 == 2) {
                plan->succeeded(attempt, now);
            } else {
                auto const verdict =
                    plan->failed(attempt, {answer.status, "", answer.retry_after}, webhook, now, jitter);
                if (verdict == Plan::Verdict::exhausted) held.push_back(attempt.event->lane);
                if (verdict == Plan::Verdict::disabled) states.push_back(plan->disabled_reason());
            }
            save();
        });
    }

    void load(Plan::Read const& read)
    {
        is_reading = false;
        std::vector<gateway::webhooks::PlannedEvent> events;
        for (auto sequence = std::max(read.after + 1, first_kept); sequence <= log.size(); ++sequence) {
            if (events.size() == read.limit) break;
            auto const& entry = log[sequence - 1];
            gateway::webhooks::PlannedEvent event;
            event.sequence = sequence;
            event.lane = entry.lane;
            event.bytes = 1'000;
            for (std::uint32_t part = 0; part < entry.parts; ++part)
                event.parts.push_back(
                    {part,
                     {"message", "evt_" + std::to_string(sequence) + "_" + std::to_string(part), "{}"}});
            events.push_back(std::move(event));
        }
        events_read += events.size();
        plan->loaded(read, std::move(events), now);
        save();
    }

    /// One write at a time, of the newest state, five milliseconds each.
    void save()
    {
        is_dirty = true;
        if (is_saving) return;
        is_dirty = false;
        is_saving = true;
        auto const state = gateway::webhooks::encode(plan->record());
        most_bytes_saved = std::max(most_bytes_saved, state.details.size());
        later(Milliseconds{5},
              [this, state, letters = plan->take_dead_letters(), lanes = std::exchange(held, {})] {
                  saved = state;
                  dead_letters.insert(dead_letters.end(), letters.begin(), letters.end());
                  for (auto const& lane : lanes)
                      plan->release(lane);
                  is_saving = false;
                  if (is_dirty) save();
              });
    }

    std::multimap<WallTime, std::function<void()>> happenings;
    std::vector<std::string> held;
    bool is_reading = false;
    bool is_saving = false;
    bool is_dirty = false;
};

} // namespace wagate::test
