#include "gateway/webhooks/cursor_saver.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway::webhooks {

struct CursorSaver::State : std::enable_shared_from_this<State> {
    State(storage::Store& in, SessionKey of, std::string named, Executor const& on)
        : store(in), session(std::move(of)), endpoint(std::move(named)), executor(on), idle(on)
    {}

    void start()
    {
        is_busy = true;
        sent = wanted;
        store.set_cursor(session, endpoint, sent, [self = shared_from_this()](Result<void> result) {
            post_to(self->executor, [self, result] { self->finish(result); });
        });
    }

    void finish(Result<void> const& result)
    {
        is_busy = false;
        if (!result)
            log::warn("webhook cursor not saved",
                      {{"session", session.name.value}, {"error", result.error().message()}});
        else if (wanted != sent)
            return start();
        idle.notify();
    }

    storage::Store& store;
    SessionKey session;
    std::string endpoint;
    Executor executor;
    Wakeup idle;
    std::uint64_t wanted = 0;
    std::uint64_t sent = 0;
    bool is_busy = false;
};

CursorSaver::CursorSaver(storage::Store& store, SessionKey session, std::string endpoint, Executor executor)
    : state_(std::make_shared<State>(store, std::move(session), std::move(endpoint), executor))
{}

void CursorSaver::save(std::uint64_t sequence)
{
    state_->wanted = sequence;
    if (!state_->is_busy) state_->start();
}

Task<void> CursorSaver::flush()
{
    auto const state = state_;
    while (state->is_busy)
        co_await state->idle.wait();
}

} // namespace wagate::gateway::webhooks
