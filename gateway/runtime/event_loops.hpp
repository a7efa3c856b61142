#pragma once
// The threads that all sessions and connections live on: one io_context and one thread each.
#include "gateway/runtime/urgency.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>

namespace wagate {

/// A fixed set of event loops. An object pinned to one of them needs no lock; others reach it by post
/// (hop.hpp).
class EventLoops {
public:
    /// @param count Number of loops, at least 1.
    explicit EventLoops(std::size_t count, Urgency urgency = Urgency::usual);
    EventLoops(EventLoops const&) = delete;
    EventLoops& operator=(EventLoops const&) = delete;
    /// Stops and joins.
    ~EventLoops();

    void start();
    /// Makes the loops return after the handler at hand; work that is waiting is dropped when this object
    /// goes.
    void stop() noexcept;
    void join();

    std::size_t size() const noexcept;
    /// @param index below size()
    boost::asio::any_io_executor executor(std::size_t index) const;
    /// The loop of whatever hashes to `hash`: always the same one.
    boost::asio::any_io_executor executor_for(std::size_t hash) const { return executor(hash % size()); }

private:
    struct Loop;
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace wagate
