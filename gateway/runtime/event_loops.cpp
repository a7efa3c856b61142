#include "gateway/runtime/event_loops.hpp"

#include "gateway/telemetry/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace wagate {
namespace asio = boost::asio;

struct EventLoops::Loop {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    std::thread thread;

    void run()
    {
        for (;;) {
            try {
                context.run();
                return;
            } catch (std::exception const& error) {
                // A handler without an owner threw: a bug, but no reason to drop every session of this loop.
                log::error("event loop handler threw", {{"error", error.what()}});
            }
        }
    }
};

struct EventLoops::State {
    std::vector<std::unique_ptr<Loop>> loops;
    Urgency urgency = Urgency::usual;
};

EventLoops::EventLoops(std::size_t count, Urgency urgency) : state_(std::make_unique<State>())
{
    state_->urgency = urgency;
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i)
        state_->loops.push_back(std::make_unique<Loop>());
}

EventLoops::~EventLoops()
{
    stop();
    join();
}

void EventLoops::start()
{
    for (auto& loop : state_->loops) {
        if (loop->thread.joinable()) continue;
        loop->thread = std::thread([target = loop.get(), urgency = state_->urgency] {
            set_urgency(urgency);
            target->run();
        });
    }
}

void EventLoops::stop() noexcept
{
    for (auto& loop : state_->loops)
        loop->context.stop();
}

void EventLoops::join()
{
    for (auto& loop : state_->loops)
        if (loop->thread.joinable()) loop->thread.join();
}

std::size_t EventLoops::size() const noexcept
{
    return state_->loops.size();
}

asio::any_io_executor EventLoops::executor(std::size_t index) const
{
    return state_->loops.at(index)->context.get_executor();
}

} // namespace wagate
