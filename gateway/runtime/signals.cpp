#include "gateway/runtime/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <csignal>

namespace wagate {
namespace asio = boost::asio;

Task<int> stop_signal()
{
    auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals(executor, SIGTERM, SIGINT);
    co_return co_await signals.async_wait(asio::use_awaitable);
}

Task<void> at_hangups(std::function<void()> action)
{
    auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals(executor, SIGHUP);
    while (true) {
        co_await signals.async_wait(asio::use_awaitable);
        action();
    }
}

void exit_at_next_signal() noexcept
{
    for (int const number : {SIGTERM, SIGINT})
        std::signal(number, [](int signal) { _exit(128 + signal); });
}

void ignore_broken_pipes() noexcept
{
    std::signal(SIGPIPE, SIG_IGN);
}

} // namespace wagate
