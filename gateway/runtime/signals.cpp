#include "gateway/runtime/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>

namespace wagate {
namespace asio = boost::asio;

Task<int> stop_signal()
{
    auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals(executor, SIGTERM, SIGINT);
    co_return co_await signals.async_wait(asio::use_awaitable);
}

void ignore_broken_pipes() noexcept
{
    std::signal(SIGPIPE, SIG_IGN);
}

} // namespace wagate
