#include "gateway/apps/app_reader.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {
namespace {

constexpr std::size_t events_at_a_time = 50;
constexpr int most_attempts = 12;
constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{300};
constexpr std::chrono::seconds trouble_pause{1};

std::string place_of(std::string const& id)
{
    return "app-" + id;
}

} // namespace

AppReader::AppReader(storage::Store& store, BlockingPool& pool, EventFeed& feed, Executor executor,
                     SessionKey session, std::string id, Handle handle, std::function<bool()> is_paused)
    : store_(store),
      pool_(pool),
      feed_(feed),
      executor_(executor),
      session_(std::move(session)),
      place_(place_of(id)),
      handle_(std::move(handle)),
      is_paused_(std::move(is_paused)),
      more_(executor)
{}

Task<Result<void>> AppReader::begin()
{
    auto read = [this]() -> std::uint64_t {
        if (auto const state = store_.delivery_state(session_, place_)) return state->sequence;
        return store_.last_sequence(session_);
    };
    auto reading = run_storage(pool_, std::move(read), session_.tenant.value);
    auto const sequence = co_await std::move(reading);
    if (!sequence) co_return sequence.error();
    sequence_ = *sequence;
    co_return co_await save(sequence_);
}

Task<void> AppReader::run()
{
    auto const watched =
        feed_.watch_session(session_, executor_, [this](SessionKey const&) { more_.notify(); });
    for (;;) {
        auto read = [this] { return store_.events_after(session_, sequence_, events_at_a_time); };
        auto reading = run_storage(pool_, std::move(read), session_.tenant.value);
        auto const events = co_await std::move(reading);
        if (!events) {
            co_await sleep_for(trouble_pause);
            continue;
        }
        if (events->empty()) {
            co_await more_.wait();
            continue;
        }
        co_await handle_all(*events);
    }
}

Task<void> AppReader::handle_all(std::vector<storage::StoredEvent> const& events)
{
    for (auto const& event : events) {
        while (is_paused_ && is_paused_())
            co_await sleep_for(trouble_pause);
        auto pause = first_pause;
        for (int attempt = 1;; ++attempt) {
            auto handling = handle_(event);
            bool const is_done = co_await std::move(handling);
            if (is_done) break;
            if (attempt == most_attempts) {
                log::error("app gives an event up",
                           {{"session", session_.name.value}, {"place", place_}, {"event", event.id}});
                break;
            }
            co_await sleep_for(pause);
            pause = std::min(pause * 2, longest_pause);
        }
        sequence_ = event.sequence;
        auto saving = save(sequence_);
        auto const saved = co_await std::move(saving);
        if (!saved) log::warn("app's place not saved", {{"session", session_.name.value}, {"place", place_}});
    }
}

Task<Result<void>> AppReader::save(std::uint64_t sequence)
{
    struct Answer {
        explicit Answer(Executor executor) : wakeup(std::move(executor)) {}
        Wakeup wakeup;
        std::optional<Result<void>> result;
    };
    auto const answer = std::make_shared<Answer>(executor_);
    storage::DeliveryUpdate update;
    update.state.sequence = sequence;
    store_.save_delivery(session_, place_, std::move(update),
                         [answer, executor = executor_](Result<void> done) {
                             post_to(executor, [answer, done] {
                                 answer->result = done;
                                 answer->wakeup.notify();
                             });
                         });
    while (!answer->result)
        co_await answer->wakeup.wait();
    co_return *answer->result;
}

void AppReader::forget(storage::Store& store, SessionKey const& session, std::string const& id)
{
    store.erase_delivery(session, place_of(id));
}

} // namespace wagate::gateway
