#pragma once
// Clock and timers of the sandbox, injected so that tests can run it on virtual time.
#include "protocol/base/time.hpp"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace wagate::sandbox {

/// Callbacks run on the sandbox's thread and cannot be cancelled: they check by themselves whether they still
/// matter.
class Scheduler {
public:
    virtual ~Scheduler() = default;
    virtual WallTime now() const = 0;
    virtual void after(Milliseconds delay, std::function<void()> action) = 0;
    /// Runs `action` after the current callback has returned.
    virtual void post(std::function<void()> action) = 0;
};

/// Real time on an io_context, which must outlive the scheduler.
std::unique_ptr<Scheduler> make_asio_scheduler(boost::asio::io_context& context);

} // namespace wagate::sandbox
