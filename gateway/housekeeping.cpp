#include "gateway/housekeeping.hpp"

#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"

#include <malloc.h>

namespace wagate::gateway {

Housekeeping::Housekeeping(Executor executor, BlockingPool& pool, storage::Store& store, LimitBook& limits,
                           std::chrono::seconds prune_interval)
    : pool_(pool),
      store_(store),
      limits_(limits),
      prune_interval_(prune_interval),
      group_(std::move(executor))
{}

void Housekeeping::start()
{
    group_.spawn("prune", prune_now_and_then());
    group_.spawn("trim", trim_now_and_then());
    group_.spawn("limits", save_limits_now_and_then());
    if (sweep_) group_.spawn("sweep", sweep_now_and_then());
}

void Housekeeping::sweep_files(std::chrono::seconds pause, std::function<void()> sweep)
{
    sweep_pause_ = pause;
    sweep_ = std::move(sweep);
}

Task<void> Housekeeping::sweep_now_and_then()
{
    for (;;) {
        co_await sleep_for(sweep_pause_);
        auto sweep = [this] {
            try {
                sweep_();
            } catch (std::exception const& failure) {
                log::error("sweeping files failed", {{"error", failure.what()}});
            }
        };
        co_await run_blocking(pool_, std::move(sweep));
    }
}

Task<void> Housekeeping::stop()
{
    group_.cancel();
    co_await group_.join();
}

Task<void> Housekeeping::prune_now_and_then()
{
    for (;;) {
        co_await sleep_for(prune_interval_);
        // A read that fails throws; the next round may go better, and sessions notice storage trouble
        // themselves.
        auto prune = [this] {
            try {
                store_.prune(current_time().wall);
            } catch (std::exception const& failure) {
                log::error("pruning failed", {{"error", failure.what()}});
            }
        };
        co_await run_blocking(pool_, std::move(prune));
    }
}

Task<void> Housekeeping::save_limits_now_and_then()
{
    for (;;) {
        co_await sleep_for(limits_interval);
        auto save = [this] {
            try {
                limits_.save();
                limits_.look_at_all_storage();
            } catch (std::exception const& failure) {
                log::error("use of limits not read", {{"error", failure.what()}});
            }
        };
        co_await run_blocking(pool_, std::move(save));
    }
}

Task<void> Housekeeping::trim_now_and_then()
{
    for (;;) {
        co_await sleep_for(trim_interval);
        auto trim = [] { malloc_trim(0); };
        co_await run_blocking(pool_, std::move(trim));
    }
}

} // namespace wagate::gateway
