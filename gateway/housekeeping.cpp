#include "gateway/housekeeping.hpp"

#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"

#include <malloc.h>

namespace wagate::gateway {

Housekeeping::Housekeeping(Executor executor, BlockingPool& pool, storage::Store& store)
    : pool_(pool), store_(store), group_(std::move(executor))
{}

void Housekeeping::start()
{
    group_.spawn("prune", prune_now_and_then());
    group_.spawn("trim", trim_now_and_then());
}

Task<void> Housekeeping::stop()
{
    group_.cancel();
    co_await group_.join();
}

Task<void> Housekeeping::prune_now_and_then()
{
    for (;;) {
        co_await sleep_for(prune_interval);
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

Task<void> Housekeeping::trim_now_and_then()
{
    for (;;) {
        co_await sleep_for(trim_interval);
        auto trim = [] { malloc_trim(0); };
        co_await run_blocking(pool_, std::move(trim));
    }
}

} // namespace wagate::gateway
