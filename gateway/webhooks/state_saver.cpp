#include "gateway/webhooks/state_saver.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

#include <list>

namespace wagate::gateway::webhooks {

struct StateSaver::State : std::enable_shared_from_this<State> {
    State(storage::Store& in, SessionKey of, std::string named, Executor const& on, Collect from)
        : store(in),
          session(std::move(of)),
          endpoint(std::move(named)),
          executor(on),
          collect(std::move(from))
    {}

    void start()
    {
        is_busy = true;
        writing = asked;
        store.save_delivery(session, endpoint, collect(), [self = shared_from_this()](Result<void> result) {
            post_to(self->executor, [self, result] { self->finish(result); });
        });
    }

    void finish(Result<void> const& result)
    {
        is_busy = false;
        written = writing;
        if (!result && !failure) {
            failure = result.error();
            log::warn("webhook state not saved",
                      {{"session", session.name.value}, {"error", result.error().message()}});
        }
        for (auto* waiter : waiters)
            waiter->notify();
        if (asked != written && !failure && collect) start();
    }

    storage::Store& store;
    SessionKey session;
    std::string endpoint;
    Executor executor;
    Collect collect;
    std::list<Wakeup*> waiters;
    std::uint64_t asked = 0;
    std::uint64_t writing = 0;
    std::uint64_t written = 0;
    bool is_busy = false;
    ErrorCode failure;
};

StateSaver::StateSaver(storage::Store& store, SessionKey session, std::string endpoint, Executor executor,
                       Collect collect)
    : state_(std::make_shared<State>(store, std::move(session), std::move(endpoint), executor,
                                     std::move(collect)))
{}

StateSaver::~StateSaver()
{
    state_->collect = nullptr; // a write may still be on its way
}

void StateSaver::save()
{
    ++state_->asked;
    if (!state_->is_busy && !state_->failure) state_->start();
}

Task<Result<void>> StateSaver::flush()
{
    auto const state = state_;
    auto const wanted = state->asked;
    Wakeup wakeup{state->executor};
    struct Entry {
        Entry(std::list<Wakeup*>& in, Wakeup& own) : list(in), place(in.insert(in.end(), &own)) {}
        Entry(Entry const&) = delete;
        Entry& operator=(Entry const&) = delete;
        ~Entry() { list.erase(place); }
        std::list<Wakeup*>& list;
        std::list<Wakeup*>::iterator place;
    };
    Entry const entry{state->waiters, wakeup};
    while (state->written < wanted && !state->failure)
        co_await wakeup.wait();
    if (state->failure) co_return state->failure;
    co_return Result<void>();
}

bool StateSaver::has_failed() const noexcept
{
    return state_->failure.failed();
}

} // namespace wagate::gateway::webhooks
