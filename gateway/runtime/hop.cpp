#include "gateway/runtime/hop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>

#include <future>

namespace wagate {
namespace asio = boost::asio;
namespace {

/// Lives as long as either thread needs it; everything but `target` belongs to the target's thread.
struct Hop {
    explicit Hop(Executor executor) : target(std::move(executor)) {}

    Executor target;
    asio::cancellation_signal signal;
    bool finished = false;
};

} // namespace

Task<void> detail::run_elsewhere(Executor target, Task<void> work)
{
    auto executor = co_await asio::this_coro::executor;
    auto parent = co_await asio::this_coro::cancellation_state;
    auto hop = std::make_shared<Hop>(std::move(target));
    if (auto slot = parent.slot(); slot.is_connected())
        slot.assign([hop](asio::cancellation_type type) {
            asio::post(hop->target, [hop, type] {
                if (!hop->finished) hop->signal.emit(type);
            });
        });
    // A loop without other work must not end while the answer is on its way.
    Executor const here = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    auto initiate = [hop, here, work = std::move(work)](auto handler) mutable {
        auto enter = [hop, here, work = std::move(work), handler = std::move(handler)]() mutable {
            auto leave = [hop, here, handler = std::move(handler)](std::exception_ptr failure) mutable {
                hop->finished = true;
                asio::post(here, [handler = std::move(handler), failure]() mutable {
                    std::move(handler)(std::move(failure));
                });
            };
            asio::co_spawn(hop->target, std::move(work),
                           asio::bind_cancellation_slot(hop->signal.slot(), std::move(leave)));
        };
        asio::post(hop->target, std::move(enter));
    };
    auto token = awaited;
    auto [failure] =
        co_await asio::async_initiate<decltype(token), void(std::exception_ptr)>(std::move(initiate), token);
    if (auto slot = parent.slot(); slot.is_connected()) slot.clear();
    if (failure) std::rethrow_exception(failure);
}

void detail::run_and_wait(Executor const& target, Task<void> work)
{
    // Shared: this thread may go on before the other one has left set_value().
    auto promise = std::make_shared<std::promise<void>>();
    auto done = promise->get_future();
    asio::co_spawn(target, std::move(work), [promise](std::exception_ptr failure) {
        if (failure)
            promise->set_exception(failure);
        else
            promise->set_value();
    });
    done.get();
}

void post_to(Executor const& target, std::function<void()> action)
{
    asio::post(target, std::move(action));
}

} // namespace wagate
