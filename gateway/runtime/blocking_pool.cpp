#include "gateway/runtime/blocking_pool.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace wagate {
namespace asio = boost::asio;

BlockingPool::BlockingPool(std::size_t threads, std::size_t max_waiting, Urgency urgency)
    : max_waiting_(max_waiting), lane_threads_(std::max<std::size_t>(threads, 2) - 1)
{
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
        threads_.emplace_back([this, urgency] {
            set_urgency(urgency);
            work();
        });
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

bool BlockingPool::try_post(std::function<void()> job, std::string_view name)
{
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || waiting_ >= max_waiting_) return false;
        auto at = lanes_.find(name);
        if (at == lanes_.end()) at = lanes_.emplace(std::string(name), Lane{}).first;
        auto& lane = at->second;
        if (!name.empty() && lane.waiting.size() >= std::max<std::size_t>(max_waiting_ / 2, 1)) return false;
        lane.waiting.push_back(std::move(job));
        ++waiting_;
        if (!std::exchange(lane.has_turn, true)) turns_.push_back(at);
    }
    wake_.notify_one();
    return true;
}

bool BlockingPool::may_run(Lanes::value_type const& lane) const
{
    return lane.first.empty() || lane.second.running < lane_threads_;
}

BlockingPool::Lanes::iterator BlockingPool::next()
{
    for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
        auto const lane = *turn;
        if (!may_run(*lane)) continue;
        turns_.erase(turn);
        return lane;
    }
    return lanes_.end();
}

void BlockingPool::work()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        auto at = lanes_.end();
        wake_.wait(lock, [&] {
            at = next();
            return at != lanes_.end() || (stopping_ && waiting_ == 0);
        });
        if (at == lanes_.end()) return;
        auto& lane = at->second;
        auto job = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        --waiting_;
        ++lane.running;
        lane.has_turn = !lane.waiting.empty();
        if (lane.has_turn) turns_.push_back(at);
        lock.unlock();
        job();
        job = nullptr; // what it holds goes without the lock
        lock.lock();
        --lane.running;
        // Another thread may sleep because this lane had all that it may have, or to see the end.
        if (lane.has_turn || (stopping_ && waiting_ == 0)) wake_.notify_all();
        if (!lane.has_turn && lane.running == 0) lanes_.erase(at);
    }
}

Task<ErrorCode> detail::run_in_pool(BlockingPool& pool, std::function<void()> job, std::string lane)
{
    auto executor = co_await asio::this_coro::executor;
    Executor const here = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    auto initiate = [&pool, &job, &lane, here](auto handler) {
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
        if (!pool.try_post(std::move(run), lane)) resume(nullptr, RuntimeErrc::overloaded);
    };
    auto token = awaited;
    auto [failure, error] =
        co_await asio::async_initiate<decltype(token), void(std::exception_ptr, ErrorCode)>(
            std::move(initiate), token);
    if (failure) std::rethrow_exception(failure);
    co_return error;
}

} // namespace wagate
