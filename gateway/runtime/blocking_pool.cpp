#include "gateway/runtime/blocking_pool.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace wagate {
namespace asio = boost::asio;

BlockingPool::BlockingPool(std::size_t threads, std::size_t max_waiting) : max_waiting_(max_waiting)
{
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
        threads_.emplace_back([this] { work(); });
}

BlockingPool::~BlockingPool()
{
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

bool BlockingPool::try_post(std::function<void()> job)
{
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || waiting_.size() >= max_waiting_) return false;
        waiting_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

void BlockingPool::work()
{
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            job = std::move(waiting_.front());
            waiting_.pop_front();
        }
        job();
    }
}

Task<ErrorCode> detail::run_in_pool(BlockingPool& pool, std::function<void()> job)
{
    auto executor = co_await asio::this_coro::executor;
    Executor const here = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    auto initiate = [&pool, &job, here](auto handler) {
        // std::function wants copyable jobs; the handler is not.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto resume = [shared, here](std::exception_ptr failure, ErrorCode error) {
            asio::post(here, [handler = std::move(*shared), failure, error]() mutable {
                std::move(handler)(std::move(failure), error);
            });
        };
        auto run = [&job, resume] {
            std::exception_ptr failure;
            try {
                job();
            } catch (...) {
                failure = std::current_exception();
            }
            resume(failure, ErrorCode());
        };
        if (!pool.try_post(std::move(run))) resume(nullptr, RuntimeErrc::overloaded);
    };
    auto token = awaited;
    auto [failure, error] =
        co_await asio::async_initiate<decltype(token), void(std::exception_ptr, ErrorCode)>(
            std::move(initiate), token);
    if (failure) std::rethrow_exception(failure);
    co_return error;
}

} // namespace wagate
